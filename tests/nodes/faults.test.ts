import { expect, test, vi } from 'vitest'
import { replayDeadLetters } from '../../src/bus/deadLetters.js'
import type { Parser } from '../../src/core/events.js'
import { ALICE, BOB, GAME, give, mint, move, serve, tip } from '../reorg/chains.js'
import { buildChain, forkAt, type LogSpec } from '../support/replay/chain.js'
import type { Fault } from '../support/replay/faults.js'
import { batch, transfer20 } from '../support/replay/specs.js'
import { createRig, parser, type Rig, truthOf } from '../support/rig.js'
import { createRandom } from '../support/world/random.js'

/*
 * F1 to F10: nodes that lie, fail, lag or contradict each other, and crashes around them. (F5 is finality.test.ts; F6 and F7 concern the bus: tests/bus.) The
 * truth is what comes from reading the canonical chain once.
 */

vi.setConfig({ testTimeout: 120_000 })

const ZERO = `0x${'00'.repeat(20)}`
const blocks = (count: number, from = 0): LogSpec[][] =>
  Array.from({ length: count }, (_, i) => [mint(from + i), give((from + i) % 3, 2, ZERO, ALICE)])
const chain = buildChain(blocks(20))

const nothing: Fault = { kind: 'result', method: 'eth_getLogs', change: () => [] }

async function cursorOf(rig: Rig): Promise<number | null | undefined> {
  const [row] = await rig.db.query<{ block_number: number | null }>('SELECT block_number FROM system.sync_cursors')
  return row?.block_number
}

async function coverage(rig: Rig): Promise<unknown> {
  return await rig.db.query('SELECT blocks::text FROM ingest.indexed_ranges')
}

async function deadLetters(rig: Rig): Promise<number | undefined> {
  const [row] = await rig.db.query<{ count: number }>('SELECT count(*)::int AS count FROM system.dlq')
  return row?.count
}

async function quarantined(rig: Rig): Promise<object[]> {
  return await rig.db.query('SELECT DISTINCT contract FROM projection.quarantined')
}

test('F1 an empty answer that the bloom contradicts: the other endpoint is asked', async () => {
  const liar = await serve(chain, { head: 10, finalized: 5 })
  const honest = await serve(chain, { head: 20, finalized: 5 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([liar.url, honest.url])
  await run.seen('live 10')
  liar.faults.add(nothing, nothing, nothing)
  liar.setHead(13)
  await run.seen('live 13')
  liar.setHead(20)
  await rig.at(tip(chain))
  expect(liar.faults.left).toBe(0)
  expect(await rig.rows()).toEqual(await truthOf(chain))
})

test('F1 where the other endpoint is down, the receipts of the one that answers decide: it goes on alone', async () => {
  const coin = `0x${'c0'.repeat(20)}`
  // The bloom of a block with nothing but ERC-20 speaks of transfers, and there is no log to give.
  const money = Array.from({ length: 8 }, () => [transfer20({ contract: coin, from: ALICE, to: BOB })])
  const quiet = buildChain([[mint(1)], ...money, [move(1, ALICE, BOB)]])
  const node = await serve(quiet, { head: 1, finalized: 0 })
  const other = await serve(quiet, { head: 1, finalized: 0 })
  const rig = await createRig()
  const run = rig.ingest([node.url, other.url], {}, { breakMs: 200 })
  await run.seen('live 1')
  await other.close()
  node.setHead(quiet.height)
  await run.seen(`live ${quiet.height}`)
  expect(run.events.filter((event) => event.startsWith('retry'))).toEqual([])
})

test('F1 with one endpoint its receipts decide, and the cursor stays until it tells the truth', async () => {
  const node = await serve(chain, { head: 10, finalized: 5 })
  const rig = await createRig()
  const run = rig.ingest([node.url])
  await run.seen('live 10')
  node.faults.add(...Array.from({ length: 6 }, () => nothing))
  node.setHead(11)
  await run.seen(/^retry .*eth_getLogs left out 2 logs of block 11 that its receipts have/)
  expect(await cursorOf(rig)).toBe(10)
  await run.seen('live 11')
  expect(node.faults.left).toBe(0)
})

test('F2 one of three endpoints is on a fork: nothing is taken back, and it is left alone', async () => {
  const nodes = await Promise.all([1, 2, 3].map(() => serve(chain, { head: 12, finalized: 5 })))
  const [minority, ...others] = nodes
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest(nodes.map(({ url }) => url))
  await run.seen('live 12')
  minority?.setChain(forkAt(chain, 9, blocks(9, 500), { salt: 'b' }))
  for (const node of others) node.setHead(20)
  await rig.at(tip(chain))
  const asked = minority?.calls.length ?? 0
  const longer = forkAt(chain, 20, blocks(4, 900), { salt: 'a' })
  for (const node of others) node.setChain(longer)
  await rig.at(tip(longer))
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual([])
  // While it is left alone it still has a vote, but nothing is read from it.
  const later = minority?.calls.slice(asked) ?? []
  expect(later.filter(({ method, params }) => method === 'eth_getLogs' || params[0] === 'latest')).toEqual([])
  expect(await rig.rows()).toEqual(await truthOf(longer))
})

test('F2 one of three endpoints is on a fork: what is read in bulk is what the others have', async () => {
  const nodes = await Promise.all([1, 2, 3].map(() => serve(chain, { head: 20, finalized: 18 })))
  nodes[0]?.setChain(forkAt(chain, 9, blocks(11, 500), { salt: 'b' }))
  nodes[0]?.setHead(20)
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest(nodes.map(({ url }) => url))
  await rig.at(tip(chain))
  expect(run.events).toContainEqual(expect.stringMatching(/^backfill \d+-18$/))
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual([])
  expect(await rig.rows()).toEqual(await truthOf(chain))
})

test('F2 two endpoints that contradict each other: nothing is taken back until they agree', async () => {
  const nodes = await Promise.all([1, 2].map(() => serve(chain, { head: 12, finalized: 5 })))
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest(nodes.map(({ url }) => url))
  await run.seen('live 12')
  const other = forkAt(chain, 9, blocks(6, 500), { salt: 'b' })
  nodes[0]?.setChain(other)
  await run.seen(/^retry .*do not agree about block 12/)
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual([])
  nodes[1]?.setChain(other)
  await rig.at(tip(other))
  expect(run.events).toContain('fork 3 to 9')
  expect(await rig.rows()).toEqual(await truthOf(other))
})

test('F3 every provider limit during backfill: the range is split until it is accepted, and no hole is left', async () => {
  const long = buildChain(blocks(60))
  const messages: [number, string][] = [
    [-32602, 'Log response size exceeded. Based on your parameters, this block range should work: [0x0, 0x20]'],
    [-32600, 'Under the Free tier plan, you can make eth_getLogs requests with up to a 30 block range.'],
    [-32005, 'query returned more than 10000 results. Try with this block range [0x0, 0x1c].'],
    [-32602, 'range 28 exceeds limit of 27'],
    [-32614, 'eth_getLogs is limited to a 26 range'],
    [-32600, 'block range is too wide'],
    [35, 'ranges over 20 blocks are not supported on freetier'],
    [-32701, 'maximum block range: 19'],
    [-32000, 'Block range limit exceeded.'],
    [-32602, 'limited to 8 block'],
  ]
  const node = await serve(long, { finalized: 60, mostBlocks: 9, mostLogs: 15 })
  for (const [code, message] of messages) node.faults.add({ kind: 'error', method: 'eth_getLogs', code, message })
  const rig = await createRig()
  const run = rig.ingest([node.url])
  await run.seen(/^backfill \d+-60$/)
  expect(node.faults.left).toBe(0)
  expect(await coverage(rig)).toEqual([{ blocks: '{[0,61)}' }])
  expect(await rig.rows()).toEqual(await truthOf(long))
})

test('F4 a quarter of HTTP 500, 429s, JSON-RPC errors, truncated bodies, dropped sockets: it catches up, without a dead letter', async () => {
  const random = createRandom(4)
  let calm = true
  let injected = 0
  const pick = (dice: number): Fault | undefined => {
    if (dice < 0.25) return { kind: 'status', status: 500 }
    if (dice < 0.35) return { kind: 'status', status: 429, headers: { 'retry-after': '0.02' } }
    if (dice < 0.45) return { kind: 'error', code: -32000, message: 'internal error' }
    if (dice < 0.47) return { kind: 'cut' }
    if (dice < 0.49) return { kind: 'short' }
    return dice < 0.51 ? { kind: 'drop' } : undefined
  }
  const chaos = (): Fault | undefined => {
    const fault = calm ? undefined : pick(random.next())
    if (fault !== undefined) injected += 1
    return fault
  }
  const long = buildChain(blocks(30))
  const node = await serve(long, { head: 10, finalized: 5, chaos })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url], {}, { breakMs: 20, rounds: 40 })
  await run.seen('live 10')
  calm = false
  for (const head of [11, 14]) {
    node.setHead(head)
    await run.seen(`live ${head}`)
  }
  const fork = forkAt(long, 12, blocks(4, 300), { salt: 'b' })
  node.setChain(fork)
  await run.seen('live 16')
  calm = true
  await rig.at(tip(fork))
  expect(injected).toBeGreaterThan(20)
  expect(await deadLetters(rig)).toBe(0)
  expect(await rig.rows()).toEqual(await truthOf(fork))
})

test('F8 a batch of two ids and one value is a dead letter; everything around it is applied', async () => {
  const poison = batch({ contract: GAME, from: ZERO, to: ALICE, ids: [1n, 2n], values: [5n] })
  const bad = buildChain([
    [mint(1), poison, give(1, 3, ZERO, ALICE)],
    [give(1, 1, ALICE, BOB), move(1, ALICE, BOB)],
  ])
  const good = buildChain([
    [mint(1), give(1, 3, ZERO, ALICE)],
    [give(1, 1, ALICE, BOB), move(1, ALICE, BOB)],
  ])
  const node = await serve(bad, { finalized: 0 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url])
  await run.seen('live 2')
  await rig.at(tip(bad))
  const letters = await rig.db.query('SELECT code, network, reason FROM system.dlq')
  expect(letters).toEqual([
    { code: 'event_undecodable', network: 'polygon', reason: expect.stringContaining('2 ids and 1 values') },
  ])
  expect(await quarantined(rig)).toEqual([{ contract: GAME }])
  expect(await rig.rows()).toEqual(await truthOf(good))
})

test('F8 what an earlier version could not read is replayed after the fix, and the rows are those of reading it at once', async () => {
  const earlier: Parser = (raws) => {
    const unread = raws.filter(({ contract }) => contract === GAME)
    const { facts, failures } = parser(raws.filter(({ contract }) => contract !== GAME))
    const reason = 'not understood by this version'
    return { facts, failures: [...failures, ...unread.map(({ sourceEventId }) => ({ sourceEventId, reason }))] }
  }
  const chain = buildChain([
    [mint(1), give(1, 3, ZERO, ALICE)],
    [give(1, 1, ALICE, BOB), move(1, ALICE, BOB)],
  ])
  const node = await serve(chain, { finalized: 0 })
  const rig = await createRig()
  const before = await rig.startPipeline(earlier)
  const run = rig.ingest([node.url])
  await run.seen('live 2')
  await rig.at(tip(chain))
  await before.stop()
  expect(await deadLetters(rig)).toBe(2)
  expect(await quarantined(rig)).toEqual([{ contract: GAME }])
  expect(await rig.rows()).not.toEqual(await truthOf(chain))
  await rig.startPipeline()
  expect(await replayDeadLetters(rig.db, { code: 'event_undecodable' })).toHaveLength(2)
  const truth = await truthOf(chain)
  await expect.poll(() => rig.rows(), { timeout: 30_000 }).toEqual(truth)
  const open = await rig.db.query('SELECT 1 FROM system.dlq WHERE resolved_at IS NULL')
  expect(open).toEqual([])
  expect(await quarantined(rig)).toEqual([])
})

test('F9 connections of the writer are killed in the middle of its transactions: no block is lost or doubled', async () => {
  const long = buildChain(blocks(60))
  const node = await serve(long, { head: 10, finalized: 5 })
  const rig = await createRig()
  const pipeline = await rig.startPipeline()
  let run = rig.ingest([node.url])
  await run.seen('live 10')
  for (const head of [20, 30, 40, 50, 60]) {
    node.setHead(head)
    await run.seen(`live ${head - 5}`)
    await rig.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND usename = current_user AND application_name = 'ft'`,
    )
    // The lease goes with its session: the task starts the writer again, as here.
    await run.ended.catch(() => undefined)
    run = rig.ingest([node.url])
  }
  await rig.at(tip(long))
  await pipeline.stop()
  expect(await coverage(rig)).toEqual([{ blocks: '{[0,61)}' }])
  expect(await deadLetters(rig)).toBe(0)
  expect(await rig.rows()).toEqual(await truthOf(long))
})

test('F10 a crash at the seam of backfill and a reorg in the overlap: no hole, nothing twice, parents fit', async () => {
  const node = await serve(chain, { head: 16, finalized: 12 })
  const rig = await createRig()
  await rig.startPipeline()
  const first = rig.ingest([node.url])
  await first.seen('live 14')
  await first.stop()
  const other = forkAt(chain, 12, blocks(8, 500), { salt: 'b' })
  node.setChain(other)
  node.setFinalized(15)
  const second = rig.ingest([node.url])
  await second.seen('live 20')
  await rig.at(tip(other))
  expect(second.events.find((event) => event.startsWith('fork'))).toMatch(/^fork \d to 12$/)
  expect(second.events).toContain('backfill 13-15')
  const broken = await rig.db.query(
    `SELECT b.number FROM ingest.blocks b JOIN ingest.blocks p ON p.network_id = b.network_id AND p.number = b.number - 1 AND p.canonical
     WHERE b.canonical AND b.parent_hash <> p.hash`,
  )
  expect(broken).toEqual([])
  expect(await coverage(rig)).toEqual([{ blocks: '{[0,21)}' }])
  expect(await rig.rows()).toEqual(await truthOf(other))
})

test('a block that was announced a moment ago and is not there yet is waited for', async () => {
  const node = await serve(chain, { head: 10, finalized: 5 })
  const rig = await createRig()
  const run = rig.ingest([node.url])
  await run.seen('live 10')
  const missing: Fault = {
    kind: 'result',
    method: 'eth_getBlockByNumber',
    change: (block, params) => (params[0] === '0xb' ? null : block),
  }
  node.faults.add(...Array.from({ length: 12 }, () => missing))
  node.setHead(12)
  await run.seen('live 12')
  expect(run.events.filter((event) => event.startsWith('live 1'))).toEqual(['live 10', 'live 11', 'live 12'])
})

test('replicas behind one address, one of which lags: no fork is seen and no block skipped', async () => {
  const random = createRandom(9)
  const lagging = (): Fault | undefined => {
    if (!random.chance(0.4)) return undefined
    return {
      kind: 'result',
      change: (result, params) => (params[0] === 'latest' || params[0] === '0x14' ? behind : result),
    }
  }
  const behind = { ...(await headerOf(12)) }
  const node = await serve(chain, { head: 12, finalized: 5, chaos: lagging })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url])
  await run.seen('live 12')
  node.setHead(20)
  await rig.at(tip(chain))
  expect(run.events.filter((event) => event.startsWith('fork'))).toEqual([])
  expect(await rig.rows()).toEqual(await truthOf(chain))
})

/** A header as a node gives it. */
async function headerOf(number: number): Promise<object> {
  const node = await serve(chain)
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'eth_getBlockByNumber',
    params: [`0x${number.toString(16)}`, false],
  })
  const answer = (await (await fetch(node.url, { method: 'POST', body })).json()) as { result: object }
  return answer.result
}
