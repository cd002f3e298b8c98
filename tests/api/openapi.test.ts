import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { useApi } from './apiFixture.js'
import { alice, art, artAsset, artId, GREATEST, unknownId } from './seed.js'

const api = useApi()
const committed = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url))

const openapi = z.object({
  openapi: z.string().startsWith('3.1'),
  paths: z.record(z.string(), z.object({ get: z.object({ responses: z.record(z.string(), z.unknown()) }) })),
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

test('whatever is asked, the answer has a documented status and is never a 500', async () => {
  const { paths } = openapi.parse((await api.get('/openapi.json')).body)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.entries(paths)),
      fc.array(part, { minLength: 3, maxLength: 3 }),
      query,
      async ([path, { get }], values, parameters) => {
        let next = 0
        const url = path.replaceAll(/\{\w+\}/g, () => values[next++] ?? 'x')
        const search = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
        const { status, body, headers } = await api.get(`${url}${search.length > 0 ? `?${search.join('&')}` : ''}`)
        // A value that cuts the path (an encoded "/", "?" or nothing) asks for another route, or none.
        expect([...Object.keys(get.responses), '404', '400']).toContain(String(status))
        expect(status).not.toBe(500)
        if (status >= 400) {
          expect(headers['content-type']).toContain('application/problem+json')
          expect(body).toMatchObject({ status, code: expect.any(String), title: expect.any(String) })
        }
      },
    ),
    { seed: 20260303, numRuns: 400 },
  )
})
