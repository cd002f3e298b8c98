import { expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { recheckHolders } from '../../src/pipeline/holders.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, chainOf, gives, lists, other, seller, units } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { allRows } from '../support/world/snapshot.js'

/* History that is extended down to the first block knows every balance, also those of listings that nothing touches any more. */

const order = (n: number) => `0x${String(n).padStart(64, '0')}`
const listed = (n: number, maker: string, quantity: string) =>
  lists({ order: order(n), seller: maker, items: [units(quantity)], partial: true })

const chain = chainOf(
  [gives(null, seller, '2')],
  [gives(null, buyer, '5')],
  // of more than the first has, of exactly what the second has, of what the third never had
  [listed(1, seller, '9'), listed(2, buyer, '5'), listed(3, other, '1')],
)

async function listings(db: Db) {
  return (await allRows(db)).filter(({ table }) => /listing/.test(table))
}

test('listings of holders that were not known are what they are where history was complete from the start', async () => {
  const [{ db, drop }, right] = [await createTestDatabase(), await createTestDatabase()]
  try {
    await fuse(right.db, await worldNetwork(right.db, true), chain)
    const network = await worldNetwork(db)
    await db.query('SELECT system.set_start_block($1, 2::bigint, false)', [network.id])
    await fuse(db, network, chain.slice(2))
    expect(await recheckHolders(db, network)).toBe(0)
    await fuse(db, network, chain.slice(0, 2))
    await db.query('SELECT system.extend_history($1, 0)', [network.id])
    expect(await listings(db)).not.toEqual(await listings(right.db))
    expect(await recheckHolders(db, network, 2)).toBe(3)
    expect(await listings(db)).toEqual(await listings(right.db))
    expect(await recheckHolders(db, network)).toBe(0)
  } finally {
    await drop()
    await right.drop()
  }
})
