import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RawEvent } from '../../../src/core/events.js'
import { isMovement } from '../../../src/core/events.js'
import { startTonDevnet, type TonDevnet } from '../../../src/devnet/ton/network.js'
import type { ChainAdapter, ChainBlock } from '../../../src/ingest/adapter.js'
import { createTonAdapter } from '../../../src/ingest/ton/adapter.js'
import { parseExactJson } from '../../../src/ingest/ton/json.js'
import { deltasOf } from '../../../src/pipeline/normalize.js'
import { startTonProxy, type TonProxy } from '../../support/tonProxy.js'

/*
 * The contract of a chain, on TON: real contracts on a real TVM behind TonAPI v2, with a proxy that can misbehave.
 */

const quiet = { info: () => undefined, error: () => undefined }
let devnet: TonDevnet
let head: number
/** The seqno with the most events. */
let busy: number
let proxy: TonProxy
let adapter: ChainAdapter

const open = (
  urls: readonly string[],
  options: { rounds?: number; apiKey?: string; timeoutMs?: number } = {},
): ChainAdapter =>
  createTonAdapter({
    ...{ network: 'ton', chainId: -239, urls, apiKey: null, rounds: 2, breakMs: 50 },
    ...{ backoffMs: { initial: 1, max: 5 }, ...options },
  })

beforeAll(async () => {
  devnet = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 2, log: quiet, genesisTime: 1_800_000_000 })
  await devnet.produceActivity(50)
  const held = devnet.holdings().find(({ owner, sale }) => owner !== null && sale === null)
  await devnet.produce([{ kind: 'burn', item: held?.item ?? '' }])
  head = devnet.head().seqno
  const { blocks } = await open([devnet.url]).range(1, head)
  busy = [...blocks].sort((a, b) => b.events.length - a.events.length)[0]?.header.number ?? 0
})

afterAll(async () => {
  await devnet.stop()
})

beforeEach(async () => {
  proxy = await startTonProxy(devnet.url)
  adapter = open([proxy.url])
})

afterEach(async () => {
  await adapter.close()
  await proxy.close()
})

const eventsOf = (blocks: readonly ChainBlock[]): RawEvent[] =>
  blocks.flatMap(({ header, events }) =>
    events.map((event) => ({ ...event, payload: { ...event.payload }, blockNumber: header.number, fork: 0 })),
  )

describe('CT1 determinism', () => {
  test('two adapters give the same ids, positions and payloads, by range and block by block; sub-indexes are contiguous', async () => {
    const other = open([devnet.url])
    try {
      const range = await adapter.range(1, head)
      const blocks: ChainBlock[] = []
      for (let number = 1; number <= head; number += 1) blocks.push(await other.block(number))
      expect(range.blocks).toEqual(blocks.filter(({ events }) => events.length > 0))
      expect(range.last).toEqual(blocks.at(-1)?.header)
      const events = eventsOf(range.blocks)
      expect(new Set(events.map(({ sourceEventId }) => sourceEventId)).size).toBe(events.length)
      expect(new Set(events.map(({ blockNumber, position }) => `${blockNumber}/${position}`)).size).toBe(events.length)
      const { facts, failures } = adapter.parse(events)
      expect(failures).toEqual([])
      for (const { sourceEventId } of events) {
        const group = facts.filter((fact) => fact.sourceEventId === sourceEventId)
        expect(group.map(({ subIndex }) => subIndex)).toEqual(group.map((_, index) => index))
      }
      // What was read can be parsed again from its JSON, without anybody to ask.
      expect(adapter.parse(JSON.parse(JSON.stringify(events)) as RawEvent[])).toEqual({ facts, failures })
    } finally {
      await other.close()
    }
  })
})

describe('CT2 continuity', () => {
  test('every transaction of every shard block is read once, and each seqno names the one before it', async () => {
    let parent = (await adapter.header(1)).hash
    let several = 0
    for (let number = 2; number <= head; number += 1) {
      const { header } = await adapter.block(number)
      expect([header.number, header.parentHash]).toEqual([number, parent])
      parent = header.hash
      const answer = await (await fetch(`${devnet.url}/v2/blockchain/masterchain/${number}/blocks`)).text()
      const { blocks } = parseExactJson(answer) as { blocks: unknown[] }
      several += blocks.length > 2 ? 1 : 0
    }
    expect(several).toBeGreaterThan(5)
  })

  test('rows that TonAPI repeats are read once, and a list that it cuts is completed block by block', async () => {
    const truth = await adapter.block(busy)
    const edit = (change: (rows: unknown[]) => unknown[]) => (body: string) => {
      const { transactions } = parseExactJson(body) as { transactions: unknown[] }
      return JSON.stringify({ transactions: change(transactions) })
    }
    const path = `masterchain/${busy}/transactions`
    proxy.faults.push({ path, times: 1, body: edit((rows) => [...rows, ...rows.slice(0, 2)].reverse()) })
    expect(await adapter.block(busy)).toEqual(truth)
    proxy.faults.push({ path, times: 1, body: edit((rows) => rows.slice(1)) })
    const before = proxy.requests.length
    expect(await adapter.block(busy)).toEqual(truth)
    expect(proxy.requests.slice(before).some((request) => /blocks\/\(0,.*\)\/transactions/.test(request))).toBe(true)
  })
})

describe('CT3 meaning', () => {
  test('mints add, burns take, transfers keep, and what moves nothing has no deltas', async () => {
    const { facts } = adapter.parse(eventsOf((await adapter.range(1, head)).blocks))
    const sums = { mint: 1n, burn: -1n, transfer: 0n } as const
    for (const fact of facts) {
      const deltas = deltasOf(fact)
      if (!isMovement(fact.kind)) expect(deltas).toEqual([])
      else {
        const sum = deltas.reduce((total, { quantity }) => total + BigInt(quantity), 0n)
        expect([fact.kind, sum]).toEqual([fact.kind, sums[fact.kind as keyof typeof sums]])
      }
    }
    expect(new Set(facts.map(({ kind }) => kind))).toEqual(
      new Set(['mint', 'transfer', 'burn', 'list', 'sale', 'cancel']),
    )
  })
})

test('names of collections take nothing of the few requests that tonapi.io answers without a key', async () => {
  const anonymous = open(['https://tonapi.io'])
  expect(await anonymous.names([`0:${'ab'.repeat(32)}`], head)).toEqual([null])
  await anonymous.close()
})

test('a collection of which something was recorded has said already that it is one: it is confirmed without a request', async () => {
  const contract = `0:${'ab'.repeat(32)}`
  const unreachable = open(['http://127.0.0.1:1'])
  expect(await unreachable.confirms([{ contract, standard: 'tep62' }], head)).toEqual([true])
  await unreachable.close()
})

describe('CT4 errors', () => {
  test('a seqno beyond the head is unknown, however the server says it', async () => {
    await expect(adapter.block(head + 1)).rejects.toMatchObject({ code: 'block_unknown' })
    await expect(adapter.header(head + 1)).rejects.toMatchObject({ code: 'block_unknown' })
    const body = JSON.stringify({ error: 'failed to lookup master block' })
    proxy.faults.push({ path: `masterchain/${head}`, status: 500, body })
    await expect(adapter.block(head)).rejects.toMatchObject({ code: 'block_unknown' })
  })

  test('429 waits as long as it asks, then goes on', async () => {
    const path = 'masterchain-head'
    proxy.faults.push({ path, times: 1, status: 429, headers: { 'retry-after': '1' }, body: '{"Error":"slow down"}' })
    const started = performance.now()
    expect((await adapter.head()).number).toBe(head)
    expect(performance.now() - started).toBeGreaterThan(950)
  })

  test.each([
    ['500', { status: 500, body: '{"error":"oops"}' }, 'rpc_transient'],
    ['502 in HTML', { status: 502, body: '<html>' }, 'rpc_transient'],
    ['401', { status: 401, body: '{"error":"illegal token"}' }, 'rpc_fatal'],
    ['a dropped connection', { drop: true }, 'rpc_transient'],
    ['half a body', { body: (body: string) => body.slice(0, body.length / 2) }, 'rpc_invalid'],
    ['another document', { body: '{"transactions":[{"hash":"x"}]}' }, 'rpc_invalid'],
  ] as const)('%s is a typed error, and never part of a block', async (_, fault, code) => {
    proxy.faults.push({ path: `masterchain/${busy}/transactions`, ...fault })
    await expect(adapter.block(busy)).rejects.toMatchObject({ code })
  })

  test('transactions that stay missing are an error, not a smaller block', async () => {
    proxy.faults.push({ path: '/transactions', body: '{"transactions":[]}' })
    await expect(adapter.block(busy)).rejects.toMatchObject({
      code: 'rpc_invalid',
      message: expect.stringContaining('0 of'),
    })
  })

  const broken = { status: 500, body: '{"error":"emulation failed"}' } as const
  const parsed = async (reader: ChainAdapter, number: number) => reader.parse(eventsOf([await reader.block(number)]))

  test.each(['methods/get_nft_data', 'methods/get_nft_address_by_index', 'accounts/_bulk'])(
    'a failure that passes (%s) is asked again, and says nothing about the contract',
    async (path) => {
      const truth = await parsed(open([devnet.url]), busy)
      proxy.faults.push({ path, times: 2, ...broken })
      expect(await parsed(adapter, busy)).toEqual(truth)
    },
  )

  test('an account on which every endpoint fails is a dead letter of its transaction alone, and stops nothing', async () => {
    const truth = await parsed(open([devnet.url]), busy)
    const [one] = truth.facts
    proxy.faults.push({ path: `${one?.item}/methods/get_nft_data`, ...broken })
    const { facts, failures } = await parsed(adapter, busy)
    expect(failures).toMatchObject([
      { sourceEventId: one?.sourceEventId, reason: expect.stringContaining('emulation failed') },
    ])
    expect(facts).toEqual(truth.facts.filter(({ sourceEventId }) => sourceEventId !== one?.sourceEventId))
    // A second look that sees less corrects nothing.
    await expect(adapter.reread(busy)).rejects.toMatchObject({ code: 'rpc_transient' })
    const both = open([proxy.url, devnet.url])
    expect(await parsed(both, busy)).toEqual(truth)
    await both.close()
    // One that is down can never be asked: it must not keep the network waiting.
    const alone = open([proxy.url, 'http://127.0.0.1:9'], { rounds: 4 })
    expect((await parsed(alone, busy)).failures).toEqual(failures)
    await alone.close()
  })

  test.each([
    ['keeps waiting', { hang: true }],
    ['cuts the connection on', { drop: true }],
  ] as const)('nor does one that every endpoint %s, which is not asked about each time', async (_, fault) => {
    const truth = await parsed(open([devnet.url]), busy)
    const [one] = truth.facts
    proxy.faults.push({ path: `${one?.item}/methods/get_nft_data`, ...fault })
    const impatient = open([proxy.url], { timeoutMs: 1_500 })
    const { facts, failures } = await parsed(impatient, busy)
    expect(failures).toMatchObject([{ sourceEventId: one?.sourceEventId }])
    expect(facts).toEqual(truth.facts.filter(({ sourceEventId }) => sourceEventId !== one?.sourceEventId))
    const asked = () => proxy.requests.filter((path) => path.includes(`${one?.item}/methods`)).length
    const before = asked()
    expect((await parsed(impatient, busy)).failures).toEqual(failures)
    expect(asked() - before).toBe('hang' in fault ? 0 : 1)
    await impatient.close()
  })

  test('an endpoint that never answers at all is in trouble: nothing is given up', async () => {
    proxy.faults.push({ path: '/methods/', hang: true })
    const impatient = open([proxy.url], { timeoutMs: 200, rounds: 1 })
    await expect(impatient.block(busy)).rejects.toMatchObject({ code: 'rpc_transient' })
    await impatient.close()
  })

  test('blocks that are read at once are no reason to give up what another endpoint can read', async () => {
    const all = (await open([devnet.url]).range(1, head)).blocks
    const moved = new Map<string, number>()
    for (const { events } of all) for (const { contract } of events) moved.set(contract, (moved.get(contract) ?? 0) + 1)
    const [item] = [...moved].sort(([, a], [, b]) => b - a)[0] ?? ['']
    proxy.faults.push({ path: `accounts/${item}/methods/get_nft_data`, ...broken })
    const both = open([proxy.url, devnet.url], { rounds: 5 })
    const { blocks } = await both.range(1, head)
    await both.close()
    expect(moved.get(item)).toBeGreaterThan(2)
    expect(both.parse(eventsOf(blocks))).toEqual(both.parse(eventsOf(all)))
  })

  test('a second look has no word on an item that can no longer be asked: what was read of it stays', async () => {
    const all = eventsOf((await adapter.range(1, head)).blocks)
    const one = adapter.parse(all).facts.find(({ kind }) => kind === 'transfer')
    const number = all.find(({ sourceEventId }) => sourceEventId === one?.sourceEventId)?.blockNumber ?? 0
    const truth = await adapter.reread(number)
    const later = open([proxy.url])
    proxy.faults.push({ path: `${one?.item}/methods/get_nft_data`, status: 404, body: '{"error":"not found"}' })
    const { block, complete } = await later.reread(number)
    await later.close()
    expect(complete).toBe(false)
    expect(truth.block.events.map(({ contract }) => contract)).toContain(one?.item)
    expect(block.events).toEqual(truth.block.events.filter(({ contract }) => contract !== one?.item))
  })

  test('an account whose state or past no endpoint can give costs what it says of a sale, not the item', async () => {
    const all = (await open([devnet.url]).range(1, head)).blocks
    const truth = adapter.parse(eventsOf(all))
    const sold = truth.facts.find(({ kind }) => kind === 'sale')
    const block = all.find(({ events }) => events.some(({ sourceEventId }) => sourceEventId === sold?.sourceEventId))
    const number = block?.header.number ?? 0
    const contract = (sold?.details as { order?: string } | null)?.order ?? ''
    proxy.faults.push({ path: `accounts/${contract}/transactions`, ...broken })
    const { facts, failures } = await parsed(adapter, number)
    expect(failures).toMatchObject([{ sourceEventId: sold?.sourceEventId, reason: expect.stringContaining(contract) }])
    expect(facts).toContainEqual(
      truth.facts.find(({ kind, sourceEventId }) => kind === 'transfer' && sourceEventId === sold?.sourceEventId),
    )
    expect(facts.filter(({ kind }) => kind === 'sale')).toEqual([])
  })

  test('an endpoint that fails on every get-method is in trouble: nothing is read from it, and nothing is given up', async () => {
    proxy.faults.push({ path: '/methods/', ...broken })
    await expect(adapter.block(busy)).rejects.toMatchObject({ code: 'rpc_transient' })
    proxy.faults.length = 0
    expect((await parsed(adapter, busy)).failures).toEqual([])
  })

  test('another endpoint serves what one fails to', async () => {
    const both = open([proxy.url, devnet.url])
    proxy.faults.push({ path: '/v2/', status: 500, body: '{}' })
    try {
      expect((await both.range(1, 5)).last.number).toBe(5)
    } finally {
      await both.close()
    }
  })

  test('too many seqnos for one range are refused with a hint', async () => {
    await expect(adapter.range(1, 65)).rejects.toMatchObject({
      code: 'range_too_large',
      details: { hint: { maxBlocks: 64 } },
    })
  })
})

describe('CT5 finality and capabilities', () => {
  test('what exists is final: the head is the newest final block, by depth 0, and it never steps back', async () => {
    expect(await adapter.finalized()).toBeNull()
    expect(await adapter.head()).toEqual(await adapter.header(head))
  })

  test('start gives the first block, of whichever endpoint has it; null where none does', async () => {
    proxy.faults.push({ path: 'blocks/(-1,8000000000000000,1)', status: 404, body: '{"error":"block not found"}' })
    const both = open([proxy.url, devnet.url])
    expect(await both.start()).toBe(devnet.genesisHash)
    await both.close()
    expect(await adapter.start()).toBeNull()
  })

  test('another network is refused at the start', async () => {
    proxy.faults.push({ path: 'masterchain-head', body: (body) => body.replace('"global_id":-239', '"global_id":-3') })
    const testnet = open([proxy.url])
    await expect(testnet.start()).rejects.toMatchObject({ code: 'wrong_chain', details: { expected: -239, found: -3 } })
    await testnet.close()
  })
})
