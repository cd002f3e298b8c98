import { afterEach, beforeEach, expect, test } from 'vitest'
import { orderStore } from '../../src/cli/compose/listings.js'
import { collectionId } from '../../src/core/ids.js'
import type { ListDetails } from '../../src/core/market.js'
import type { Network } from '../../src/core/networks.js'
import { readScope } from '../../src/ingest/listings/read.js'
import type { ListingSource, OffchainPage } from '../../src/ingest/listings/source.js'
import { closeStale } from '../../src/pipeline/offchain.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { type Body, startApi } from '../api/apiFixture.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
  buyer,
  order as cancelled,
  cancels,
  chainOf,
  type Event,
  item,
  lists,
  moves,
  nft,
  seller,
  sells,
  voids,
} from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'

/*
 * Orders of a source in the tables, and what the chain makes of them.
 */

let database: TestDatabase
let network: Network
let api: ReturnType<typeof startApi>

const signal = new AbortController().signal
const hash = (n: number) => `0x${String(n).padStart(64, '0')}`
const token = (tokenId: string) => ({ ...item, tokenId })
const collection = collectionId('polygon', nft)

beforeEach(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db, true)
  api = startApi(database.url)
})
afterEach(async () => {
  await api.close()
  await database.drop()
})

/** The order of a token as a source gives it: the details of a listing that would be on the chain. */
function order(n: number, tokenId: string, price: string): OffchainPage['orders'][number] {
  const [listed] = lists({ order: hash(n), items: [token(tokenId)], price })
  return { details: listed?.details as ListDetails, counter: 0n }
}

/** A source whose only scope has these pages; an error in place of a page is thrown there. */
function source(...pages: readonly (OffchainPage['orders'] | Error)[]): ListingSource {
  return {
    ...{ name: 'opensea', scopes: ['things'] },
    contracts: () => Promise.resolve([nft]),
    async *pages() {
      for (const page of pages) {
        if (page instanceof Error) throw page
        yield { orders: page, refused: [] }
      }
    },
    close: () => Promise.resolve(),
  }
}

const read = (from: ListingSource, freshMs = 60_000) =>
  readScope({ source: from, store: orderStore(database.db, network, from, freshMs) }, 'things', signal)

async function listings(): Promise<Body> {
  const { status, body } = await api.get(`/api/v1/collections/${collection}/listings`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

const open = async () =>
  (await listings())['data'].map((card: Body) => `${card['source']} ${card['token_id']} ${card['price']}`)
const coverage = async () => (await listings())['coverage']

/** A chain on which three tokens are minted, and then this happens. */
const chainWith = (...later: readonly (readonly Event[])[]) =>
  chainOf(
    ['1', '2', '3'].map((id) => moves(null, seller, id)),
    ...later,
  )
const minted = chainWith()

test('orders are listings like those of the chain, marked with their source, and covered while they are fresh', async () => {
  await fuse(database.db, network, minted)
  expect(await coverage()).toEqual({ onchain: true, opensea: false })
  expect(await read(source([order(1, '1', '300'), order(2, '2', '100')], [order(2, '2', '100')]))).toMatchObject({
    orders: 2,
  })
  expect(await open()).toEqual(['opensea 2 100', 'opensea 1 300'])
  expect(await coverage()).toEqual({ onchain: true, opensea: true })
  const { body } = await api.get(`/api/v1/collections/${collection}`)
  expect((body['data'] as Body)['market'].floors).toMatchObject([{ price: '100' }])
  await database.db.query("UPDATE projection.listing_sources SET fresh_until = now() - interval '1 second'")
  expect(await coverage()).toEqual({ onchain: true, opensea: false })
  const options = { db: database.db, networks: [network], swap: false, settleMs: 0 }
  expect(await rebuildProjections(options)).toEqual([])
})

test('what a reading does not have any more is closed, unless the reading failed', async () => {
  await fuse(database.db, network, minted)
  await read(source([order(1, '1', '300'), order(2, '2', '100')]))
  await expect(read(source([order(1, '1', '250')], new Error('gone')))).rejects.toThrow('gone')
  expect(await open()).toEqual(['opensea 2 100', 'opensea 1 250'])
  await read(source([order(1, '1', '250')]))
  expect(await open()).toEqual(['opensea 1 250'])
  // and it comes back
  await read(source([order(2, '2', '100')]))
  expect(await open()).toEqual(['opensea 2 100'])
})

test('orders of other contracts than the collection has are left out', async () => {
  await fuse(database.db, network, minted)
  const foreign = order(1, '1', '5')
  const items = foreign.details.items.map((one) => ({ ...one, contract: `0x${'99'.repeat(20)}` }))
  await read(source([{ ...foreign, details: { ...foreign.details, items } }, order(2, '2', '7')]))
  expect(await database.db.query('SELECT order_hash FROM market.listings_current')).toHaveLength(1)
})

test('owner, fills, cancellations and counters of the chain end them', async () => {
  const third = { ...order(3, '3', '3'), details: { ...order(3, '3', '3').details, order: cancelled } }
  const all = [order(1, '1', '1'), order(2, '2', '2'), third]
  await read(source(all))
  await fuse(database.db, network, minted)
  expect(await open()).toEqual(['opensea 1 1', 'opensea 2 2', 'opensea 3 3'])
  const sold = sells({ order: hash(1), fills: [{ order: hash(1), quantity: '1' }], items: [token('1')], price: '1' })
  await fuse(database.db, network, chainWith([moves(seller, buyer, '2'), sold, cancels]).slice(1))
  expect(await open()).toEqual([])
  const states = await database.db.query<{ status: string }>(
    'SELECT status FROM market.listings_current ORDER BY price',
  )
  expect(states.map(({ status }) => status)).toEqual(['filled', 'invalidated', 'cancelled'])
  // reading them again changes nothing: the chain decides
  await read(source(all))
  expect(await open()).toEqual([])
})

test('an order signed with another counter than its maker has now is void', async () => {
  await read(source([order(1, '1', '1')]))
  await fuse(database.db, network, minted)
  expect(await open()).toEqual(['opensea 1 1'])
  await fuse(database.db, network, chainWith([voids]).slice(1))
  expect(await open()).toEqual([])
  await read(source([{ ...order(1, '1', '1'), counter: 1n }]))
  expect(await open()).toEqual(['opensea 1 1'])
})

test('when the source is silent for too long its listings are closed, those of the chain are not', async () => {
  await fuse(database.db, network, minted)
  await fuse(database.db, network, chainWith([lists({ order: hash(9), items: [token('3')], price: '9' })]).slice(1))
  await read(source([order(1, '1', '300')]))
  const close = () => database.db.transaction((tx) => closeStale(tx, network))
  expect(await close()).toBe(0)
  await database.db.query("UPDATE projection.listing_sources SET fresh_until = now() - interval '1 second'")
  expect(await close()).toBe(0)
  await database.db.query("UPDATE market.offchain_orders SET seen_at = now() - interval '16 minutes'")
  expect(await close()).toBe(1)
  expect(await open()).toEqual(['onchain 3 9'])
})
