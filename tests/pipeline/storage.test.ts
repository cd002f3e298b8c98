import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../support/database.js'
import { chainOf, gives } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'

const PAGE = 8192
const COLLECTOR = `0x${'c'.repeat(40)}`
/** Bytes of one row in the index of its table's key: the columns, the header before them and the pointer to them. */
const KEYS = [
  ['ingest.raw_events', 24 + 8 + 4],
  ['ledger.normalized_events', 32 + 8 + 4],
  ['ledger.normalized_event_deltas', 32 + 8 + 4],
] as const

test('a batch fills the pages of the keys of what it appends, and its movements have no null', async () => {
  const { db, drop } = await createTestDatabase()
  onTestFinished(drop)
  const network = await worldNetwork(db, true)
  const accounts = Array.from({ length: 3_000 }, (_, n) => `0x${String(n).padStart(40, '0')}`)
  // many events in each block, since it is within a block that ids come in any order
  await fuse(
    db,
    network,
    chainOf(
      accounts.map((account) => gives(null, account, '5')),
      accounts.map((account) => gives(account, COLLECTOR, '1')),
    ),
  )

  for (const [table, bytes] of KEYS) {
    const [index] = await db.query<{ pages: number; rows: number }>(
      `SELECT pg_relation_size(indexrelid)::int / ${PAGE} AS pages, (SELECT count(*)::int FROM ${table}) AS rows
       FROM pg_index WHERE indrelid = '${table}_n${network.id}_b0'::regclass AND indisprimary`,
    )
    if (index === undefined) throw new Error(`${table} has no key`)
    expect(index.rows).toBeGreaterThanOrEqual(6_000)
    // beside the leaves: what the index knows of itself, its root, and the last leaf, which is being filled
    expect(index.pages, table).toBeLessThanOrEqual(Math.ceil((index.rows * bytes) / (PAGE - 40)) + 3)
  }
  expect(await db.query('SELECT DISTINCT details FROM ledger.normalized_events')).toEqual([{ details: {} }])
})
