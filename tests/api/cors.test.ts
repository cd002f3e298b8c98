import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { artId } from './seed.js'

const closed = useApi()
const open = useApi({ corsOrigins: ['https://app.example.org'], keysRequired: true })
const url = `/api/v1/collections/${artId}`
const origin = { origin: 'https://app.example.org' }

test('without configured origins no answer may be read by pages of other sites', async () => {
  expect((await closed.get(url, 'GET', origin)).headers['access-control-allow-origin']).toBeUndefined()
})

test('204: the preflight of an allowed origin passes without a key', async () => {
  const { status, headers } = await open.get(url, 'OPTIONS', {
    ...origin,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  })
  expect(status).toBe(204)
  expect(headers['access-control-allow-origin']).toBe(origin.origin)
  expect(headers['access-control-allow-headers']).toContain('authorization')
})

test('204: OPTIONS without the headers of a preflight is no error', async () => {
  expect((await open.get(url, 'OPTIONS')).status).toBe(204)
})

test('401: errors too can be read by an allowed origin, and not by another one', async () => {
  const { status, headers } = await open.get(url, 'GET', origin)
  expect(status).toBe(401)
  expect(headers['access-control-allow-origin']).toBe(origin.origin)
  expect(headers['access-control-expose-headers']).toContain('ratelimit')
  const other = await open.get(url, 'GET', { origin: 'https://evil.example.org' })
  expect(other.headers['access-control-allow-origin']).toBeUndefined()
})

test('404: CORS does not change what an unknown path is', async () => {
  expect((await open.get('/nothing', 'GET', origin)).status).toBe(404)
  expect((await open.get('/nothing', 'POST', origin)).status).toBe(404)
})
