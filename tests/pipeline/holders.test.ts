import { expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { recheckHolders } from '../../src/pipeline/holders.js'
import { closeOpenings } from '../../src/pipeline/openings.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, chainOf, gives, lists, other, seller, units } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { allRows } from '../support/world/snapshot.js'
import { buildBlock } from '../support/world/world.js'
import { expectRebuilt, leg, one, read, START, world } from './openingsWorld.js'

/*
 * History that is extended down to the first block knows every balance, also those of listings that nothing touches any more. So it is with an
 * opening balance, for the account that has it.
 */

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

test('an opening balance says whether a holder has what he listed, before it and after it, for as long as it stands', async () => {
  const all = await world()
  const { contract, tokenId } = units('1')
  const sold = { ...leg(seller, buyer, tokenId, '2'), contract }
  const listing = (n: number, maker: string, quantity: string) => ({
    ...one(`list ${n}`),
    events: [listed(n, maker, quantity)],
  })
  const early = [listing(1, seller, '9'), listing(2, seller, '11'), listing(3, other, '1')]
  const first = buildBlock(null, [one('sold', sold), ...early], { number: START })
  const second = buildBlock(first, [listing(4, buyer, '2'), listing(5, buyer, '3')])
  const known = async () => {
    const rows = await all.db.query<{ row: string }>(
      `SELECT concat_ws(' ', right(encode(order_hash, 'hex'), 1), status, available, holder_known) AS row
       FROM market.listings_current ORDER BY order_hash`,
    )
    const cards = await all.db.query<{ row: string }>(
      `SELECT concat_ws(' ', right(encode(order_hash, 'hex'), 1), available, holder_known) AS row
       FROM projection.listing_cards ORDER BY order_hash`,
    )
    return { listings: rows.map(({ row }) => row), cards: cards.map(({ row }) => row) }
  }
  await fuse(all.db, all.network, [first])
  const unknown = ['1 active 9 f', '2 active 11 f', '3 active 1 f']
  expect((await known()).listings).toEqual(unknown)
  // The seller had 12 and gave 2 away; the buyer had nothing
  await read(all, [second], (questions) => Promise.resolve(questions.map((q) => (q.account === seller ? '12' : null))))
  expect(await known()).toEqual({
    listings: ['1 active 9 t', '2 active 10 t', '3 active 1 f', '4 active 2 t', '5 active 2 t'],
    cards: ['1 9 t', '2 10 t', '3 1 f', '4 2 t', '5 2 t'],
  })
  const third = buildBlock(second, [listing(6, buyer, '4'), listing(7, other, '1')])
  await read(all, [third])
  expect((await known()).listings.slice(5)).toEqual(['6 active 2 t', '7 active 1 f'])
  await expectRebuilt(all)
  await closeOpenings(all.db, all.network)
  expect((await known()).listings).toEqual([...unknown, '4 active 2 f', '5 active 3 f', '6 active 4 f', '7 active 1 f'])
})
