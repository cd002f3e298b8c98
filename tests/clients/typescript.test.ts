import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { typesOf } from '../../clients/typescript/openapiTypes.js'
import { type ChangeEvent, type Client, createClient, FtApiError } from '../../clients/typescript/src/index.js'
import { addressToBytea } from '../../src/core/address.js'
import { createApiKey } from '../../src/core/apiKeys.js'
import { useApi } from '../api/apiFixture.js'
import { alice, art, artAsset, artId, games, gamesId, unknownId } from '../api/seed.js'

/*
 * The TypeScript client: its types are those of the document, and it does over HTTP what it says.
 */

const api = useApi({ keysRequired: true })
const committed = fileURLToPath(new URL('../../clients/typescript/src/api.ts', import.meta.url))
let url = ''
let client: Client
const stop = new AbortController()

async function newKey(requestsPerMinute: number): Promise<string> {
  const scopes = ['read', 'export', 'stream'] as const
  return (await createApiKey(api.owner, { name: 'client', scopes, requestsPerMinute, expiresAt: null })).text
}

beforeAll(async () => {
  url = await api.api.listen()
  client = createClient({ url, key: await newKey(10_000) })
})

afterAll(() => stop.abort())

test('the committed types are what the generator makes of the document now', () => {
  const document: unknown = JSON.parse(
    readFileSync(fileURLToPath(new URL('../../docs/openapi.json', import.meta.url)), 'utf8'),
  )
  const types = typesOf(document)
  if (process.env['UPDATE_SNAPSHOT'] === '1') writeFileSync(committed, types)
  expect(readFileSync(committed, 'utf8'), 'run the test again with UPDATE_SNAPSHOT=1').toBe(types)
})

test('the generator refuses what it does not know', () => {
  const schemas = { Odd: { type: 'tuple' } }
  expect(() => typesOf({ paths: {}, components: { schemas } })).toThrow('type')
  expect(() => typesOf({ paths: {}, components: { schemas: { Odd: { pattern: 'x' } } } })).toThrow('without a type')
})

test('one thing: parts of the path are escaped, the rest is the query', async () => {
  const { data, finality_status } = await client.getToken({ network: 'polygon', contract: art, token_id: '2' })
  expect([data.asset_id, data.owner, finality_status]).toEqual([artAsset(2), alice, 'finalized'])
  const wanted = client.getAsset({ id: artAsset(11), min_finality: 'finalized' })
  await expect(wanted).rejects.toMatchObject({ status: 404, code: 'not_found' })
  const escaped = client.getContract({ network: 'polygon', contract: 'a/b?c' })
  await expect(escaped).rejects.toMatchObject({ code: 'address_invalid' })
})

test('a server may be under a path of another', async () => {
  const asked: string[] = []
  const behindProxy = createClient({
    ...{ url: `${url}/nft/`, key: await newKey(10_000) },
    fetch: async (target, init) => {
      asked.push(String(target))
      return await fetch(String(target).replace('/nft', ''), init)
    },
  })
  expect((await behindProxy.getNetwork({ network: 'polygon' })).data.network).toBe('polygon')
  expect(asked).toEqual([`${url}/nft/api/v1/networks/polygon`])
})

test('many at once are a body', async () => {
  const assets = [{ asset_id: artAsset(0) }, { network: 'polygon', contract: games, token_id: '7' }]
  const { data } = await client.getAssets({ assets })
  expect(data.map(({ asset }) => asset?.collection_id)).toEqual([artId, gamesId])
})

test('pages are read one after the other', async () => {
  const ids: string[] = []
  for await (const { token_id } of client.pages('listCollectionAssets', { id: artId, limit: 2 }))
    ids.push(String(token_id))
  expect(ids.slice(0, 5)).toEqual(['0', '2', '3', '10', '11'])
  expect(ids).toHaveLength(6)
})

test('an export is a stream of lines', async () => {
  const text = await new Response(await client.exportCollectionOwners({ id: gamesId })).text()
  const [head, ...rest] = text.trim().split('\n')
  expect([JSON.parse(head ?? ''), rest.at(-1)]).toMatchObject([
    { collection_id: gamesId },
    expect.stringMatching(/^{"end":true/),
  ])
  await expect(client.exportCollectionOwners({ id: unknownId })).rejects.toBeInstanceOf(FtApiError)
})

test('errors carry the code, the fields and the request', async () => {
  const error: unknown = await client.getNetwork({ network: 'NO' }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ status: 400, code: 'request_invalid', requestId: expect.any(String) })
  expect(error).toMatchObject({ problem: { errors: [{ field: 'network', in: 'path' }] } })
  await expect(createClient({ url }).listNetworks()).rejects.toMatchObject({ code: 'key_missing' })
})

test('what was one request too many is sent again when the server says', async () => {
  const key = await newKey(20)
  const waits: number[] = []
  const patient = createClient({
    ...{ url, key },
    fetch: async (...request) => {
      const response = await fetch(...request)
      if (response.status === 429) waits.push(Number(response.headers.get('retry-after')))
      return response
    },
  })
  await Promise.all(Array.from({ length: 21 }, async () => await patient.getNetwork({ network: 'polygon' })))
  expect(waits.length).toBeGreaterThan(0)
  const once = createClient({ url, key, retries: 0 })
  const refused = await Promise.allSettled(Array.from({ length: 5 }, async () => await once.listNetworks()))
  expect(refused.map((one) => (one.status === 'rejected' ? one.reason.code : null))).toContain('too_many_requests')
}, 20_000)

test('changes go on where they were when the connection breaks, and end when they are told to', async () => {
  const ids: string[] = []
  let connections = 0
  const breaking = createClient({
    ...{ url, key: await newKey(10_000) },
    fetch: async (target, init) => {
      connections += 1
      const response = await fetch(target, init)
      // The first connection is lost after its first event.
      return connections === 1 ? new Response(firstEventOf(response), response) : response
    },
  })
  const changes: AsyncGenerator<ChangeEvent> = breaking.changes({ network: 'polygon', signal: stop.signal })
  const first = await changes.next()
  expect(first.value?.type).toBe('ready')
  await tell()
  await tell()
  while (ids.length < 2) {
    const { value } = await changes.next()
    if (value?.type === 'changed') ids.push(value.data.change_id)
  }
  expect(ids).toEqual(['polygon:1', 'polygon:2'])
  expect(connections).toBe(2)
  stop.abort()
  expect((await changes.next()).done).toBe(true)
}, 20_000)

test('changes are read also where streams cannot be iterated over', async () => {
  const leave = new AbortController()
  const safari = createClient({
    ...{ url, key: await newKey(10_000) },
    fetch: async (target, init) => {
      const response = await fetch(target, init)
      Object.defineProperty(response.body, Symbol.asyncIterator, { value: undefined })
      return response
    },
  })
  const changes = safari.changes({ network: 'polygon', signal: leave.signal })
  expect((await changes.next()).value?.type).toBe('ready')
  leave.abort()
  expect((await changes.next()).done).toBe(true)
})

/** The body up to its first event, and then the error of a connection that breaks. */
function firstEventOf(response: Response): ReadableStream<Uint8Array> {
  const reader = response.body?.getReader()
  return new ReadableStream(
    {
      pull: async (controller) => {
        const chunk = await reader?.read()
        if (chunk?.value !== undefined) controller.enqueue(chunk.value)
        await reader?.cancel()
        controller.error(new TypeError('terminated'))
      },
    },
    { highWaterMark: 0 },
  )
}

async function tell(): Promise<void> {
  await api.owner.query(
    `INSERT INTO projection.changes (network_id, seq, kind, fork, block_number, asset_id, collection_id, accounts, quantities)
     SELECT 1, coalesce(max(seq), 0) + 1, 'changed', 0, 900, $1, $2, ARRAY[$3::bytea], ARRAY[1] FROM projection.changes`,
    [artAsset(1), artId, addressToBytea(alice)],
  )
  await api.owner.query(`SELECT pg_notify('ft_changes', '')`)
}
