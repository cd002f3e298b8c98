import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'
import { artId } from './seed.js'

const api = useApi()
const list = `/api/v1/collections/${artId}/assets`

async function raw(url: string, encoding: string) {
  return await api.api.app.inject({ url, headers: { 'accept-encoding': encoding } })
}

test('200: a long answer is compressed as the caller likes it, and says what it depends on', async () => {
  const plain = await raw(list, 'identity')
  for (const [encoding, open] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const { headers, rawPayload } = await raw(list, encoding)
    expect(headers['content-encoding']).toBe(encoding)
    expect(headers['vary']).toContain('accept-encoding')
    expect(open(rawPayload).toString()).toBe(plain.body)
  }
  expect(plain.headers['content-encoding']).toBeUndefined()
})

test('200: a short answer is not worth it', async () => {
  expect((await raw('/health', 'gzip')).headers['content-encoding']).toBeUndefined()
})
