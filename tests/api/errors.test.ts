import { expect, test } from 'vitest'
import { startApi, useApi } from './apiFixture.js'
import { artId, unknownId } from './seed.js'

const api = useApi()

test('400: an id that is none is named', async () => {
  const { status, body } = await api.get('/api/v1/assets/nonsense')
  expect(status).toBe(400)
  expect(body).toMatchObject({
    code: 'request_invalid',
    errors: [expect.objectContaining({ field: expect.stringContaining('id') })],
  })
})

test('400: an unknown query parameter is named', async () => {
  const { status, text } = await api.get(`/api/v1/collections/${artId}/assets?colour=red`)
  expect(status).toBe(400)
  expect(text).toContain('colour')
})

test('400: a cursor of another query, or no cursor at all, is refused', async () => {
  const page = await api.get(`/api/v1/collections/${artId}/assets?limit=1`)
  const foreign = await api.get(`/api/v1/collections/${artId}/listings?cursor=${page.body.next_cursor}`)
  expect(foreign.status).toBe(400)
  expect(foreign.text).toContain('cursor')
  expect((await api.get(`/api/v1/collections/${artId}/assets?cursor=made-up`)).status).toBe(400)
})

test('404: what is not known, and a route that does not exist, are problem documents', async () => {
  for (const url of [`/api/v1/assets/${unknownId}`, '/api/v1/nothing']) {
    const { status, body, headers } = await api.get(url)
    expect(status).toBe(404)
    expect(headers['content-type']).toContain('application/problem+json')
    expect(body).toMatchObject({ status: 404, code: 'not_found' })
  }
})

test('405: another method is answered with what is allowed', async () => {
  const { status, headers } = await api.get(`/api/v1/collections/${artId}`, 'DELETE')
  expect(status).toBe(405)
  expect(String(headers['allow'])).toContain('GET')
})

test('200: HEAD and a trailing slash are answered', async () => {
  expect((await api.get(`/api/v1/collections/${artId}`, 'HEAD')).status).toBe(200)
  expect((await api.get(`/api/v1/collections/${artId}/`)).status).toBe(200)
})

test('503: without a database the answer says so, and shows neither SQL nor stack', async () => {
  const lost = startApi('postgres://ft@127.0.0.1:1/none')
  try {
    const { status, text, body } = await lost.get(`/api/v1/collections/${artId}`)
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'database_unavailable' })
    expect(text).not.toMatch(/select|at .*\.ts|node_modules/i)
  } finally {
    await lost.close()
  }
})
