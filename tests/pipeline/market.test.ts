import { describe, expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { listingId } from '../../src/core/market.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { createTestDatabase } from '../support/database.js'
import {
  buyer,
  cancels,
  chainOf,
  type Event,
  gives,
  item,
  lists,
  moves,
  nft,
  order,
  other,
  seller,
  sells,
  USDC,
  units,
  voids,
} from '../support/world/marketChain.js'
import { MARKET } from '../support/world/marketEvents.js'
import {
  deliverAnyhow,
  deliverTopic,
  fuse,
  publishBlock,
  publishFork,
  worldNetwork,
} from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { buildBlock } from '../support/world/world.js'

async function listing(db: Db) {
  const [row] = await db.query(
    'SELECT status, available, filled, unit_price FROM market.listings_current WHERE listing_id = $1',
    [listingId('polygon', MARKET, order)],
  )
  return row
}

async function whenRead(chain: readonly ChainBlock[], check: (db: Db) => Promise<void>): Promise<void> {
  const { db, drop } = await createTestDatabase()
  try {
    await fuse(db, await worldNetwork(db, true), chain)
    await check(db)
  } finally {
    await drop()
  }
}

describe('a listing', () => {
  test('is active, then filled by the sale of its order', async () => {
    const listed = [[moves(null, seller)], [lists()]]
    await whenRead(chainOf(...listed), async (db) => {
      expect(await listing(db)).toEqual({ status: 'active', available: 1n, filled: 0n, unit_price: 100n })
    })
    await whenRead(chainOf(...listed, [moves(seller, buyer), sells()]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'filled', available: 0n, filled: 1n })
    })
  })

  test('is filled by a mirror order that is counted in its place', async () => {
    const mirror = `0x${'22'.repeat(32)}`
    const sale = sells({ order: mirror, fills: [mirror, order].map((name) => ({ order: name, quantity: '1' })) })
    await whenRead(chainOf([moves(null, seller)], [lists()], [moves(seller, buyer), sale]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'filled' })
    })
  })

  test('ends by cancellation, and by the counter of its maker, but not by an earlier one', async () => {
    const mint = moves(null, seller)
    await whenRead(chainOf([mint], [lists()], [cancels]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'cancelled' })
    })
    await whenRead(chainOf([mint], [lists()], [voids]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'cancelled' })
    })
    await whenRead(chainOf([mint], [voids], [lists()]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active' })
    })
  })

  test('ends with all of its maker for its contract, and not with those for another', async () => {
    const listed = [[moves(null, seller)], [lists()]]
    const [voided] = voids
    const voidsOf = (contract: string): typeof voids =>
      voided === undefined ? [] : [{ ...voided, details: { ...voided.details, counter: null, contract } as never }]
    await whenRead(chainOf(...listed, [voidsOf(units('1').contract)]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active' })
    })
    await whenRead(chainOf(...listed, [voidsOf(units('1').contract)], [voidsOf(item.contract)]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'cancelled' })
    })
  })

  test('is nothing to its maker’s counter at another market', async () => {
    const [voided] = voids
    const elsewhere = { ...voided, details: { ...voided?.details, market: nft } } as Event[number]
    await whenRead(chainOf([moves(null, seller)], [lists()], [[elsewhere]]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active' })
    })
  })

  test('is its holder’s alone when the item went on in the event that brought it', async () => {
    const through = [...moves(null, seller), ...moves(seller, other)]
    await whenRead(chainOf([through], [lists()]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'invalidated' })
    })
    await whenRead(chainOf([through], [lists({ seller: other })]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active' })
    })
  })

  test('of units that left its maker before they came offers nothing, not less', async () => {
    const partial = lists({ items: [units('10')], price: '1000', partial: true })
    await whenRead(chainOf([gives(seller, other, '5')], [partial]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'invalidated', available: 0n })
    })
  })

  test('is invalidated when its owner changes, and good again when he has it back', async () => {
    const away = [[moves(null, seller)], [lists()], [moves(seller, other)]]
    await whenRead(chainOf(...away), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'invalidated', available: 0n })
    })
    await whenRead(chainOf(...away, [moves(other, seller)]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active' })
    })
  })

  test('that can be filled in parts offers what is left of it and what its holder has, the smaller of both', async () => {
    const partial = lists({ items: [units('10')], price: '1000', partial: true })
    const part = sells({ items: [units('3')], price: '300', fills: [{ order, quantity: '3' }] })
    const sold = [[gives(null, seller, '10')], [partial], [gives(seller, buyer, '3'), part]]
    await whenRead(chainOf(...sold), async (db) => {
      expect(await listing(db)).toEqual({ status: 'active', available: 7n, filled: 3n, unit_price: 100n })
    })
    await whenRead(chainOf(...sold, [gives(seller, other, '5')]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active', available: 2n })
    })
  })

  test('that names the same units twice needs all of them', async () => {
    const twice = lists({ items: [units('2'), units('3')], bundleSize: 2 })
    await whenRead(chainOf([gives(null, seller, '5')], [twice]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active', available: 5n })
    })
    await whenRead(chainOf([gives(null, seller, '4')], [twice]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'invalidated' })
    })
  })

  test('that cannot be filled in parts is void as soon as one unit is missing', async () => {
    const whole = lists({ items: [units('10')], price: '1000' })
    await whenRead(chainOf([gives(null, seller, '10')], [whole], [gives(seller, other, '1')]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'invalidated' })
    })
  })

  test('of a bundle, at a moving price, or for one taker has no unit price to compare', async () => {
    const second = { ...item, tokenId: '9' }
    for (const terms of [{ items: [item, second], bundleSize: 2 }, { endPrice: '50' }, { taker: buyer }]) {
      await whenRead(chainOf([moves(null, seller)], [lists(terms)]), async (db) => {
        expect(await listing(db)).toMatchObject({ status: 'active', unit_price: null })
      })
    }
  })

  test('changes its terms when it is listed again', async () => {
    await whenRead(chainOf([moves(null, seller)], [lists()], [cancels], [lists({ price: '80' })]), async (db) => {
      expect(await listing(db)).toMatchObject({ status: 'active', unit_price: 80n })
    })
  })
})

test('a sale has the decimals of its currency where they are known, and none where nobody has said them', async () => {
  const sales = [sells({ currency: USDC }), sells({ currency: MARKET }), sells()]
  await whenRead(chainOf([moves(null, seller)], ...sales.map((sale) => [sale])), async (db) => {
    const rows = await db.query('SELECT currency_decimals FROM market.sales_history ORDER BY block_number')
    expect(rows.map((row) => row['currency_decimals'])).toEqual([6, null, 18])
  })
})

test('a sale whose event names no price has that of the listing it filled, for the units it took', async () => {
  const none = { price: null, currency: null, fees: null, royalties: null }
  const terms = lists({ items: [units('10')], price: '1000', currency: USDC, partial: true })
  const part = sells({ ...none, items: [units('3')], fills: [{ order, quantity: '3' }] })
  await whenRead(chainOf([gives(null, seller, '10')], [terms], [part], [sells(none)]), async (db) => {
    const sales = await db.query('SELECT price, currency_decimals FROM market.sales_history ORDER BY block_number')
    expect(sales).toEqual([
      { price: 300n, currency_decimals: 6 },
      { price: 100n, currency_decimals: 6 },
    ])
  })
  await whenRead(chainOf([part], [terms]), async (db) => {
    expect(await db.query('SELECT price FROM market.sales_history')).toEqual([{ price: null }])
  })
})

test('details that are not those of the vocabulary are a dead letter, and the other events of the block are read', async () => {
  const wrong = sells({ price: '-1' })
  await whenRead(chainOf([moves(null, seller), wrong]), async (db) => {
    const [letter] = await db.query('SELECT code, reason FROM system.dlq')
    expect(letter).toMatchObject({ code: 'event_undecodable', reason: expect.stringContaining('details of a sale') })
    expect(await db.query('SELECT FROM market.ownership_current')).toHaveLength(1)
  })
})

test('a sale that a fork takes back is gone, and its listing active again', async () => {
  const { db, drop } = await createTestDatabase()
  const random = createRandom(5)
  try {
    const network = await worldNetwork(db, true)
    const chain = chainOf([moves(null, seller)], [lists()], [moves(seller, buyer), sells()])
    for (const block of chain) await publishBlock(db, network, block, random)
    await deliverAnyhow(db, network, random)
    expect(await listing(db)).toMatchObject({ status: 'filled' })
    expect(await db.query('SELECT FROM market.sales_history')).toHaveLength(1)

    const listed = chain[1]
    if (listed === undefined) throw new Error('the chain is too short')
    await publishFork(db, network, listed.header)
    await publishBlock(db, network, buildBlock(listed, [], { salt: 'other' }), random)
    await deliverAnyhow(db, network, random)
    expect(await listing(db)).toMatchObject({ status: 'active', available: 1n, filled: 0n })
    expect(await db.query('SELECT FROM market.sales_history')).toHaveLength(0)
    expect(await db.query('SELECT FROM market.order_fills')).toHaveLength(0)
  } finally {
    await drop()
  }
})

test('a sale that a fork takes back before its message was projected leaves no trace in the last sale of its asset', async () => {
  const { db, drop } = await createTestDatabase()
  const random = createRandom(6)
  try {
    const network = await worldNetwork(db, true)
    const applied = async (): Promise<void> => {
      await deliverTopic(db, network, 'chain.{network}.raw_events')
      await deliverTopic(db, network, 'chain.{network}.forks')
      await deliverTopic(db, network, 'ledger.normalized')
    }
    const [minted, first, second] = chainOf([moves(null, seller)], [sells()], [sells({ price: '300' })])
    if (minted === undefined || first === undefined || second === undefined) throw new Error('three blocks were built')
    await publishBlock(db, network, minted, random)
    await publishBlock(db, network, first, random)
    await applied()
    const [last] = await db.query<{ seq: number }>('SELECT max(seq) AS seq FROM system.outbox_events')
    await publishBlock(db, network, second, random)
    await applied()
    // The state has both sales while only the messages of the first one reach the read models.
    await db.query('UPDATE system.outbox_events SET published_at = now() WHERE seq > $1', [last?.seq])
    await deliverTopic(db, network, 'market.ownership')
    await db.query('UPDATE system.outbox_events SET published_at = NULL WHERE seq > $1', [last?.seq])
    await publishFork(db, network, first.header)
    await applied()
    await deliverTopic(db, network, 'market.ownership')
    expect(await db.query('SELECT block_number, price FROM projection.last_sales')).toEqual([
      { block_number: first.header.number, price: 100n },
    ])
  } finally {
    await drop()
  }
})

test('what was listed in a block that is forked away and comes back stays in the activity, whenever it is projected', async () => {
  const { db, drop } = await createTestDatabase()
  const random = createRandom(7)
  try {
    const network = await worldNetwork(db, true)
    const [minted, listed, cancelled] = chainOf([moves(null, seller)], [lists()], [cancels])
    if (minted === undefined || listed === undefined || cancelled === undefined)
      throw new Error('three blocks were built')
    const stages = [
      'chain.{network}.raw_events',
      'chain.{network}.forks',
      'ledger.normalized',
      'market.ownership',
    ] as const
    const deliverOnce = async () => {
      for (const stage of stages) await deliverTopic(db, network, stage)
    }
    for (const block of [minted, listed, cancelled]) await publishBlock(db, network, block, random)
    await deliverOnce()
    const activity = async () =>
      await db.query(
        `SELECT kind, happened_at FROM projection.market_activity
         UNION ALL SELECT 'cancel', happened_at FROM projection.cancellations ORDER BY happened_at`,
      )
    const before = await activity()
    expect(before.map((row) => row['kind'])).toEqual(['list', 'cancel'])
    // Ingestion knows of the fork, the ledger not yet: the listing is projected again, and then the blocks are back.
    await publishFork(db, network, minted.header)
    await db.query(`UPDATE system.outbox_events SET published_at = NULL WHERE topic = 'market.ownership'`)
    await deliverTopic(db, network, 'market.ownership')
    for (const block of [listed, cancelled]) await publishBlock(db, network, block, random)
    await deliverOnce()
    expect(await activity()).toEqual(before)
  } finally {
    await drop()
  }
})
