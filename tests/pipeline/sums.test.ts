import { expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, chainOf, type Event, gives, lists, order, seller, sells, units } from '../support/world/marketChain.js'
import { deliverAnyhow, fuse, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'

/*
 * One word of a contract fits into numeric(78, 0), a sum of ten does not. Whoever deploys a contract chooses what it says: no amount may
 * keep a block from being stored.
 */
const WORD = 2n ** 256n - 1n
const SUM = 10n * WORD
const times = (event: Event): Event[] => Array.from({ length: 10 }, () => event)
const other = gives(null, seller, String(WORD)).map((fact) => ({ ...fact, tokenId: '3' }))

const chain = chainOf(
  [...times(gives(null, seller, String(WORD))), other],
  [lists({ items: Array(10).fill(units(String(WORD))), price: String(SUM), partial: true })],
  [
    gives(seller, buyer, String(WORD)),
    sells({ items: [units(String(WORD))], price: String(SUM), fees: String(SUM), fills: [{ order, quantity: '1' }] }),
  ],
)

test.each([
  ['read in bulk', (db: Db) => fuseAll(db)],
  ['read block by block', (db: Db) => deliverAll(db)],
])('sums of amounts have no bound: %s', async (_, read) => {
  const { db, drop } = await createTestDatabase()
  try {
    await read(db)
    const held = [9n * WORD, WORD, WORD]
    for (const table of ['market.ownership_current', 'projection.ownership_view']) {
      expect(await column(db, `SELECT quantity FROM ${table} ORDER BY 1 DESC`)).toEqual(held)
    }
    const portfolio = 'SELECT exact_quantity FROM projection.portfolio_assets ORDER BY 1 DESC'
    expect(await column(db, portfolio)).toEqual(held)
    expect(await column(db, 'SELECT supply FROM projection.asset_cards ORDER BY 1 DESC')).toEqual([SUM, WORD])
    expect(await column(db, 'SELECT supply FROM projection.collection_stats')).toEqual([11n * WORD])
    expect(await column(db, 'SELECT quantity FROM projection.collection_owners ORDER BY 1')).toEqual([WORD, SUM])
    for (const table of ['market.listings_current', 'projection.market_activity', 'market.sales_history']) {
      expect(await column(db, `SELECT DISTINCT price FROM ${table}`)).toEqual([SUM])
    }
    expect(await column(db, 'SELECT quantity FROM market.listings_current')).toEqual([SUM])
  } finally {
    await drop()
  }
})

async function column(db: Db, select: string): Promise<unknown[]> {
  return (await db.query(select)).flatMap((row) => Object.values(row))
}

async function fuseAll(db: Db): Promise<void> {
  await fuse(db, await worldNetwork(db, true), chain)
}

async function deliverAll(db: Db): Promise<void> {
  const network = await worldNetwork(db, true)
  const random = createRandom(1)
  for (const block of chain) {
    await publishBlock(db, network, block, random)
    await deliverAnyhow(db, network, random)
  }
}
