import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tx } from '../../src/core/db.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { differencesIn } from './compare.js'
import { PLAIN, profileOf } from './profile.js'
import { SimWorld } from './world.js'

/*
 * The simulator can only find what its comparison sees: each of these differences is planted into the tables of a healthy world, and
 * must be reported under its name.
 */

let database: TestDatabase
let world: SimWorld

beforeAll(async () => {
  database = await createTestDatabase()
  const profile = profileOf(1, { ...PLAIN, nodes: 'scripted', bus: 'embedded', blocks: 20, final: 8, start: 0 })
  world = await SimWorld.create(1, profile, database)
  await world.quiet()
  world.chain.fork(4, 6)
  await world.quiet()
}, 300_000)

afterAll(async () => {
  await world.close()
  await database.drop()
})

class Undone extends Error {}

/** What is reported after `sql`, which is then taken back. */
async function reported(sql: string): Promise<string> {
  let found: string[] = []
  const plant = async (tx: Tx): Promise<never> => {
    await tx.query(sql)
    found = await differencesIn(tx, world.truth)
    throw new Undone()
  }
  await expect(database.db.transaction(plant)).rejects.toThrow(Undone)
  return found.join('\n')
}

test('a healthy world has no difference', async () => {
  expect(await reported('SELECT 1')).toBe('')
})

const ONE_LIVE = `(SELECT normalized_event_id FROM ledger.normalized_events e JOIN ledger.normalized_event_keys k
  USING (source_event_id, sub_index) WHERE NOT k.is_reverted AND NOT e.reverts AND e.incarnation = k.incarnation
    AND e.event_kind = 'mint'
  ORDER BY e.block_number DESC LIMIT 1)`

test.each([
  [
    'projection.listing_cards: not as rebuilt',
    `INSERT INTO projection.listing_cards (listing_id, last_block, network_id, source, marketplace, seller, quantity)
     VALUES (gen_random_uuid(), 1, 1, 'onchain', 'world', '\\x0011', 1)`,
  ],
  ['projection.market_activity: not as rebuilt', 'DELETE FROM projection.market_activity'],
  ['projection.cancellations: not as rebuilt', 'DELETE FROM projection.cancellations'],
  ['projection.last_sales: not as rebuilt', 'UPDATE projection.last_sales SET quantity = quantity + 1'],
  ['projection.sale_hours: not as rebuilt', 'UPDATE projection.sale_hours SET sales = sales + 1'],
  ['projection.sale_totals: not as rebuilt', 'UPDATE projection.sale_totals SET volume = volume + 1'],
  ['ref.networks: missing', `UPDATE ref.networks SET history_complete = false`],
  ['ingest.blocks: missing', `UPDATE ingest.blocks SET canonical = false WHERE number = 20`],
  [
    'ingest.raw_events: missing',
    `DELETE FROM ingest.raw_events WHERE block_number = (SELECT min(block_number) FROM ingest.raw_events)`,
  ],
  ['ingest.indexed_ranges: unexpected', `UPDATE ingest.indexed_ranges SET blocks = blocks - '{[7,8)}'::int8multirange`],
  ['ledger (live entries): missing', `UPDATE ledger.normalized_event_keys SET is_reverted = true`],
  ['broken: every inclusion but a live one is reverted once', `DELETE FROM ledger.normalized_events WHERE reverts`],
  ['broken: every inclusion up to the latest', `UPDATE ledger.normalized_event_keys SET incarnation = incarnation + 1`],
  [
    'broken: a reversing entry is the inverse',
    `UPDATE ledger.normalized_event_deltas d SET qty_delta = qty_delta + 1
    FROM ledger.normalized_events e WHERE e.normalized_event_id = d.normalized_event_id AND e.reverts`,
  ],
  ['broken: deltas belong to entries', `DELETE FROM ledger.normalized_events WHERE normalized_event_id = ${ONE_LIVE}`],
  ['broken: every entry is recorded as applied', `DELETE FROM ledger.applied_events`],
  [
    'broken: every entry is recorded as applied',
    `UPDATE ledger.applied_events SET normalized_event_id = gen_random_uuid()
    WHERE block_number = (SELECT min(block_number) FROM ledger.applied_events)`,
  ],
  [
    'broken: what the feed of changes said last',
    `UPDATE projection.changes SET quantities = ARRAY(SELECT q + 1 FROM unnest(quantities) AS q) WHERE kind = 'changed'`,
  ],
  [
    'broken: what the feed of changes said of a block that left the chain',
    `DELETE FROM projection.changes WHERE kind = 'retracted'`,
  ],
  ['broken: every live entry is in a canonical block', `UPDATE ingest.blocks SET canonical = false`],
  ['catalog.assets: missing', `UPDATE catalog.assets SET first_block = first_block + 1`],
  ['catalog.collections: missing', `DELETE FROM catalog.collections`],
  ['market.ownership_current: missing', `DELETE FROM market.ownership_current WHERE quantity < 0`],
  ['market.sales_history: missing', `UPDATE market.sales_history SET confirmed = NOT confirmed`],
  ['market.listings_current: missing', `UPDATE market.listings_current SET filled = filled + 1`],
  ['broken: ownership is the sum of all deltas', `UPDATE market.ownership_current SET quantity = quantity + 1`],
  ['projection.ownership_view: unexpected', `UPDATE projection.ownership_view SET quantity = quantity + 1`],
  ['projection.asset_cards: missing', `UPDATE projection.asset_cards SET owners = owners + 1`],
  ['projection.collection_owners: missing', `UPDATE projection.collection_owners SET assets = assets + 1`],
  ['projection.collection_stats: missing', `UPDATE projection.collection_stats SET supply = supply - 1`],
  [
    'projection.network_status: missing',
    `UPDATE projection.network_status SET projected = projected - '{[3,4)}'::int8multirange`,
  ],
  ['system.sync_cursors: missing', `UPDATE system.sync_cursors SET finalized_number = finalized_number - 1`],
  ['system.outbox_events (pending): unexpected', `UPDATE system.outbox_events SET published_at = NULL`],
  [
    'system.dlq (canonical): unexpected',
    `INSERT INTO system.dlq (dlq_id, first_failed_at, last_failed_at, attempts, topic,
      consumer_group, key, code, reason, payload)
    VALUES (gen_random_uuid(), now(), now(), 5, 'ledger.normalized', 'ownership_updater', '1', 'internal', 'planted', '{}')`,
  ],
] as const)('reports %s', async (name, sql) => {
  expect(await reported(sql)).toContain(name)
})
