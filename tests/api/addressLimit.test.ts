import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { artId } from './seed.js'

const open = useApi({ addressLimit: 5, trustedProxies: ['127.0.0.1'] })
const closed = useApi({ addressLimit: 5, keysRequired: true, trustedProxies: ['127.0.0.1'] })
const url = `/api/v1/collections/${artId}`
const from = (address: string) => ({ 'x-forwarded-for': address })

test('429: an address that asks too often waits, others do not', async () => {
  for (let n = 0; n < 5; n += 1) expect((await open.get(url, 'GET', from('192.0.2.1'))).status).toBe(200)
  const refused = await open.get(url, 'GET', from('192.0.2.1'))
  expect(refused.status).toBe(429)
  expect(refused.headers['ratelimit']).toMatch(/^"address";r=0;t=\d+$/)
  expect((await open.get(url, 'GET', from('192.0.2.2'))).status).toBe(200)
})

test('429: whoever guesses keys is stopped before the database is asked again', async () => {
  const guess = (n: number) => ({
    ...from('192.0.2.3'),
    authorization: `Bearer ft_00000000_${String(n).padStart(43, 'A')}`,
  })
  for (let n = 0; n < 5; n += 1) expect((await closed.get(url, 'GET', guess(n))).status).toBe(401)
  expect((await closed.get(url, 'GET', guess(5))).status).toBe(429)
})

test('all addresses of one IPv6 customer are one caller', async () => {
  for (let n = 0; n < 5; n += 1) await open.get(url, 'GET', from(`2001:db8:1:2::${n}`))
  expect((await open.get(url, 'GET', from('2001:db8:1:2:3:4:5:6'))).status).toBe(429)
  expect((await open.get(url, 'GET', from('2001:db8:1:3::1'))).status).toBe(200)
})
