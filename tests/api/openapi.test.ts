import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { useApi } from './apiFixture.js'
import { alice, art, artAsset, artId, GREATEST, unknownId } from './seed.js'

const api = useApi()
const committed = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url))

const operation = z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) })
const openapi = z.object({
  openapi: z.string().startsWith('3.1'),
  paths: z.record(z.string(), z.object({ get: operation.optional(), post: operation.optional() })),
})

test('200: docs/openapi.json is the document that is served', async () => {
  const { status, body } = await api.get('/openapi.json')
  expect(status).toBe(200)
  const text = `${JSON.stringify(body, null, 2)}\n`
  if (process.env['UPDATE_SNAPSHOT'] === '1') writeFileSync(committed, text)
  expect(readFileSync(committed, 'utf8'), 'run the test again with UPDATE_SNAPSHOT=1').toBe(text)
})

test('the document names every endpoint of phase 1', async () => {
  const { paths } = openapi.parse((await api.get('/openapi.json')).body)
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/api/v1/assets/{id}',
      '/api/v1/assets/{id}/owners',
      '/api/v1/collections/{id}',
      '/api/v1/collections/{id}/assets',
      '/api/v1/collections/{id}/listings',
      '/api/v1/networks',
      '/api/v1/networks/{network}/contracts/{contract}',
      '/api/v1/networks/{network}/contracts/{contract}/tokens/{token_id}',
      '/api/v1/networks/{network}/contracts/{contract}/tokens/{token_id}/owners',
      '/health',
      '/health/ready',
    ]),
  )
})

/** Values of path and query parameters: right ones, wrong ones, and anything at all. */
const part = fc.oneof(
  fc.constantFrom(
    artId,
    artAsset(1),
    unknownId,
    art,
    alice,
    'polygon',
    'ton',
    '0',
    GREATEST,
    `${GREATEST}0`,
    '-1',
    '0x',
    '%00',
    '%',
  ),
  fc.string({ minLength: 1, maxLength: 20 }).map(encodeURIComponent),
)
const query = fc.dictionary(
  fc.constantFrom('limit', 'cursor', 'owner', 'token_id', 'sort', 'order', 'bogus'),
  fc.oneof(part, fc.constantFrom('1', '200', '201', 'asc', 'desc')),
  { maxKeys: 3 },
)

/** Streams do not end by themselves: what is wrong with a request shows before they begin (`changes.test.ts`). */
const STREAMS = new Set(['streamChanges'])

const bodies = fc.oneof(
  fc.json().map((text) => text.slice(0, 2_000)),
  fc.record({
    assets: fc.array(
      fc.oneof(fc.record({ asset_id: part }), fc.record({ network: part, contract: part, token_id: part })),
    ),
  }),
  fc.constantFrom('', '{', '[]', 'null', { assets: [{ asset_id: artAsset(0) }] }),
)

test('whatever is asked, the answer has a documented status and is never a 500', async () => {
  const { paths } = openapi.parse((await api.get('/openapi.json')).body)
  const operations = Object.entries(paths).flatMap(([path, { get, post }]) => [
    ...(get === undefined || STREAMS.has(get.operationId) ? [] : [{ path, method: 'GET', ...get }]),
    ...(get === undefined || STREAMS.has(get.operationId) ? [] : [{ path, method: 'HEAD', ...get }]),
    ...(post === undefined ? [] : [{ path, method: 'POST', ...post }]),
  ])
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      fc.array(part, { minLength: 3, maxLength: 3 }),
      query,
      bodies,
      async ({ path, method, responses }, values, parameters, sent) => {
        let next = 0
        const url = path.replaceAll(/\{\w+\}/g, () => values[next++] ?? 'x')
        const search = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
        const whole = `${url}${search.length > 0 ? `?${search.join('&')}` : ''}`
        const { status, body, headers } = await (method === 'POST' ? api.post(whole, sent) : api.get(whole, method))
        // A value that cuts the path (an encoded "/", "?" or nothing) asks for another route, or none. An export has no HEAD.
        expect([...Object.keys(responses), '404', '400', '405']).toContain(String(status))
        expect(status).not.toBe(500)
        expect(headers['x-request-id']).toEqual(expect.any(String))
        if (status < 400) return
        expect(headers['content-type']).toContain('application/problem+json')
        if (method !== 'HEAD')
          expect(body).toMatchObject({ status, code: expect.any(String), title: expect.any(String) })
      },
    ),
    { seed: 20260303, numRuns: 500 },
  )
}, 60_000)
