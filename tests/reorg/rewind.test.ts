import { expect, test, vi } from 'vitest'
import type { Db, Tx } from '../../src/core/db.js'
import { pruneHeaders } from '../../src/ingest/prune.js'
import { type Rewound, rewind, type TakenBack } from '../../src/ingest/rewind.js'
import { keepIngesting } from '../../src/ingest/writer.js'
import { repairEvents } from '../../src/pipeline/repair.js'
import { retireApplied } from '../../src/pipeline/retire.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import { Gate } from '../support/recorder.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, forkAt, type LogSpec, type ReplayChain } from '../support/replay/chain.js'
import { createRig, type Rig, truthOf } from '../support/rig.js'
import { allRows } from '../support/world/snapshot.js'
import { ALICE, BOB, CAROL, give, mint, move, serve, tip, token } from './chains.js'

/*
 * A fork below the finalized block: nothing is written, answers say `disputed`, and `ft rewind` repairs. Backfilled and live blocks
 * alike, also when it is killed in the middle.
 */

vi.setConfig({ testTimeout: 120_000 })

const ZERO = `0x${'00'.repeat(20)}`
const blocks = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => [mint(from + i), give((from + i) % 3, 5, ZERO, ALICE)])
/** 0 to 30 backfilled, 31 to 40 live, then final up to 35. */
const past = buildChain([...blocks(0, 38), [move(3, ALICE, BOB)], [give(1, 2, ALICE, BOB)]])

async function rewindTo(rig: Rig, url: string, to: number, takeBack = takeBackOf(rig)): Promise<Rewound> {
  const adapter = replayAdapter([url])
  try {
    return await rewind({ db: rig.pool, network: rig.network, adapter, to, takeBack })
  } finally {
    await adapter.close()
  }
}

function takeBackOf(rig: Rig): (tx: Tx, step: TakenBack) => Promise<number> {
  return (tx, step) => takeBackBlocks(tx, rig.network, step)
}

/** Every row of the chain and of what follows from it, and what was sent. How the network is doing, and the news of heads, are not of these. */
async function everything(db: Db): Promise<Record<string, unknown>> {
  const tables = (await allRows(db)).filter(({ table }) => table !== 'projection.network_status')
  return {
    ...Object.fromEntries(tables.map(({ table, rows }) => [table, rows])),
    cursor: await db.query(
      'SELECT block_number, block_hash, finalized_number, finalized_hash FROM system.sync_cursors',
    ),
    applied: await db.query('SELECT consumer_id, normalized_event_id FROM ledger.applied_events ORDER BY 1, 2'),
    feed: await db.query('SELECT seq, kind FROM projection.changes ORDER BY seq'),
    sent: await db.query(
      `SELECT seq, topic FROM system.outbox_events WHERE topic <> 'chain.polygon.heads' ORDER BY seq`,
    ),
  }
}

async function indexed(rig: Rig, url: string, node: { setFinalized(n: number): void }): Promise<void> {
  await rig.startPipeline()
  const run = rig.ingest([url])
  await rig.at(tip(past))
  node.setFinalized(35)
  await expect
    .poll(async () => (await rig.get('/api/v1/networks/polygon'))['data'], { timeout: 30_000 })
    .toMatchObject({ finalized: { number: 35 } })
  await run.stop()
}

/** Disputes the network: the chain of the node forks below what was final. */
async function dispute(rig: Rig, url: string): Promise<void> {
  await expect(rig.ingest([url]).ended).rejects.toMatchObject({ code: 'fork_below_finality' })
  await expect
    .poll(async () => (await rig.get('/api/v1/networks/polygon'))['data'], { timeout: 30_000 })
    .toMatchObject({ state: 'disputed' })
}

const second = (): ReplayChain => forkAt(past, 27, [...blocks(500, 12), [move(2, ALICE, CAROL)], []], { salt: 'b' })

test('R5 below finality: the writer stops, nothing is written, answers are disputed; a rewind restores, and reading goes on', async () => {
  const node = await serve(past, { finalized: 30 })
  const rig = await createRig()
  await indexed(rig, node.url, node)
  const before = await everything(rig.db)
  node.setChain(second())
  node.setFinalized(38)
  await dispute(rig, node.url)
  expect(await everything(rig.db)).toEqual(before)
  expect(await rig.get(token(1))).toMatchObject({ finality_status: 'disputed' })

  expect(await rewindTo(rig, node.url, 27)).toMatchObject({ from: 40, to: 27, blocks: 13 })
  expect(await rig.rows()).toEqual(await truthOf(forkAt(past, 27, [])))
  expect(await rig.get(token(1))).toMatchObject({ finality_status: 'finalized', block_number: 27 })
  rig.ingest([node.url])
  await rig.at(tip(second()))
  expect(await rig.rows()).toEqual(await truthOf(second()))
  expect(await rig.get(token(1))).toMatchObject({ finality_status: 'finalized' })
})

test('a running writer that is disputed goes on by itself after the rewind', async () => {
  const node = await serve(past, { finalized: 30 })
  const rig = await createRig()
  await indexed(rig, node.url, node)
  node.setChain(second())
  const adapter = replayAdapter([node.url])
  const stop = new AbortController()
  const disputes: boolean[] = []
  const seen = new Gate()
  const running = keepIngesting(
    {
      ...{ db: rig.pool, network: rig.network, adapter, scope: 'all', pollMs: 10 },
      start: { kind: 'height', height: 0 },
      finality: { rule: 'tag', depth: 256 },
      recordBlocks: () => Promise.reject(new Error('nothing is final in this test')),
      observer: {
        heads: () => undefined,
        stored: () => undefined,
        fork: () => undefined,
        retry: () => undefined,
        disputed: (error) => {
          disputes.push(error !== null)
          seen.open()
        },
      },
    },
    stop.signal,
  )
  await seen.opened
  node.setFinalized(20)
  await rewindTo(rig, node.url, 27)
  await rig.at(tip(second()))
  stop.abort()
  await running
  await adapter.close()
  expect(disputes).toEqual([true, false])
  expect(await rig.rows()).toEqual(await truthOf(second()))
})

test('a rewind that is killed in the middle is finished by the next one', async () => {
  const long = buildChain(blocks(0, 200))
  const node = await serve(long, { finalized: 180 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url])
  await rig.at(tip(long))
  await run.stop()
  let steps = 0
  const dies = (tx: Tx, step: TakenBack): Promise<number> => {
    steps += 1
    return steps === 3 ? Promise.reject(new Error('killed')) : takeBackOf(rig)(tx, step)
  }
  await expect(rewindTo(rig, node.url, 10, dies)).rejects.toThrow('killed')
  expect(await rig.rows()).toEqual(await truthOf(forkAt(long, 72, [])))
  expect(await rewindTo(rig, node.url, 10)).toMatchObject({ from: 72, to: 10 })
  expect(await rig.rows()).toEqual(await truthOf(forkAt(long, 10, [])))
  expect(await rewindTo(rig, node.url, 10)).toMatchObject({ blocks: 0, entries: 0 })
  rig.ingest([node.url])
  await rig.at(tip(long))
  expect(await rig.rows()).toEqual(await truthOf(long))
})

test('heads and events that were on their way before a rewind change nothing after it', async () => {
  const node = await serve(past, { finalized: 30 })
  const rig = await createRig()
  const run = rig.ingest([node.url])
  await run.seen('live 40')
  await run.stop()
  await rewindTo(rig, node.url, 25)
  const pipeline = await rig.startPipeline()
  await expect
    .poll(() => rig.db.query('SELECT 1 FROM system.outbox_events WHERE published_at IS NULL'), { timeout: 30_000 })
    .toEqual([])
  await pipeline.stop()
  expect(await rig.rows()).toEqual(await truthOf(forkAt(past, 25, [])))
  expect((await rig.get('/api/v1/networks/polygon'))['data']).toMatchObject({
    state: 'backfilling',
    finalized: { number: 25 },
    projected: { number: 25 },
  })
})

test('a rewind refuses while a writer runs, below the start, and to a height that is not on the chain', async () => {
  const node = await serve(past, { finalized: 30 })
  const rig = await createRig()
  const run = rig.ingest([node.url])
  await run.seen('live 40')
  await expect(rewindTo(rig, node.url, 20)).rejects.toMatchObject({ code: 'lease_held' })
  await run.stop()
  const before = await everything(rig.db)
  node.setChain(second())
  await expect(rewindTo(rig, node.url, 33)).rejects.toMatchObject({
    code: 'fork_below_finality',
    details: { highest: 27 },
  })
  expect(await everything(rig.db)).toEqual(before)
  await rig.db.query('UPDATE ref.networks SET start_block = 5')
  await expect(rewindTo(rig, node.url, 3)).rejects.toMatchObject({ code: 'request_invalid' })
})

test('a rewind goes back to blocks whose records of what was applied were dropped long ago', async () => {
  const node = await serve(past, { finalized: 30 })
  const rig = await createRig()
  await indexed(rig, node.url, node)
  expect(await retireApplied(rig.pool, rig.network, 1_000_000)).toBe(1)
  await pruneHeaders(rig.pool, rig.network, 30)
  expect(await rewindTo(rig, node.url, 25)).toMatchObject({ from: 40, to: 25 })
  expect(await rig.rows()).toEqual(await truthOf(forkAt(past, 25, [])))
  expect(await rig.db.query('SELECT DISTINCT consumer_id AS id FROM ledger.applied_events')).toEqual([
    { id: 'ownership' },
  ])
  rig.ingest([node.url])
  await rig.at(tip(past))
  expect(await rig.rows()).toEqual(await truthOf(past))
})

test('a rewind and a repair that both need a partition do not wait for each other: neither begins again', async () => {
  const node = await serve(past, { finalized: 30 })
  const rig = await createRig()
  await indexed(rig, node.url, node)
  await retireApplied(rig.pool, rig.network, 1_000_000)
  const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  const made = new Gate()
  const begun: string[] = []
  const nothing = { facts: [], failures: [] }
  // As ft audit does
  const repairing = rig.pool.transaction(async (tx) => {
    begun.push('repair')
    await tx.query('SELECT system.ensure_partitions($1, 5, 5)', [rig.network.id])
    made.open()
    await expect.poll(() => rig.db.query(waiting), { timeout: 20_000 }).toHaveLength(1)
    await repairEvents(tx, rig.network, () => nothing, { revert: [], events: [] })
  })
  await made.opened
  const rewinding = rewindTo(rig, node.url, 25, async (tx, step) => {
    begun.push('rewind')
    return await takeBackOf(rig)(tx, step)
  })
  await Promise.all([repairing, rewinding])
  expect(begun).toEqual(['repair', 'rewind'])
  expect(await rig.rows()).toEqual(await truthOf(forkAt(past, 25, [])))
})

test('what the chain has now between two stored blocks is read again, whatever height is given; and where the chain is the same, that height stays', async () => {
  const quiet: LogSpec[][] = [[], [], [], []]
  const kept = [...blocks(0, 18), ...quiet]
  /** 0 to 30 are read in one piece: of the quiet blocks 19 to 22 no header is stored. */
  const before = buildChain([...kept, ...blocks(22, 18)])
  const node = await serve(before, { finalized: 30 })
  const rig = await createRig()
  await rig.startPipeline()
  const run = rig.ingest([node.url])
  await rig.at(tip(before))
  await run.stop()
  expect(await rewindTo(rig, node.url, 21)).toMatchObject({ to: 21 })
  const again = rig.ingest([node.url])
  await rig.at(tip(before))
  await again.stop()

  const after = forkAt(before, 19, [[mint(900)], [mint(901)], ...blocks(500, 18)], { salt: 'b' })
  node.setChain(after)
  node.setFinalized(35)
  await expect(rewindTo(rig, node.url, 33)).rejects.toMatchObject({ details: { highest: 18 } })
  node.setChain(after, 21)
  await expect(rewindTo(rig, node.url, 33)).rejects.toMatchObject({ details: { highest: 18 } })
  expect(await rewindTo(rig, node.url, 21)).toMatchObject({ to: 18 })
  node.setChain(after)
  rig.ingest([node.url])
  await rig.at(tip(after))
  expect(await rig.rows()).toEqual(await truthOf(after))
})
