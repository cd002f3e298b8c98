import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import { registerNetwork } from '../../src/core/networks.js'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'
import { startIngest } from '../ingest/harness.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type FtProcess, startFt } from '../support/ftProcess.js'
import { type Hold, type Place, prepareHolds } from '../support/holds.js'
import { startTestRedis, type TestRedis } from '../support/redisServer.js'
import { startSystem } from '../support/system.js'
import { allRows } from '../support/world/snapshot.js'

/*
 * Real processes that are killed in the middle of a transaction, at every table that it writes, while they index real items on a real
 * TVM. Nothing of the transaction stays, and in the end the rows are those of a process that was never killed.
 */

const PATIENCE_MS = 420_000
const quiet = { info: () => undefined, error: () => undefined }

let ton: TonDevnet
let redis: TestRedis
/** Of the processes that are killed, and of those that are not. */
let killed: TestDatabase
let whole: TestDatabase
let running: FtProcess | null = null

beforeAll(async () => {
  ton = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 5, log: quiet })
  await ton.produce([{ kind: 'deploy', collection: 0 }])
  await ton.produce([{ kind: 'mint', collection: 0, owner: 3, count: 24 }])
  await produceTrade()
  redis = await startTestRedis()
}, PATIENCE_MS)
afterAll(async () => {
  await redis.stop()
  await ton.stop()
})
beforeEach(async () => {
  killed = await createTestDatabase()
  whole = await createTestDatabase()
})
afterEach(async () => {
  await running?.end('SIGKILL')
  await killed.drop()
  await whole.drop()
})

/** One block in which an item is minted, one moved, one listed, and one sold that was listed before. */
async function produceTrade(): Promise<void> {
  const items = ton.holdings().filter(({ owner }) => owner !== null)
  const listed = items.find(({ sale }) => sale !== null)
  const [first, second] = items.filter(({ sale }) => sale === null)
  if (first === undefined || second === undefined) throw new Error('everything is listed')
  await ton.produce([
    { kind: 'mint', collection: 0, owner: 4, count: 1 },
    { kind: 'transfer', item: first.item, to: 6, forward: 0n },
    // A price of its own makes a contract of its own.
    { kind: 'list', item: second.item, price: 2_000_000_000n + BigInt(ton.head().seqno) },
    ...(listed === undefined ? [] : [{ kind: 'buy', item: listed.item, buyer: 7 } as const]),
  ])
}

function start(tasks: readonly string[]): void {
  running = startFt(['worker', ...tasks], { ...variables(killed), REDIS_URL: redis.url })
}

function variables({ url }: TestDatabase): Record<string, string> {
  return { DATABASE_URL: url, TONAPI_URL: ton.url, TON_START_SEQNO: '1' }
}

/** Kills the process where it waits in its transaction. */
async function killAt(hold: Hold): Promise<void> {
  await hold.reached()
  expect(await running?.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
  await hold.releaseDead()
}

/** All rows, without what says how often somebody looked at the head. */
async function rowsOf(db: Db): Promise<ReadonlyMap<string, readonly string[]>> {
  const tables = await allRows(db)
  return new Map(
    tables.map(({ table, rows }) => [table, rows.map((row) => row.replace(/"heads_order": \d+, /, ''))] as const),
  )
}

/** Resolves when the read models have the head and nothing waits. */
async function settled(db: Db): Promise<void> {
  const state = async () => {
    const [row] = await db.query(
      `SELECT s.projected_number AS projected, s.head_number AS head,
         (SELECT count(*)::int FROM system.outbox_events WHERE published_at IS NULL) AS pending
       FROM projection.network_status s`,
    )
    return row
  }
  const { seqno } = ton.head()
  await expect.poll(state, { timeout: 120_000, interval: 50 }).toEqual({ projected: seqno, head: seqno, pending: 0 })
}

/** The rows of a run that was never killed. */
async function expectRowsOfWhole(): Promise<void> {
  await settled(killed.db)
  await settled(whole.db)
  const [found, expected] = [await rowsOf(killed.db), await rowsOf(whole.db)]
  for (const [table, rows] of expected) expect(found.get(table), table).toEqual(rows)
  expect(await killed.db.query('SELECT reason FROM system.dlq')).toEqual([])
  expect(expected.get('market.sales_history')?.length).toBeGreaterThan(0)
}

describe('a process that is killed in the middle of a transaction', () => {
  test(
    'that takes final blocks through all stages leaves nothing of them, and the next one reads them whole',
    async () => {
      const places: readonly Place[] = [
        { table: 'ledger.normalized_events' },
        { table: 'market.ownership_current' },
        { table: 'projection.asset_cards' },
        { table: 'ingest.indexed_ranges' },
      ]
      const tasks = ['ingest-ton', 'outbox-publisher', 'finality']
      const holdAt = await prepareHolds(killed.db, places)
      start(tasks)
      for (const place of places) {
        await settled(killed.db)
        const before = await rowsOf(killed.db)
        const hold = await holdAt(place)
        await produceTrade()
        await killAt(hold)
        const left = await rowsOf(killed.db)
        // What is known of the head is a transaction of its own.
        for (const [table, rows] of before)
          if (table !== 'projection.network_status')
            expect(left.get(table), `${table}, at ${place.table}`).toEqual(rows)
        start(tasks)
      }
      const reference = await startSystem(variables(whole))
      try {
        await expectRowsOfWhole()
      } finally {
        await reference.stop()
      }
    },
    PATIENCE_MS,
  )

  test(
    'of any stage of the bus leaves its message to the next one, which applies it once',
    async () => {
      const places: readonly Place[] = [
        { table: 'system.outbox_events', topic: 'ledger.normalized' },
        { table: 'market.ownership_current' },
        { table: 'system.outbox_events', topic: 'market.ownership' },
        { table: 'projection.asset_cards' },
      ]
      const stages = ['normalizer', 'reorg-handler', 'ownership-updater', 'projector', 'finality']
      const holdAt = await prepareHolds(killed.db, places)
      const stopWriter = await readAsNotFinal(killed)
      start([...stages, 'outbox-publisher'])
      for (const place of places) {
        await settled(killed.db)
        const hold = await holdAt(place)
        await produceTrade()
        await killAt(hold)
        start([...stages, 'outbox-publisher'])
      }
      const stopOther = await readAsNotFinal(whole)
      const reference = await startSystem(variables(whole), stages)
      try {
        await expectRowsOfWhole()
      } finally {
        await Promise.all([stopWriter(), stopOther()])
        await reference.stop()
      }
    },
    PATIENCE_MS,
  )
})

/** Reads the chain in this process as if none of it were final, so that every block goes through the bus, stage by stage. */
async function readAsNotFinal({ db, url }: TestDatabase): Promise<() => Promise<void>> {
  const finality = { rule: 'depth', depth: 1_000_000 } as const
  const definition = { name: 'ton', chain: 'ton', chainId: -239, finality, scope: 'all', endpoints: [] } as const
  const network = await registerNetwork(db, { ...definition, nativeCurrency: { symbol: 'TON', decimals: 9 } })
  const pool = createPool({ url, role: 'ft_backfill' })
  const adapter = createTonAdapter({ network: 'ton', chainId: -239, urls: [ton.url], apiKey: null })
  const ingest = startIngest(pool, network, adapter, { finality, start: { kind: 'height', height: 1 } })
  return async () => {
    await ingest.stop()
    await adapter.close()
    await pool.end()
  }
}
