import { expect, onTestFinished, test } from 'vitest'
import { createPool } from '../../src/core/db.js'
import { sampleHoldings } from '../../src/pipeline/reconcile.js'
import { createTestDatabase } from '../support/database.js'
import { chainOf, moves, seller } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'

/* A small network beside a large one: TON beside all of Polygon. */

test('drawing holdings of a network reads its own assets, not those of the larger one beside it', async () => {
  const { db, url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const network = await worldNetwork(db)
  await fuse(db, network, chainOf(Array.from({ length: 20 }, (_, n) => moves(null, seller, String(n)))))
  await db.query(
    `INSERT INTO catalog.assets (asset_id, first_block, first_position, first_sub_index, standard, first_kind, network_id, token_id)
     SELECT gen_random_uuid(), 0, n, 0, 'erc721', 'mint', 9, n FROM generate_series(1, 20000) n`,
  )
  await db.query('ANALYZE')
  const pool = createPool({ url, role: 'ft_pipeline', max: 1 })
  onTestFinished(() => pool.end())
  const { drawn, rows } = await pool.transaction(async (tx) => {
    const drawn = await sampleHoldings(tx, network, 100, 0)
    const [read] = await tx.query<{ rows: number }>(
      `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_xact_user_tables
       WHERE relname = 'assets' OR relname LIKE 'normalized_events%'`,
    )
    return { drawn, rows: read?.rows }
  })
  expect(new Set(drawn.map(({ question }) => question.tokenId))).toEqual(
    new Set(Array.from({ length: 20 }, (_, n) => BigInt(n))),
  )
  expect(rows).toBeLessThan(20_000)
})
