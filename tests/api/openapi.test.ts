import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '../../src/api/cursor.js'
import { useApi } from './apiFixture.js'
import { bodyOf, keyOf, type Parameter, parameter, placeOf, someOf, textFor } from './requests.js'

// The module is watched in the copy of this file alone: the files of a worker share theirs.
vi.hoisted(() => vi.resetModules())
vi.mock('../../src/api/cursor.js', { spy: true })
afterAll(() => void vi.resetModules())
const api = useApi()
const committed = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url))

const operation = z.object({
  operationId: z.string(),
  responses: z.record(z.string(), z.unknown()).transform(Object.keys),
  parameters: z.array(parameter).default([]),
})
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

/** Streams do not end by themselves: what is wrong with a request shows before they begin (`changes.test.ts`). */
const STREAMS = new Set(['streamChanges'])

interface Operation extends z.output<typeof operation> {
  readonly path: string
  readonly method: string
}

/** What can be asked, by name: streams apart. */
async function operationsByName(): Promise<Map<string, Operation>> {
  const { paths } = openapi.parse((await api.get('/openapi.json')).body)
  const found = Object.entries(paths).flatMap(([path, { get, post }]): Operation[] => [
    ...(get === undefined || STREAMS.has(get.operationId) ? [] : [{ path, method: 'GET', ...get }]),
    ...(get === undefined || STREAMS.has(get.operationId) ? [] : [{ path, method: 'HEAD', ...get }]),
    ...(post === undefined ? [] : [{ path, method: 'POST', ...post }]),
  ])
  return new Map(found.map((one) => [`${one.method} ${one.operationId}`, one]))
}

/** The URL of a request for an operation, right in most parts; it ends so that a parameter can follow. `fixed` is in the query as it is. */
function urlOf({ path, parameters }: Operation, gen: fc.GeneratorValue, fixed: Readonly<Record<string, string>> = {}) {
  const place = gen(placeOf, path)
  const text = (which: Parameter): string => gen(textFor, which, path, place)
  const inPath = parameters.filter((one) => one.in === 'path')
  const free = parameters.filter((one) => one.in === 'query' && !(one.name in fixed))
  const bare = inPath.reduce((url, one) => url.replace(`{${one.name}}`, () => text(one)), path)
  const query = [...Object.entries(fixed), ...gen(someOf, free).map((one) => [one.name, text(one)])]
  return `${bare}?${query.map(([name, value]) => `${name}=${value}&`).join('')}`
}

/** Asks, and checks what holds for every answer. @returns the status */
async function ask({ method, responses }: Operation, url: string, body?: unknown): Promise<number> {
  const answer = await (method === 'POST' ? api.post(url, body) : api.get(url, method))
  const { status, text, headers } = answer
  // A value that cuts the path (an encoded "/", "?" or nothing) asks for another route, or none. An export has no HEAD.
  const expected = new Set([...responses, '404', '400', '405'])
  expected.delete('500')
  expect([...expected], `${method} ${url}: ${text}`).toContain(String(status))
  expect(headers['x-request-id']).toEqual(expect.any(String))
  if (status < 400) return status
  expect(headers['content-type']).toContain('application/problem+json')
  if (method !== 'HEAD') {
    expect(answer.body).toMatchObject({ status, code: expect.any(String), title: expect.any(String) })
  }
  return status
}

test('whatever is asked, the answer has a documented status and is never a 500', async () => {
  const operations = await operationsByName()
  const names = [...operations.keys()]
  const answered = new Set<string>()
  // What has more parameters is asked more often.
  const weighted = [...operations].map((entry) => ({
    arbitrary: fc.constant(entry),
    weight: entry[1].method === 'HEAD' ? 1 : 2 + entry[1].parameters.length,
  }))
  const property = fc.asyncProperty(fc.oneof(...weighted), fc.gen(), async ([name, operation], gen) => {
    const status = await ask(operation, urlOf(operation, gen), gen(bodyOf))
    if (status < 400) answered.add(name)
  })
  await fc.assert(property, { seed: 20260303, numRuns: 2_000 })
  // Every operation was asked something that it has an answer to, or nonsense is all that was looked at.
  expect(names.filter((name) => !name.startsWith('HEAD') && !answered.has(name))).toEqual([])
}, 60_000)

/** The cursor of the list that a request asks for, with a key that this list may have; null when the request does not come as far. */
async function cursorFor(url: string, gen: fc.GeneratorValue): Promise<string | null> {
  const decoded = vi.mocked(decodeCursor)
  decoded.mockClear()
  await api.get(`${url}cursor=x`)
  const [, list, schema] = decoded.mock.lastCall ?? []
  if (list === undefined || schema === undefined) return null
  return encodeCursor(list, gen(keyOf, z.toJSONSchema(schema, { io: 'input' })))
}

/** Every list in every order it has. */
async function listsByName(): Promise<Map<string, readonly [Operation, Readonly<Record<string, string>>]>> {
  const operations = [...(await operationsByName()).values()]
  const isCursor = ({ name }: Parameter): boolean => name === 'cursor'
  const lists = operations.filter(({ method, parameters }) => method === 'GET' && parameters.some(isCursor))
  return new Map(
    lists.flatMap((list) => {
      const orders = list.parameters.find(({ name }) => name === 'sort')?.schema.enum ?? [undefined]
      return orders.map((sort) => {
        const fixed: Readonly<Record<string, string>> = sort === undefined ? {} : { sort }
        const parameters = list.parameters.filter((one) => !isCursor(one))
        return [`${list.operationId} ${sort ?? ''}`, [{ ...list, parameters }, fixed]] as const
      })
    }),
  )
}

test('whatever a cursor says, the list goes on behind it or refuses it, and is never a 500', async () => {
  const lists = await listsByName()
  const followed = new Set<string>()
  const property = fc.asyncProperty(fc.constantFrom(...lists), fc.gen(), async ([name, [list, fixed]], gen) => {
    const url = urlOf(list, gen, fixed)
    const cursor = await cursorFor(url, gen)
    if (cursor !== null && (await ask(list, `${url}cursor=${cursor}`)) === 200) followed.add(name)
  })
  await fc.assert(property, { seed: 20260303, numRuns: 1_500 })
  expect([...lists.keys()].filter((name) => !followed.has(name))).toEqual([])
}, 60_000)
