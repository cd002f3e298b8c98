import { EventEmitter, once } from 'node:events'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { TruthRow } from '../../bench/chain/activity.js'
import { type RunningBenchChain, startBenchChain } from '../../bench/chain/start.js'
import type { Fact } from '../../src/core/events.js'
import { saleDetails } from '../../src/core/market.js'
import { identify } from '../../src/devnet/processes.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { rawEvents, replayAdapter } from '../support/replay/adapter.js'

let chain: RunningBenchChain

beforeAll(async () => {
  chain = await startBenchChain({ events: 4_000, seed: 3, maxLogs: 1_000 })
  return () => chain.stop()
})

function adapterOf(): ChainAdapter {
  const adapter = replayAdapter([chain.url])
  onTestFinished(() => adapter.close())
  return adapter
}

async function readAll(adapter: ChainAdapter): Promise<Fact[]> {
  const head = await adapter.head()
  const facts: Fact[] = []
  for (let from = 0; from <= head.number; from += 10) {
    const { blocks } = await adapter.range(from, Math.min(head.number, from + 9))
    const parsed = adapter.parse(blocks.flatMap(rawEvents))
    expect(parsed.failures).toEqual([])
    facts.push(...parsed.facts)
  }
  return facts
}

function ownership(facts: readonly Fact[]): string[] {
  const sums = new Map<string, bigint>()
  for (const { contract, tokenId, from, to, quantity, details } of facts) {
    if (details !== null) continue
    for (const [account, change] of [[from, -quantity] as const, [to, quantity] as const]) {
      const key = `${contract}:${tokenId}:${account}`
      const sum = (sums.get(key) ?? 0n) + change
      expect(account === null || sum >= 0n, 'nobody gives what he has not').toBe(true)
      if (account !== null) sums.set(key, sum)
    }
  }
  return [...sums]
    .filter(([, sum]) => sum !== 0n)
    .map(([key, sum]) => `${key}:${sum}`)
    .sort()
}

function rowsOf(truth: readonly TruthRow[]): string[] {
  return truth.map(({ contract, tokenId, owner, quantity }) => `${contract}:${tokenId}:${owner}:${quantity}`).sort()
}

async function logs(filter: object): Promise<{ logIndex: string; blockNumber: string; address: string }[]> {
  return (await chain.call('eth_getLogs', filter)) as { logIndex: string; blockNumber: string; address: string }[]
}

describe('the measured chain', () => {
  test('is what the adapter believes: chained headers, blooms that hold, and the truth is the sum of its logs', async () => {
    const adapter = adapterOf()
    const facts = await readAll(adapter)
    expect(ownership(facts)).toEqual(rowsOf(await chain.truth()))
    const stats = await chain.stats()
    const movements = facts.filter(({ details }) => details === null)
    expect(movements).toHaveLength(stats.rows)
    expect(new Set(movements.map(({ sourceEventId }) => sourceEventId)).size).toBe(4_000)
    expect((await adapter.finalized())?.number).toBe(stats.head - 2)
    const headers = await Promise.all([41, 42].map((height) => adapter.header(height)))
    expect(headers[1]?.parentHash).toBe(headers[0]?.hash)
    expect((headers[1]?.time ?? 0) - (headers[0]?.time ?? 0)).toBe(2)
  })

  test('sells by Seaport orders that each fit a movement of the same transaction', async () => {
    const sales = (await readAll(adapterOf())).filter(({ kind }) => kind === 'sale')
    expect(sales.length).toBe((await chain.stats()).orders)
    expect(sales.length / 4_000).toBeCloseTo(0.02, 1)
    const details = sales.map((sale) => saleDetails.parse(sale.details))
    expect(new Set(details.map(({ side }) => side))).toEqual(new Set(['listing', 'offer']))
    expect(details.every(({ confirmed }) => confirmed)).toBe(true)
    expect(new Set(details.map(({ order }) => order)).size).toBe(sales.length)
  })

  test('has a fifth of ERC-20 noise, which topic filters of four leave out', async () => {
    const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
    const range = { fromBlock: '0x0', toBlock: '0xa' }
    const all = await logs({ ...range, topics: [TRANSFER] })
    const nft = await logs({ ...range, topics: [TRANSFER, null, null, null] })
    const noise = all.filter(({ address }) => address.startsWith('0x20'))
    expect(noise.length).toBeGreaterThan(20)
    expect(nft).toEqual(all.filter((log) => !noise.includes(log)))
    expect((await chain.stats()).erc20 / 4_000).toBeCloseTo(0.2, 1)
  })

  test('gives the same logs by section, one by one, and by hash, in order', async () => {
    const whole = await logs({ fromBlock: '0x1', toBlock: '0x9' })
    const places = whole.map(({ blockNumber, logIndex }) => Number(blockNumber) * 10_000 + Number(logIndex))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    const byAddress = await logs({
      fromBlock: '0x1',
      toBlock: '0x9',
      address: [...new Set(whole.map((log) => log.address))],
    })
    expect(byAddress).toEqual(whole)
    const header = (await chain.call('eth_getBlockByNumber', '0x5', false)) as { hash: string }
    expect(await logs({ blockHash: header.hash })).toEqual(whole.filter(({ blockNumber }) => blockNumber === '0x5'))
  })

  test('refuses as providers do, with a range that works', async () => {
    const asked = chain.call('eth_getLogs', { fromBlock: '0x0', toBlock: '0x64' })
    await expect(asked).rejects.toThrow(
      /query returned more than 1000 results. Try with this block range \[0x0, 0x[0-9a-f]+\]/,
    )
    const adapter = adapterOf()
    const refused = await adapter.range(0, 100).then(
      () => null,
      (error: { code: string; details: { hint: { from: number; to: number } } }) => error,
    )
    expect(refused?.code).toBe('range_too_large')
    const { from, to } = refused?.details.hint ?? { from: 1, to: 0 }
    expect((await adapter.range(from, to)).blocks.length).toBeGreaterThan(0)
    await expect(chain.call('eth_nothing')).rejects.toThrow('does not exist')
  })
})

test('the same seed gives the same chain, another seed another', async () => {
  const ends: unknown[] = []
  for (const seed of [5, 5, 6]) {
    const one = await startBenchChain({ events: 300, seed })
    ends.push([await one.call('eth_getLogs', { fromBlock: '0x0' }), await one.truth()])
    await one.stop()
    expect(await identify(one.pid)).toBeNull()
  }
  expect(ends[1]).toEqual(ends[0])
  expect(ends[2]).not.toEqual(ends[0])
})

test('live: heads are announced over the websocket, and a reorg takes its movements back', async () => {
  const one = await startBenchChain({ events: 400, seed: 9, finalityDepth: 20 })
  onTestFinished(() => one.stop())
  const adapter = replayAdapter([one.url, one.wsUrl])
  onTestFinished(() => adapter.close())
  const heads = new EventEmitter()
  const watch = await adapter.watch(() => void heads.emit('head'))
  onTestFinished(() => watch?.stop())
  // Heads before the subscription stands are heard by nobody.
  const first = once(heads, 'head').then(() => true)
  while (!(await Promise.race([first, one.call('bench_mine', 1).then(() => false)])));
  for (let block = 0; block < 3; block += 1) {
    const announced = once(heads, 'head')
    await one.call('bench_mine', 30)
    await announced
  }

  const before = await adapter.head()
  await one.call('bench_reorg', 3, 25)
  const head = await adapter.head()
  expect(head.number).toBe(before.number + 1)
  expect((await adapter.header(before.number)).hash).not.toBe(before.hash)
  expect((await adapter.header(before.number - 2)).parentHash).toBe((await adapter.header(before.number - 3)).hash)
  expect(ownership(await readAll(adapter))).toEqual(rowsOf(await one.truth()))
})

test('live: blocks come by themselves, and the server ends with its parent', async () => {
  const one = await startBenchChain({ events: 40, live: { blockMs: 10, events: 2 } })
  while ((await one.stats()).head < 5) await one.call('eth_chainId')
  const published = (await one.call('bench_published')) as [number, number][]
  expect(published.length).toBeGreaterThanOrEqual(3)
  await one.stop()
  expect(await identify(one.pid)).toBeNull()
})
