import { expect, onTestFinished, test } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import type { TopicPattern } from '../../src/core/events.js'
import { reorgStage } from '../../src/pipeline/stages.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, chainOf, moves, seller } from '../support/world/marketChain.js'
import { model } from '../support/world/model.js'
import { deliverTopic, fuse, NETWORK, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { snapshot } from '../support/world/snapshot.js'

const ITEMS = 3_000
const TOPICS: readonly TopicPattern[] = [
  'chain.{network}.raw_events',
  'chain.{network}.forks',
  'ledger.normalized',
  'market.ownership',
]

/**
 * Rows of the catalog and of the cards that these pools, each of one connection, have read so far. A connection that is not asked to
 * tells the server of its reads up to seconds later, which would count those of the preparations as reads of what is measured.
 */
async function rowsRead(...pools: readonly [Db, ...Db[]]): Promise<Map<string, number>> {
  for (const pool of pools) await pool.query('SELECT pg_stat_force_next_flush()')
  const rows = await pools[0].query<{ table: string; rows: number }>(
    `SELECT relname AS table, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables
     WHERE relname IN ('asset_cards', 'assets')`,
  )
  return new Map(rows.map(({ table, rows }) => [table, rows]))
}

test('taking a block back reads what it touched, however many items its collection has', async () => {
  const { db, url, drop } = await createTestDatabase({ max: 1 })
  onTestFinished(drop)
  const pool = createPool({ url, role: 'ft_pipeline', max: 1 })
  onTestFinished(() => pool.end())
  const network = await worldNetwork(db)
  const mints = Array.from({ length: ITEMS }, (_, n) => moves(null, seller, String(n)))
  const [past, tip] = chainOf(mints, [moves(seller, buyer, '7'), moves(null, buyer, String(ITEMS))])
  if (past === undefined || tip === undefined) throw new Error('the chain has two blocks')
  const deliver = async (): Promise<void> => {
    for (const topic of TOPICS) await deliverTopic(pool, network, topic)
  }
  await fuse(db, network, [past])
  await publishBlock(db, network, tip, createRandom(1))
  await deliver()
  const before = await rowsRead(db, pool)
  await publishFork(db, network, past.header)
  await deliver()
  const after = await rowsRead(db, pool)
  for (const [table, rows] of after) expect(rows - (before.get(table) ?? 0), table).toBeLessThan(100)
  expect(after.size).toBe(2)
  expect(await snapshot(db)).toEqual(model(NETWORK, [past]))
})

test('the time of a collection is that of its last block, also when a block of the same height with an earlier time replaced it', async () => {
  const { db, drop } = await createTestDatabase()
  onTestFinished(drop)
  const network = await worldNetwork(db)
  const [past, tip] = chainOf([moves(null, seller)], [moves(seller, buyer)])
  const [, other] = chainOf([moves(null, seller)], [moves(seller, null)])
  if (past === undefined || tip === undefined || other === undefined) throw new Error('the chains have two blocks')
  const deliver = async (): Promise<void> => {
    for (const topic of TOPICS) await deliverTopic(db, network, topic)
  }
  for (const block of [past, tip]) await publishBlock(db, network, block, createRandom(1))
  await deliver()
  await publishFork(db, network, past.header)
  const time = tip.header.time - 1
  await publishBlock(db, network, { ...other, header: { ...other.header, time } }, createRandom(1))
  // the ledger has both the reversal and the new block before the read models hear of either
  await deliver()
  const [row] = await db.query(
    'SELECT last_block, extract(epoch FROM last_event_at)::int AS time FROM projection.collection_stats',
  )
  expect(row).toEqual({ last_block: 1, time })
})

test('a deep fork is taken back in parts that are no larger than asked for, and counts as taken back with the last of them', async () => {
  const { db, drop } = await createTestDatabase()
  onTestFinished(drop)
  const network = await worldNetwork(db)
  const several = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => moves(null, seller, String(from + n)))
  const chain = chainOf(
    several(0, 2),
    several(10, 1),
    [],
    several(20, 7),
    several(30, 1),
    several(40, 2),
    several(50, 1),
  )
  const [past] = chain
  if (past === undefined) throw new Error('the chain has blocks')
  for (const block of chain) await publishBlock(db, network, block, createRandom(1))
  for (const topic of TOPICS) await deliverTopic(db, network, topic)
  await publishFork(db, network, past.header)

  const inParts: Parameters<typeof deliverTopic>[3] = (tx, networks, forks) =>
    reorgStage(tx, networks, forks, { blocks: 2, entries: 3 })
  const parts: object[] = []
  while ((await deliverTopic(db, network, 'chain.{network}.forks', inParts)) > 0) {
    await deliverTopic(db, network, 'ledger.normalized')
    await deliverTopic(db, network, 'market.ownership')
    parts.push(
      ...(await db.query(
        `SELECT count(*)::int AS reverted, bool_or(retracted @> 1::bigint) AS retracted
         FROM projection.network_status CROSS JOIN ledger.normalized_events WHERE reverts`,
      )),
    )
  }
  // From the lowest block up: 1 event and an empty block, then 7 and 1, then 2 and 1
  expect(parts).toEqual([
    { reverted: 1, retracted: false },
    { reverted: 4, retracted: false },
    { reverted: 7, retracted: false },
    { reverted: 9, retracted: false },
    { reverted: 12, retracted: true },
  ])
  expect(await snapshot(db)).toEqual(model(NETWORK, [past]))
})
