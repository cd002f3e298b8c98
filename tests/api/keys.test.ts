import { expect, test } from 'vitest'
import { createApiKey, listApiKeys, revokeApiKey } from '../../src/core/apiKeys.js'
import { useApi } from './apiFixture.js'
import { artId } from './seed.js'

const api = useApi({ keysRequired: true, addressLimit: 1_000 })
const url = `/api/v1/collections/${artId}`

function newKey(options: Partial<Parameters<typeof createApiKey>[1]> = {}) {
  return createApiKey(api.owner, {
    name: 'test',
    scopes: ['read'],
    requestsPerMinute: 1_000,
    expiresAt: null,
    ...options,
  })
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

test('200: a key is taken as bearer token and as X-API-Key, and its use is noted', async () => {
  const { text, prefix } = await newKey()
  expect((await api.get(url, 'GET', bearer(text))).status).toBe(200)
  expect((await api.get(url, 'GET', { 'x-api-key': text })).status).toBe(200)
  const row = (await listApiKeys(api.owner)).find((key) => key.prefix === prefix)
  expect(row?.lastUsedAt).toBeInstanceOf(Date)
})

test('200: health, readiness and the OpenAPI document need no key', async () => {
  for (const path of ['/health', '/health/ready', '/openapi.json']) expect((await api.get(path)).status).toBe(200)
})

test('401: without a key the answer says how to send one', async () => {
  const { status, body, headers } = await api.get(url)
  expect(status).toBe(401)
  expect(headers['www-authenticate']).toBe('Bearer realm="ft.supply"')
  expect(body).toMatchObject({ code: 'key_missing', detail: expect.stringContaining('Authorization: Bearer') })
})

test('401: an unknown, a malformed, an expired and a revoked key are refused, each with its reason', async () => {
  const expired = await newKey({ expiresAt: new Date(Date.now() - 1_000) })
  const revoked = await newKey()
  await revokeApiKey(api.owner, revoked.prefix)
  const cases = [
    [`${revoked.prefix}_${'A'.repeat(43)}`, 'is not known'],
    ['secret', 'does not look like one'],
    [expired.text, 'has expired'],
    [revoked.text, 'was revoked'],
  ] as const
  for (const [text, reason] of cases) {
    const { status, body } = await api.get(url, 'GET', bearer(text))
    expect(status).toBe(401)
    expect(body).toMatchObject({ code: 'key_invalid', detail: expect.stringContaining(reason) })
  }
})

test('401: a wrong secret behind the prefix of a key in use neither passes nor shuts that key out', async () => {
  const { text, prefix } = await newKey()
  expect((await api.get(url, 'GET', bearer(text))).status).toBe(200)
  expect((await api.get(url, 'GET', bearer(`${prefix}_${'A'.repeat(43)}`))).status).toBe(401)
  expect((await api.get(url, 'GET', bearer(text))).status).toBe(200)
})

test('403: a key without the scope of the route is refused with its name', async () => {
  const { text } = await newKey({ scopes: ['stream'] })
  const { status, body } = await api.get(url, 'GET', bearer(text))
  expect(status).toBe(403)
  expect(body).toMatchObject({ code: 'scope_missing', detail: expect.stringContaining('"read"') })
})

test('429: a key may ask as often as it says, and the answer says when again', async () => {
  const { text } = await newKey({ requestsPerMinute: 3 })
  const { headers } = await api.get(url, 'GET', bearer(text))
  expect(headers['ratelimit-policy']).toBe('"key";q=3;w=60')
  expect(headers['ratelimit']).toBe('"key";r=2;t=20')
  await api.get(url, 'GET', bearer(text))
  expect((await api.get(url, 'GET', bearer(text))).status).toBe(200)
  const refused = await api.get(url, 'GET', bearer(text))
  expect(refused.status).toBe(429)
  expect(refused.body).toMatchObject({ code: 'too_many_requests' })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(20)
})

test('the log names the key by its prefix and never shows it', async () => {
  const { text, prefix } = await newKey()
  await api.get(url, 'GET', bearer(text))
  expect(api.log.at(-1)?.fields).toMatchObject({ key: prefix })
  expect(JSON.stringify(api.log)).not.toContain(text)
})

test('the database keeps no key, only its hash', async () => {
  const { text } = await newKey()
  const rows = await api.owner.query<{ row: string }>('SELECT to_jsonb(k)::text AS row FROM system.api_keys k')
  expect(rows.length).toBeGreaterThan(0)
  // The secret has underscores of its own, so it is found by its length
  const secret = text.slice(-43)
  for (const { row } of rows) expect(row).not.toContain(secret)
})
