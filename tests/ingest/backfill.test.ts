import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { FtError } from '../../src/core/errors.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import type { IngestOptions } from '../../src/ingest/options.js'
import { recordBlocks } from '../../src/pipeline/fused.js'
import { lockLedger } from '../../src/pipeline/locks.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { Gate } from '../support/recorder.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain, type LogSpec } from '../support/replay/chain.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import { address, transfer721, ZERO } from '../support/replay/specs.js'
import { allRows } from '../support/world/snapshot.js'
import { type Ingest, ingestDatabase, startIngest } from './harness.js'

/*
 * Two transactions of a backfill are at work: one is taken through state and read models while the next one's ledger entries are written
 * (docs/adr/0017). Every batch here is of five blocks, and every one moves what the one before it minted.
 */

const NFT = address('nft', 1)
const [ALICE, BOB] = [address('account', 1), address('account', 2)]
const move = (tokenId: number, from: string, to: string): LogSpec =>
  transfer721({ contract: NFT, from, to, tokenId: BigInt(tokenId) })

const chain = buildChain(
  Array.from({ length: 24 }, (_, i) => [move(i, ZERO, ALICE), ...(i >= 5 ? [move(i - 5, ALICE, BOB)] : [])]),
)

interface Target {
  readonly database: TestDatabase
  readonly pool: Db
  readonly network: Network
  readonly adapter: ChainAdapter
}

const cleanup: (() => Promise<unknown>)[] = []
let node: Replay
let target: Target

beforeEach(async () => {
  node = await startReplay(chain, { head: 24, finalized: 24 })
  cleanup.push(() => node.close())
  target = await create()
})

afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step()
})

async function create(): Promise<Target> {
  const database = await createTestDatabase()
  cleanup.push(() => database.drop())
  const { network, pool } = await ingestDatabase(database)
  cleanup.push(() => pool.end())
  const inner = replayAdapter([node.url])
  cleanup.push(() => inner.close())
  const range: ChainAdapter['range'] = (from, to) =>
    to - from < 5
      ? inner.range(from, to)
      : Promise.reject(new FtError('range_too_large', 'at most five blocks', { details: { hint: { maxBlocks: 5 } } }))
  return { database, pool, network, adapter: { ...inner, range } }
}

/** Called in a batch's transaction when it has written its entries; and again in its turn, before anything else is written. */
type At = (from: number, step: 'recorded' | 'turn', fail: () => Promise<unknown>) => Promise<unknown>

/** Every answer is a transaction. */
const BY_ANSWER = { events: 1000, ms: 0 }
const FOREVER = 1_000_000

function run(
  { pool, network, adapter }: Target,
  at: At = () => Promise.resolve(),
  batch: NonNullable<IngestOptions['batch']> = BY_ANSWER,
): Ingest {
  const record: IngestOptions['recordBlocks'] = async (tx, blocks, raw) => {
    const fail = () => tx.query(`DO $$ BEGIN RAISE 'planted' USING ERRCODE = 'deadlock_detected'; END $$`)
    const apply = await recordBlocks(tx, network, adapter.parse, blocks, raw)
    await at(blocks.from, 'recorded', fail)
    return async () => {
      await at(blocks.from, 'turn', fail)
      return await apply()
    }
  }
  return startIngest(pool, network, adapter, { recordBlocks: record, retryMs: 1, batch })
}

/** What everybody else sees: how far the cursor and the ledger are. */
async function visible(): Promise<unknown> {
  const [row] = await target.database.db.query(
    `SELECT (SELECT block_number FROM system.sync_cursors) AS cursor,
       (SELECT max(block_number) FROM ledger.normalized_events) AS ledger,
       (SELECT max(last_block) FROM projection.asset_cards) AS cards`,
  )
  return row
}

async function rowsOf({ database }: Target) {
  return (await allRows(database.db)).filter(({ table }) => !/^(ref|system)\.|^projection\.network_status/.test(table))
}

/** The rows of a database whose batches were not disturbed. */
async function undisturbed() {
  const other = await create()
  const ingest = run(other)
  await ingest.seen(/^backfill .*-24$/)
  await ingest.stop()
  return await rowsOf(other)
}

test('the entries of a batch are written while the batch before it is applied, and nobody sees them before that one', async () => {
  const written = new Gate()
  let seen: unknown
  const ingest = run(target, async (from, step) => {
    if (from === 15 && step === 'recorded') written.open()
    if (from !== 10 || step !== 'turn') return
    await written.opened
    seen = await visible()
  })
  await ingest.seen(/^backfill .*-24$/)
  await ingest.stop()
  expect(seen).toEqual({ cursor: 9, ledger: 9, cards: 9 })
  expect(backfilled(ingest)).toEqual(['0-4', '5-9', '10-14', '15-19', '20-24'])
  expect(await rowsOf(target)).toEqual(await undisturbed())
})

test('a conflict in one batch takes back the next one too, leaves nothing of either, and reading goes on there', async () => {
  const written = new Gate()
  let failures = 0
  let seen: unknown
  const ingest = run(target, async (from, step, fail) => {
    if (from === 15 && step === 'recorded') written.open()
    if (from === 10 && step === 'recorded' && failures === 1) seen ??= await visible()
    if (from !== 10 || step !== 'turn' || failures > 0) return
    await written.opened
    failures += 1
    await fail()
  })
  await ingest.seen(/^backfill .*-24$/)
  await ingest.stop()
  expect(ingest.events.filter((event) => event.startsWith('retry'))).toEqual([
    'retry transaction lost 1 conflicts in a row',
  ])
  expect(seen).toEqual({ cursor: 9, ledger: 9, cards: 9 })
  expect(await rowsOf(target)).toEqual(await undisturbed())
})

test('whoever waits for the ledger gets it between batches, also when the batch that holds it meets a conflict', async () => {
  const written = new Gate()
  const waiting: Promise<unknown>[] = []
  const ingest = run(target, async (from, step, fail) => {
    if (from === 15 && step === 'recorded') written.open()
    if (from !== 10 || step !== 'turn' || waiting.length > 0) return
    await written.opened
    waiting.push(target.pool.transaction(async (tx) => await lockLedger(tx, target.network)))
    await lockAwaited()
    await fail()
  })
  await ingest.seen(/^backfill .*-24$/)
  await ingest.stop()
  expect(await Promise.all(waiting)).toHaveLength(1)
  expect(await rowsOf(target)).toEqual(await undisturbed())
})

test('answers are joined to transactions of about as many events as one takes, and cut between blocks', async () => {
  const ingest = run(target, undefined, { events: 15, ms: FOREVER })
  await ingest.seen(/^backfill .*-24$/)
  await ingest.stop()
  expect(backfilled(ingest)).toEqual(['0-10', '11-18', '19-24'])
  expect(await rowsOf(target)).toEqual(await undisturbed())
})

test('a transaction takes no more when its payloads are large, however few events it has', async () => {
  const range: ChainAdapter['range'] = async (from, to) => {
    const answer = await target.adapter.range(from, to)
    const blocks = answer.blocks.map(({ header, events }) => ({
      header,
      events:
        header.number === 7 ? events.map((e) => ({ ...e, payload: { ...e.payload, pad: 'x'.repeat(4e6) } })) : events,
    }))
    return { ...answer, blocks }
  }
  const ingest = run({ ...target, adapter: { ...target.adapter, range } }, undefined, { events: 1000, ms: FOREVER })
  await ingest.seen(/^backfill .*-24$/)
  await ingest.stop()
  expect(backfilled(ingest)).toEqual(['0-7', '8-24'])
})

test('what was read before an endpoint failed is stored, and not read again', async () => {
  const asked: number[] = []
  let failures = 0
  const range: ChainAdapter['range'] = async (from, to) => {
    if (from === 15 && failures === 0) {
      failures += 1
      throw new FtError('rpc_transient', 'planted')
    }
    const answer = await target.adapter.range(from, to)
    asked.push(from)
    return answer
  }
  const ingest = run({ ...target, adapter: { ...target.adapter, range } }, undefined, { events: 1000, ms: FOREVER })
  await ingest.seen(/^backfill .*-24$/)
  await ingest.stop()
  expect(backfilled(ingest)).toEqual(['0-14', '15-24'])
  expect(ingest.events.filter((event) => event.startsWith('retry'))).toEqual(['retry planted'])
  expect(asked.filter((from) => from < 15)).toEqual([0, 5, 10])
  expect(await rowsOf(target)).toEqual(await undisturbed())
})

function backfilled(ingest: Ingest): string[] {
  return ingest.events.flatMap((event) => /^backfill (.*)$/.exec(event)?.[1] ?? [])
}

async function lockAwaited(): Promise<void> {
  const found = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  while ((await target.database.db.query(found)).length === 0) await new Promise((resolve) => setImmediate(resolve))
}
