import { expect, test } from 'vitest'
import type { Tx } from '../../src/core/db.js'
import { listingId } from '../../src/core/market.js'
import { readOrders } from '../../src/pipeline/state/orders.js'
import { createTestDatabase } from '../support/database.js'
import { chainOf, lists, moves, seller, voids } from '../support/world/marketChain.js'
import { MARKET } from '../support/world/marketEvents.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'

/* Increments of a counter cost their maker next to nothing, and so do orders. */

const many = (n: number) => Array.from({ length: n }, (_, i) => i)
const orders = many(40).map((n) => `0x${String(n).padStart(64, '0')}`)

test('what is read of a maker grows with his orders and his increments, not with the pairs of them', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db, true)
    const early = many(20).map(() => voids)
    const late = many(30).map(() => voids)
    const listed = orders.map((order) => lists({ order }))
    const chain = chainOf([moves(null, seller)], early, listed, late, [...late, lists({ order: orders[0] ?? '' })])
    await fuse(db, network, chain)
    const read = await db.transaction(async (tx) => {
      let rows = 0
      const query: Tx['query'] = async (text, values) => {
        const found = await tx.query<never>(text, values)
        rows += found.length
        return found
      }
      const refs = orders.map((order) => ({ order, market: MARKET, listingId: listingId('polygon', MARKET, order) }))
      await readOrders({ query } as Tx, network, refs)
      return rows
    })
    expect(read).toBeLessThan(orders.length * 3 + early.length + late.length * 2 + 10)
    const states = await db.query(
      `SELECT status, ended_block AS ended, ended_position AS place, last_block AS last, count(*)::int AS count
       FROM market.listings_current GROUP BY 1, 2, 3, 4 ORDER BY 1`,
    )
    expect(states).toEqual([
      { status: 'active', ended: null, place: null, last: 4, count: 1 },
      { status: 'cancelled', ended: 3, place: 0, last: 4, count: 39 },
    ])
  } finally {
    await drop()
  }
})
