import { expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { createTestDatabase } from '../support/database.js'
import { chainOf, moves, seller, sells } from '../support/world/marketChain.js'
import { deliverAnyhow, deliverTopic, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom, type Random } from '../support/world/random.js'
import { replaceTip } from '../support/world/replaceTip.js'
import { buildBlock, randomTransaction } from '../support/world/world.js'

/* A rebuild beside a pipeline that is at work: what it swaps in and what messages bring afterwards come to the same rows. */

const sold = (n: number, price: string) => sells({ order: `0x${String(n).padStart(64, '0')}`, price })

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the chain is too short')
  return value
}

async function inWorld(seed: number, live: (db: Db, network: Network, random: Random) => Promise<void>): Promise<void> {
  const { db, drop } = await createTestDatabase()
  try {
    await live(db, await worldNetwork(db, true), createRandom(seed))
  } finally {
    await drop()
  }
}

const rebuild = (db: Db, network: Network, swap = true) =>
  rebuildProjections({ db, networks: [network], swap, settleMs: 0 })

/** A rebuild in which something happens after the comparison, before what differed is swapped. */
async function rebuildWhile(db: Db, network: Network, happens: () => Promise<void>) {
  let transactions = 0
  const transaction: Db['transaction'] = async (work, options) => {
    transactions += 1
    if (transactions === 2) await happens()
    return await db.transaction(work, options)
  }
  return await rebuild({ ...db, transaction }, network)
}

async function arriveAtState(db: Db, network: Network): Promise<void> {
  await deliverTopic(db, network, 'chain.{network}.raw_events')
  await deliverTopic(db, network, 'chain.{network}.forks')
  await deliverTopic(db, network, 'ledger.normalized')
}

test('a sale whose message is on its way is counted once in statistics that were swapped', async () => {
  await inWorld(1, async (db, network, random) => {
    const [minted, first, second] = chainOf([moves(null, seller)], [sold(1, '7')], [sold(2, '5')])
    for (const block of [minted, first]) await publishBlock(db, network, need(block), random)
    await deliverAnyhow(db, network, random)
    await db.query('UPDATE system.outbox_events SET published_at = now()')
    await publishBlock(db, network, need(second), random)
    await db.query('UPDATE projection.sale_totals SET volume = 1000')
    await db.query('UPDATE projection.sale_hours SET volume = 1000')
    await rebuildWhile(db, network, () => arriveAtState(db, network))
    await deliverTopic(db, network, 'market.ownership')
    expect(await db.query('SELECT sales, volume FROM projection.sale_totals')).toEqual([{ sales: 2, volume: 12n }])
    expect(await rebuild(db, network, false)).toEqual([])
  })
})

test('a last sale that was swapped in does not outlive a fork that was faster than its message', async () => {
  await inWorld(2, async (db, network, random) => {
    const [minted, first, second] = chainOf([moves(null, seller)], [sold(1, '7')], [sold(2, '5')])
    for (const block of [minted, first]) await publishBlock(db, network, need(block), random)
    await deliverAnyhow(db, network, random)
    await db.query('UPDATE system.outbox_events SET published_at = now()')
    await publishBlock(db, network, need(second), random)
    await db.query('UPDATE projection.last_sales SET price = 1000')
    await rebuildWhile(db, network, () => arriveAtState(db, network))
    await publishFork(db, network, need(first).header)
    await arriveAtState(db, network)
    await deliverTopic(db, network, 'market.ownership')
    expect(await db.query('SELECT price FROM projection.last_sales')).toEqual([{ price: 7n }])
    expect(await rebuild(db, network, false)).toEqual([])
  })
})

const topics = ['chain.{network}.raw_events', 'chain.{network}.forks', 'ledger.normalized', 'market.ownership'] as const

test.each([1, 3])('swaps between any two messages leave the rows of the chain (seed %i)', async (seed) => {
  await inWorld(seed, async (db, network, random) => {
    const some = async () => {
      for (let n = random.int(4); n > 0; n -= 1) await deliverTopic(db, network, random.pick(topics))
    }
    const next = async (block: ChainBlock) => {
      await publishBlock(db, network, block, random)
      await some()
      if (!random.chance(0.4)) return
      // what is wrong everywhere is swapped everywhere
      await db.query('UPDATE projection.sale_totals SET volume = volume + 1')
      await db.query('UPDATE projection.last_sales SET quantity = quantity + 1')
      await db.query('UPDATE projection.asset_cards SET is_stub = NOT is_stub')
      await rebuildWhile(db, network, random.chance(0.5) ? some : () => arriveAtState(db, network))
    }
    let chain: ChainBlock[] = []
    for (let n = 0; n < 10; n += 1) {
      const sale = { hash: `0x${String(n).padStart(64, '0')}`, events: [sold(n, String(random.int(100)))] }
      chain.push(buildBlock(chain.at(-1) ?? null, [randomTransaction(random, n), sale]))
    }
    for (const block of chain) await next(block)
    for (let fork = 0; fork < 3; fork += 1) {
      chain = await replaceTip(chain, random, `fork ${fork}`, async (ancestor, branch) => {
        await publishFork(db, network, ancestor.header)
        for (const block of branch) await next(block)
      })
    }
    for (const topic of topics) await deliverTopic(db, network, topic)
    expect(await rebuild(db, network)).toEqual([])
  })
})
