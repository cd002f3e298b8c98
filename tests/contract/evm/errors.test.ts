import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChainAdapter } from '../../../src/ingest/adapter.js'
import { replayAdapter } from '../../support/replay/adapter.js'
import { buildChain } from '../../support/replay/chain.js'
import { type Replay, startReplay } from '../../support/replay/server.js'
import { address, transfer721, ZERO } from '../../support/replay/specs.js'

const contract = address('nft', 1)
const mint = (tokenId: bigint) => transfer721({ contract, from: ZERO, to: address('user', 1), tokenId })
const chain = buildChain(Array.from({ length: 40 }, (_, n) => [mint(BigInt(n))]))

let first: Replay
let second: Replay
let adapter: ChainAdapter

beforeEach(async () => {
  first = await startReplay(chain)
  second = await startReplay(chain)
  adapter = replayAdapter([first.url, second.url])
  await adapter.start()
})

afterEach(async () => {
  await adapter.close()
  await Promise.all([first.close(), second.close()])
})

describe('CT4 errors', () => {
  test('a range that is refused is not asked for elsewhere, and says what would be accepted', async () => {
    first.faults.add({
      method: 'eth_getLogs',
      kind: 'error',
      code: -32602,
      message: 'eth_getLogs is limited to a 10,000 range',
    })
    await expect(adapter.range(1, 40)).rejects.toMatchObject({
      code: 'range_too_large',
      details: { hint: { maxBlocks: 10_000 } },
    })
    expect(first.calls.map(({ method }) => method)).toContain('eth_getLogs')
    expect(second.calls.map(({ method }) => method)).not.toContain('eth_getLogs')
  })

  test('a limit that is told in the data of the error, as Nethermind does, is understood', async () => {
    const error = {
      ...{ code: -32602, message: 'invalid params' },
      data: 'Query returned more than 50000 results. Try with this block range [0x1, 0x14].',
    }
    const change = (all: unknown) => (all as object[]).map((one, n) => (n === 0 ? one : { ...one, error }))
    first.faults.add({ method: 'eth_getLogs', kind: 'envelope', change })
    await expect(adapter.range(1, 40)).rejects.toMatchObject({
      code: 'range_too_large',
      details: { hint: { from: 1, to: 20 } },
    })
  })

  test('a block beyond the head is unknown', async () => {
    await expect(adapter.block(41)).rejects.toMatchObject({ code: 'block_unknown' })
    await expect(adapter.header(41)).rejects.toMatchObject({ code: 'block_unknown' })
  })

  test.each([
    { kind: 'status', status: 500 } as const,
    { kind: 'status', status: 429, headers: { 'retry-after': '60' } } as const,
    { kind: 'status', status: 403 } as const,
    { kind: 'drop' } as const,
    { kind: 'body', body: '<html>' } as const,
    { kind: 'error', code: -32000, message: 'unknown block' } as const,
  ])('another endpoint serves what one fails to: $kind $status', async (fault) => {
    first.faults.add({ method: 'eth_getLogs', ...fault })
    const block = await adapter.block(7)
    expect(block.events).toHaveLength(1)
    const methods = second.calls.slice(-3).map(({ method }) => method)
    // Header and logs are of one endpoint: the header is asked for again where the logs come from.
    expect(methods).toEqual(['eth_getBlockByNumber', 'eth_getLogs', 'eth_getLogs'])
  })

  test('a lagging endpoint is left for one that is not', async () => {
    first.setHead(20)
    expect((await adapter.range(1, 40)).blocks).toHaveLength(40)
    expect((await adapter.block(30)).events).toHaveLength(1)
  })

  test('an endpoint that refuses long batches is asked in shorter ones', async () => {
    const only = replayAdapter([first.url])
    const refusal = {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: 'Batch of more than 3 requests is not allowed' },
    }
    first.faults.add({ method: 'eth_getBlockByNumber', kind: 'envelope', change: () => refusal })
    expect((await only.range(1, 40)).blocks).toHaveLength(40)
    await only.close()
  })

  const refused = (id: unknown, code: number, message: string) => ({ jsonrpc: '2.0', id, error: { code, message } })
  const idOf = (answer: unknown) => (answer as { readonly id: unknown }).id
  test.each([
    ['go-ethereum, for its length', (all: unknown[]) => [refused(idOf(all[0]), -32600, 'batch too large')]],
    [
      'go-ethereum and Bor, for the length of the answers',
      (all: unknown[]) => all.map((one, n) => (n < 4 ? one : refused(idOf(one), -32003, 'response too large'))),
    ],
  ] as const)('a batch that is refused as a list of errors is cut as well: %s', async (_, cut) => {
    const only = replayAdapter([first.url])
    const most = 10
    const change = (all: unknown) => (Array.isArray(all) && all.length > most ? cut(all) : all)
    const fault = { method: 'eth_getBlockByNumber', kind: 'envelope', change } as const
    first.faults.add(...Array.from({ length: 7 }, () => fault))
    expect((await only.range(1, 40)).blocks).toHaveLength(40)
    await only.close()
  })

  const tooMany = { code: 31, message: 'Batch of more than 3 requests are not allowed on free tier' }
  test.each([
    ['each call', 500, JSON.stringify([1, 2, 3, 4].map((id) => ({ jsonrpc: '2.0', id, error: tooMany })))],
    ['the whole', 500, JSON.stringify({ id: 1, jsonrpc: '2.0', error: tooMany })],
    ['its length in bytes', 413, '<html>413 Request Entity Too Large</html>'],
  ])('and so is one that is refused with an HTTP status (dRPC): for %s', async (_, status, body) => {
    const only = replayAdapter([first.url], { rounds: 1 })
    const before = first.calls.length
    first.faults.add({ method: 'eth_getBlockByNumber', kind: 'status', status, body })
    expect((await only.range(1, 40)).blocks).toHaveLength(40)
    // Those that were refused, once more each, and no others.
    const headers = first.calls.slice(before).filter(({ method }) => method === 'eth_getBlockByNumber')
    expect(headers).toHaveLength(2 * 40)
    await only.close()
  })

  test('what an error says never contains the key of an endpoint', async () => {
    const key = 'c0ffee00c0ffee00c0ffee00'
    const secret = replayAdapter([`${first.url}/v2/${key}`], { rounds: 1 })
    first.faults.add({ kind: 'error', code: -32000, message: `project ${key} is over its daily quota` })
    const error = await secret.head().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'FtError' })
    expect(JSON.stringify(error) + String(error)).not.toContain(key)
    expect(String(error)).toContain('project *** is over')
    await secret.close()
  })

  test('closing ends what is under way', async () => {
    first.faults.add({ kind: 'hang' })
    const head = adapter.head()
    const asserted = expect(head).rejects.toMatchObject({ name: 'FtError' })
    await adapter.close()
    await asserted
  })
})

describe('a block of more logs than an endpoint gives at once', () => {
  const tooMany = { kind: 'error', code: -32602, message: 'query returned more than 10000 results' } as const
  let nodes: readonly [Replay, Replay]
  beforeEach(async () => {
    const ethereum = buildChain(
      Array.from({ length: 9 }, (_, n) => [mint(BigInt(n))]),
      { chainId: 1 },
    )
    nodes = [await startReplay(ethereum), await startReplay(ethereum)]
  })
  afterEach(() => Promise.all(nodes.map((node) => node.close())))

  test.each([
    tooMany,
    { kind: 'error', code: -32602, message: 'Log response size exceeded: up to a 2,000 block range' } as const,
    { kind: 'status', status: 413 } as const,
  ])('is read from its receipts, alone and as a range: $message $status', async (limit) => {
    const [node] = nodes
    const only = replayAdapter([node.url], { chainId: 1, rounds: 1 })
    const whole = await only.block(7)
    node.faults.add({ method: 'eth_getLogs', ...limit }, { method: 'eth_getLogs', ...limit })
    expect(await only.block(7)).toEqual(whole)
    expect(await only.range(7, 7)).toEqual({ from: 7, to: 7, blocks: [whole], last: whole.header })
    expect(node.faults.left).toBe(0)
    await only.close()
  })

  test('is read from another one where it gives no receipts', async () => {
    const both = replayAdapter(
      nodes.map(({ url }) => url),
      { chainId: 1 },
    )
    const missing = { kind: 'error', code: -32601, message: 'the method does not exist' } as const
    nodes[0].faults.add({ method: 'eth_getLogs', ...tooMany }, { method: 'eth_getBlockReceipts', ...missing })
    expect((await both.block(7)).events).toHaveLength(1)
    expect([nodes[0].faults.left, nodes[1].calls.map(({ method }) => method)]).toEqual([
      0,
      expect.arrayContaining(['eth_getLogs']),
    ])
    await both.close()
  })
})

describe('an empty answer that the bloom contradicts (listed contracts)', () => {
  const listed = { contracts: { mode: 'list', addresses: [contract] } } as const
  const empty = { kind: 'result', method: 'eth_getLogs', change: () => [] } as const

  test('is asked for elsewhere, and the better answer is taken', async () => {
    const careful = replayAdapter([first.url, second.url], listed)
    first.faults.add(empty)
    expect((await careful.block(5)).events).toHaveLength(1)
    await careful.close()
  })

  test.each([3, 5])('is asked for elsewhere also where the block ends a range, from %d', async (from) => {
    const careful = replayAdapter([first.url, second.url], listed)
    const { blocks } = await careful.range(from, 5)
    expect(blocks.at(-1)?.header.number).toBe(5)
    first.faults.add(empty)
    expect((await careful.range(from, 5)).blocks).toEqual(blocks)
    expect(first.faults.left).toBe(0)
    await careful.close()
  })

  test('is believed when a second endpoint agrees', async () => {
    const careful = replayAdapter([first.url, second.url], listed)
    first.faults.add(empty)
    second.faults.add(empty)
    expect((await careful.block(5)).events).toEqual([])
    await careful.close()
  })

  test('of the only endpoint is held against its receipts, and believed when it has none to show', async () => {
    const alone = replayAdapter([first.url], listed)
    first.faults.add(empty)
    expect((await alone.block(5)).events).toHaveLength(1)
    first.faults.add(empty, {
      kind: 'error',
      method: 'eth_getBlockReceipts',
      code: -32601,
      message: 'the method does not exist',
    })
    expect((await alone.block(5)).events).toEqual([])
    await alone.close()
  })
})
