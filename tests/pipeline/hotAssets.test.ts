import { expect, onTestFinished, test } from 'vitest'
import { createPool } from '../../src/core/db.js'
import { assetId } from '../../src/core/ids.js'
import { listingId } from '../../src/core/market.js'
import { touchedOrders } from '../../src/pipeline/state/listings.js'
import { createTestDatabase } from '../support/database.js'
import { chainOf, gives, lists, units } from '../support/world/marketChain.js'
import { MARKET } from '../support/world/marketEvents.js'
import { fuse, NETWORK, worldNetwork } from '../support/world/pipeline.js'

/* What everybody holds and lists: the currency of a game. */

test('units that move concern the listings of their holder; those of others are not even read', async () => {
  const { db, url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const network = await worldNetwork(db, true)
  const sellers = Array.from({ length: 300 }, (_, n) => ({
    account: `0x${String(n).padStart(40, '0')}`,
    order: `0x${String(n).padStart(64, '0')}`,
  }))
  const chain = chainOf(
    sellers.map(({ account }) => gives(null, account, '5')),
    sellers.map(({ account, order }) => lists({ seller: account, order, items: [units('3')] })),
  )
  await fuse(db, network, chain)
  await db.query('ANALYZE market.listing_items')
  const [mover] = sellers
  const [item] = [units('1')]
  if (mover === undefined) throw new Error('there are sellers')
  const pool = createPool({ url, role: 'ft_pipeline', max: 1 })
  onTestFinished(() => pool.end())
  const holding = { assetId: assetId(NETWORK, item.contract, item.tokenId), account: mover.account }
  const { touched, rows } = await pool.transaction(async (tx) => {
    const owned = { assetIds: [holding.assetId], holdings: [holding] }
    const touched = await touchedOrders(tx, network, { events: [], filled: [], owned })
    const [read] = await tx.query<{ rows: number }>(
      `SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_xact_user_tables WHERE relname = 'listing_items'`,
    )
    return { touched, rows: read?.rows }
  })
  expect(touched.map((order) => order.listingId)).toEqual([listingId(NETWORK, MARKET, mover.order)])
  expect(rows).toBeLessThan(10)
})
