import { expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import type { Network } from '../../src/core/networks.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, cancels, chainOf, lists, moves, seller, sells } from '../support/world/marketChain.js'
import { MARKET as COIN } from '../support/world/marketEvents.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { allRows } from '../support/world/snapshot.js'
import { startSweeper } from '../support/world/sweeper.js'

/* What was sold and listed in a currency that nobody knew says its decimals once somebody does: a later version, or the operator. */

const orderNo = (n: number) => `0x${String(n).padStart(64, '0')}`

const chain = chainOf(
  [moves(null, seller), moves(null, seller, '2')],
  [sells(), sells({ currency: COIN, order: orderNo(1), fills: [{ order: orderNo(1), quantity: '1' }] })],
  [lists({ currency: COIN }), lists({ order: orderNo(2), currency: COIN })],
  [cancels],
  [moves(seller, buyer, '2')],
)

async function tell(db: Db, { id }: Network, decimals: number): Promise<void> {
  await db.query(
    `INSERT INTO ref.currencies (network_id, address, symbol, decimals) VALUES ($1, decode($2, 'hex'), 'COIN', $3)
     ON CONFLICT (network_id, address) DO UPDATE SET decimals = EXCLUDED.decimals`,
    [id, COIN.slice(2), decimals],
  )
}

test('sales, listings and statistics become those of who knew the decimals from the start, also where they were wrong, while the sweeper runs', async () => {
  const [database, right] = [await createTestDatabase(), await createTestDatabase()]
  try {
    const informed = await worldNetwork(right.db, true)
    await tell(right.db, informed, 8)
    await fuse(right.db, informed, chain)
    const network = await worldNetwork(database.db, true)
    await fuse(database.db, network, chain)
    const sweeper = await startSweeper(database, network)
    for (const decimals of [18, 8]) {
      await sweeper.tick()
      expect(await allRows(database.db)).not.toEqual(await allRows(right.db))
      await tell(database.db, network, decimals)
    }
    await sweeper.tick()
    await sweeper.stop()
    expect(await allRows(database.db)).toEqual(await allRows(right.db))
  } finally {
    await database.drop()
    await right.drop()
  }
})
