import { afterEach, beforeEach, expect, test } from 'vitest'
import { listingId } from '../../src/core/market.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { orphanAbove, recordFork } from '../../src/ingest/store.js'
import { keepOrders } from '../../src/pipeline/offchain.js'
import { removeOver } from '../../src/pipeline/project/expiry.js'
import { projectMarket } from '../../src/pipeline/project/market.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import { headsStage } from '../../src/pipeline/stages.js'
import { findStaleListings } from '../../src/pipeline/sweep/unprojected.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { chainOf, item, lists, moves, seller } from '../support/world/marketChain.js'
import { MARKET } from '../support/world/marketEvents.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { sweepOnce } from '../support/world/sweeper.js'
import { worldParser } from '../support/world/world.js'

/*
 * Listings end without an event when their time is over. Their cards go when that is final, and everybody who compares the cards with the
 * state agrees.
 */

const TOKENS = ['1', '2', '3', '4']
const hash = (tokenId: string): string => `0x${tokenId.padStart(64, '0')}`
const ofToken = (tokenId: string, endsAt: number | null) =>
  lists({ order: hash(tokenId), items: [{ ...item, tokenId }], endsAt })
const mints = TOKENS.map((tokenId) => moves(null, seller, tokenId))
const quiet = [[], [], [], []]
const times = chainOf(mints, [], ...quiet).map(({ header }) => header.time)
const timeOf = (height: number): number => times[height] ?? 0

let database: TestDatabase
let network: Network
let chain: ChainBlock[]

/** Three listings on the chain: over at the second block, at the fourth, and never; and one of a listing source, over at the fourth. */
beforeEach(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db, true)
  const listed = [ofToken('1', timeOf(2)), ofToken('2', timeOf(4)), ofToken('3', null)]
  // the hash of a block, and with it the time, follows from its events: what ends is told by the times of the chain as it is
  chain = chainOf(mints, listed, ...quiet)
  await fuse(database.db, network, chain)
  const [offchain] = ofToken('4', timeOf(4))
  await database.db.transaction((tx) =>
    keepOrders(tx, network, { source: 'opensea', scope: 'things' }, [
      { details: offchain?.details as never, counter: null },
    ]),
  )
})
afterEach(async () => {
  await database.drop()
})

const at = (height: number): ChainBlock['header'] => {
  const block = chain[height]
  if (block === undefined) throw new Error(`the chain has no block ${height}`)
  return block.header
}

async function finalize(height: number): Promise<void> {
  const networks = new Map([[network.name, { network, parse: worldParser }]])
  const heads = { v: 1, network: network.name, state: 'live', head: at(5), finalized: at(height) } as const
  await database.db.transaction((tx) => headsStage(tx, networks, [heads]))
}

const remove = (atOnce?: number) => database.db.transaction((tx) => removeOver(tx, network, atOnce))

const sweep = () => sweepOnce(database, network)

/** The tokens that have a card, after a look whether sweeper and rebuild find that right. */
async function cards(): Promise<string[]> {
  const span = { from: 0, to: 5 }
  expect(await database.db.transaction((tx) => findStaleListings(tx, network, span))).toEqual([])
  expect(await rebuildProjections({ db: database.db, networks: [network], swap: false, settleMs: 0 })).toEqual([])
  const rows = await database.db.query<{ token: string }>(
    'SELECT token_id::text AS token FROM projection.listing_cards ORDER BY 1',
  )
  return rows.map(({ token }) => token)
}

/** As a stage would, of a message that comes late or again. */
async function projectAgain(): Promise<void> {
  const listingIds = TOKENS.map((tokenId) => listingId(network.name, MARKET, hash(tokenId)))
  await database.db.transaction((tx) => projectMarket(tx, network, { saleIds: [], listingIds }))
}

test('a card goes when its listing is over at the finalized block, and does not come back', async () => {
  expect(await remove()).toBe(0)
  expect(await cards()).toEqual(['1', '2', '3', '4'])
  await finalize(3)
  expect(await remove()).toBe(1)
  expect(await cards()).toEqual(['2', '3', '4'])
  await finalize(5)
  await sweep()
  expect(await remove()).toBe(0)
  expect(await cards()).toEqual(['3'])
  await projectAgain()
  expect(await cards()).toEqual(['3'])
})

test('what is final on the chain and not projected yet ends nothing', async () => {
  await finalize(5)
  await database.db.query('UPDATE projection.network_status SET projected_time = to_timestamp($1)', [timeOf(1)])
  expect(await remove()).toBe(0)
  await database.db.query('UPDATE projection.network_status SET projected_time = NULL')
  expect(await remove()).toBe(0)
})

test('cards go a part at a time, and in between everybody agrees as well', async () => {
  await finalize(5)
  expect(await remove(1)).toBe(1)
  expect(await cards()).toEqual(['2', '3', '4'])
  await projectAgain()
  expect(await cards()).toEqual(['2', '3', '4'])
  // those that end in the same second are not told apart
  expect(await remove(1)).toBe(2)
  expect(await cards()).toEqual(['3'])
})

test('an auction or order that is prolonged after it was over has its card again', async () => {
  await finalize(5)
  await remove()
  const [longer] = ofToken('4', timeOf(5) + 1_000)
  await database.db.transaction((tx) =>
    keepOrders(tx, network, { source: 'opensea', scope: 'things' }, [
      { details: longer?.details as never, counter: null },
    ]),
  )
  expect(await cards()).toEqual(['3', '4'])
})

test('a rewind below the end of a listing brings its card back', async () => {
  await finalize(5)
  await remove()
  const ancestor = at(3)
  await database.db.transaction(async (tx) => {
    const blocks = await orphanAbove(tx, network, ancestor.number)
    const branch = await recordFork(tx, network, ancestor.number, blocks.length)
    const fork = { v: 1, network: network.name, branch, ancestor, blocks } as const
    await takeBackBlocks(tx, network, { fork, finalized: ancestor, order: 1, state: 'backfilling' })
  })
  expect(await cards()).toEqual(['2', '3', '4'])
  expect(await remove()).toBe(0)
})
