import { expect, test } from 'vitest'
import { useApi } from './apiFixture.js'

const api = useApi({ keysRequired: true })

test('200: the page, without a key, loads nothing but files of this server, and no script is inline', async () => {
  const { status, headers, text } = await api.get('/docs')
  expect(status).toBe(200)
  expect(headers['content-type']).toContain('text/html')
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
  expect(text).not.toMatch(/https?:\/\//)
  expect(text.match(/<script(?![^>]*src=)/)).toBeNull()
  const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url)
  expect(files.length).toBeGreaterThan(4)
  for (const file of files) expect([file, (await api.get(file)).status]).toEqual([file, 200])
})

test('200: what the page shows is the document that is served', async () => {
  expect((await api.get('/docs/json')).body).toEqual((await api.get('/openapi.json')).body)
})

test('404: no file outside of the page is served', async () => {
  for (const file of ['/docs/static/..%2fpackage.json', '/docs/static/../package.json', '/docs/static/none.js']) {
    expect([file, (await api.get(file)).status]).toEqual([file, 404])
  }
})

test('405: the page cannot be written', async () => {
  expect((await api.get('/docs', 'DELETE')).headers['allow']).toBe('GET, HEAD')
})

test('answers of the API keep the policy that allows nothing', async () => {
  const { headers } = await api.get('/health')
  expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
})
