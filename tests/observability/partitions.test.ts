import { expect, test } from 'vitest'
import { keepBounded } from '../../src/cli/compose/partitions.js'
import { createPool, type Db } from '../../src/core/db.js'
import { claim } from '../../src/core/idempotency.js'
import type { Network } from '../../src/core/networks.js'
import { silentLog } from '../../src/worker/log.js'
import { createTestDatabase } from '../support/database.js'
import { deliverAnyhow, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { snapshot } from '../support/world/snapshot.js'
import { randomChain } from '../support/world/world.js'

/*
 * Time is moved by moving heights: what was applied in the first million blocks is old news once finality is far beyond.
 */

async function partitions(db: Db, table: string): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname LIKE $1 ORDER BY 1`,
    [`${table}\\_n%\\_b%`],
  )
  return rows.map(({ name }) => name)
}

async function moveTo(db: Db, network: Network, height: number): Promise<void> {
  await db.query('UPDATE system.sync_cursors SET block_number = $2, finalized_number = $2 WHERE network_id = $1', [
    network.id,
    height,
  ])
  await db.query('UPDATE projection.network_status SET projected_number = $2 WHERE network_id = $1', [
    network.id,
    height,
  ])
}

test('partitions are made before they are needed; what is final, projected and far behind is dropped and stays applied', async () => {
  const { db, url, drop } = await createTestDatabase()
  const pool = createPool({ url, role: 'ft_backfill', max: 2 })
  try {
    const network = await worldNetwork(db)
    const chain = randomChain(createRandom(3), 12, 3)
    for (const block of chain) await publishBlock(db, network, block, createRandom(1))
    await deliverAnyhow(db, network, createRandom(2))
    // a header that no event refers to
    await db.query(
      `INSERT INTO ingest.blocks (network_id, number, fork, canonical, time, hash, parent_hash) VALUES ($1, 500, 0, true, now(), '\\x01', '\\x02')`,
      [network.id],
    )
    const rows = await snapshot(db)
    const headers = async () => (await db.query<{ n: number }>('SELECT count(*)::int AS n FROM ingest.blocks'))[0]?.n
    const before = await headers()
    const [applied] = await db.query<{ block_number: number; normalized_event_id: string }>(
      'SELECT block_number, normalized_event_id FROM ledger.applied_events LIMIT 1',
    )

    await moveTo(db, network, 999_000)
    await keepBounded(pool, silentLog)
    expect(await partitions(db, 'applied_events')).toEqual(['applied_events_n1_b0', 'applied_events_n1_b1'])
    expect(await partitions(db, 'normalized_events')).toEqual(['normalized_events_n1_b0', 'normalized_events_n1_b1'])

    await moveTo(db, network, 1_050_000)
    await keepBounded(pool, silentLog)
    expect(await partitions(db, 'applied_events')).toContain('applied_events_n1_b0')

    // a dead letter of one of these blocks would find its entries taken for applied
    await moveTo(db, network, 1_100_001)
    const [letter] = await db.query<{ dlq_id: string }>(
      `INSERT INTO system.dlq (dlq_id, topic, consumer_group, network, key, payload, code, reason, attempts, first_failed_at, last_failed_at)
       VALUES (gen_random_uuid(), 'ledger.normalized', 'ownership-updater', 'polygon', 'key', '{"events":[{"blockNumber":5}]}', 'internal',
         'planned', 5, now(), now()) RETURNING dlq_id`,
    )
    await keepBounded(pool, silentLog)
    expect(await partitions(db, 'applied_events')).toContain('applied_events_n1_b0')
    await db.query(`UPDATE system.dlq SET resolved_at = now(), resolution = 'dropped' WHERE dlq_id = $1`, [
      letter?.dlq_id,
    ])

    await keepBounded(pool, silentLog)
    expect(await partitions(db, 'applied_events')).toEqual(['applied_events_n1_b1', 'applied_events_n1_b2'])
    expect(await partitions(db, 'normalized_events')).toContain('normalized_events_n1_b0')
    expect(await headers()).toBeLessThan(before ?? 0)
    expect(await snapshot(db)).toEqual(rows)

    // the same entry, delivered once more, finds that it has been applied
    const again = { blockNumber: applied?.block_number ?? -1, normalizedEventId: applied?.normalized_event_id ?? '' }
    const claimed = await db.transaction((tx) => claim(tx, network, 'ownership', [{ ...EVENT, ...again }]))
    expect(claimed).toEqual([])
  } finally {
    await pool.end()
    await drop()
  }
})

test('blocks whose raw events were detached before their headers were looked through keep their headers', async () => {
  const { db, url, drop } = await createTestDatabase()
  const pool = createPool({ url, role: 'ft_backfill', max: 2 })
  try {
    const network = await worldNetwork(db)
    for (const block of randomChain(createRandom(3), 12, 3)) await publishBlock(db, network, block, createRandom(1))
    await deliverAnyhow(db, network, createRandom(2))
    await db.query('ALTER TABLE ingest.raw_events_n1 DETACH PARTITION ingest.raw_events_n1_b0')
    await moveTo(db, network, 1_200_000)
    await keepBounded(pool, silentLog)
    const [lost] = await db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ledger.normalized_events e
       WHERE NOT EXISTS (SELECT FROM ingest.blocks b WHERE b.number = e.block_number AND b.fork = e.fork)`,
    )
    expect(lost).toEqual({ n: 0 })
  } finally {
    await pool.end()
    await drop()
  }
})

test('while the read models lag, or the network is disputed, nothing is dropped', async () => {
  const { db, url, drop } = await createTestDatabase()
  const pool = createPool({ url, role: 'ft_backfill', max: 2 })
  try {
    const network = await worldNetwork(db)
    await moveTo(db, network, 5_000_000)
    await db.query('UPDATE projection.network_status SET projected_number = 10')
    await keepBounded(pool, silentLog)
    expect(await partitions(db, 'applied_events')).toContain('applied_events_n1_b0')
    await moveTo(db, network, 5_000_000)
    await db.query(`UPDATE system.sync_cursors SET state = 'disputed'`)
    await keepBounded(pool, silentLog)
    expect(await partitions(db, 'applied_events')).toContain('applied_events_n1_b0')
  } finally {
    await pool.end()
    await drop()
  }
})

const EVENT = {
  sourceEventId: '00000000-0000-0000-0000-000000000000',
  subIndex: 0,
  incarnation: 1,
  reverts: false,
  kind: 'mint' as const,
  standard: 'erc721' as const,
  assetId: null,
  position: 0,
  deltas: [],
}
