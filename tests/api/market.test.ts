import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assetId, collectionId } from '../../src/core/ids.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
  buyer,
  cancels,
  chainOf,
  gives,
  item,
  lists,
  moves,
  nft,
  other,
  seller,
  sells,
  USDC,
  units,
  voids,
} from '../support/world/marketChain.js'
import { NATIVE } from '../support/world/marketEvents.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { type Body, startApi } from './apiFixture.js'

const collection = collectionId('polygon', nft)
const asset = (token: string) => assetId('polygon', nft, token)
const orderNo = (n: number) => `0x${String(n).padStart(64, '0')}`
const token = (tokenId: string) => ({ ...item, tokenId })
const listed = (n: number, tokenId: string, price: string, more = {}) =>
  lists({ order: orderNo(n), items: [token(tokenId)], price, ...more })
const sold = (n: number, tokenId: string, price: string, more = {}) =>
  sells({ order: orderNo(n), fills: [{ order: orderNo(n), quantity: '1' }], items: [token(tokenId)], price, ...more })

const HOUR = 3600
const now = Math.floor(Date.now() / 1000)

/** Blocks of the ages that are given, in seconds: the last ones of 0. */
function aged(chain: readonly ChainBlock[], ages: readonly number[]): ChainBlock[] {
  return chain.map((block, n) => ({ ...block, header: { ...block.header, time: now - (ages[n] ?? 0) } }))
}

describe('the market of a collection', () => {
  let database: TestDatabase
  let api: ReturnType<typeof startApi>
  const get = async (path: string): Promise<Body> => {
    const { status, body } = await api.get(`/api/v1${path}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return body
  }

  beforeAll(async () => {
    database = await createTestDatabase()
    const tokens = ['1', '2', '3', '4', '5']
    const chain = chainOf(
      tokens.map((id) => moves(null, seller, id)),
      [sold(90, '4', '1000')],
      [sold(91, '4', '500'), sold(92, '5', '7', { currency: USDC })],
      [sold(93, '5', '50', { confirmed: false }), sold(94, '5', '60', { side: 'swap', price: null, currency: null })],
      [listed(1, '1', '300'), listed(2, '2', '100'), listed(3, '3', '200'), listed(4, '4', '5', { currency: USDC })],
      [
        listed(5, '1', '50', { endsAt: now - 60 }),
        listed(6, '1', '60', { startsAt: now + HOUR }),
        listed(7, '3', '400'),
      ],
      [lists({ order: orderNo(8), items: [token('1'), token('2')], bundleSize: 2, price: '10' })],
      [gives(null, seller, '4'), lists({ order: orderNo(9), items: [units('4')], price: '41', partial: true })],
      [moves(seller, other, '2')],
    )
    const ages = [40, 25, 2, 1, 1, 1, 1, 1, 0].map((days) => days * 24 * HOUR)
    ages[2] = 24 * HOUR - 30
    ages[3] = 10
    await fuse(database.db, await worldNetwork(database.db, true), aged(chain, ages))
    await database.db.query('UPDATE projection.network_status SET finalized_number = 4')
    api = startApi(database.url)
  })
  afterAll(async () => {
    await api.close()
    await database.drop()
  })

  test('has a floor per currency, of single assets that can be bought now', async () => {
    const { data } = await get(`/collections/${collection}`)
    expect(data.market.listed).toBe(3)
    expect(data.market.floors).toMatchObject([
      { currency: NATIVE, currency_decimals: 18, price: '200', asset_id: asset('3') },
      { currency: USDC, currency_decimals: 6, price: '5', asset_id: asset('4') },
    ])
  })

  test('counts confirmed sales by currency in windows that end now, to the second', async () => {
    const { data } = await get(`/collections/${collection}`)
    const of = (currency: string | null) => data.market.sales.find((sales: Body) => sales.currency === currency)
    expect(of(NATIVE)).toMatchObject({
      ...{ sales_24h: 1, volume_24h: '500', sales_7d: 1, volume_7d: '500' },
      ...{ sales_30d: 2, volume_30d: '1500', sales_all: 2, volume_all: '1500' },
    })
    expect(of(USDC)).toMatchObject({ sales_24h: 1, volume_24h: '7', currency_decimals: 6 })
    expect(of(null)).toMatchObject({ sales_24h: 1, volume_24h: '0' })
  })

  test('an asset has its last confirmed sale and its cheapest open listing', async () => {
    const { data } = await get(`/assets/${asset('4')}`)
    expect(data.last_sale).toMatchObject({ price: '500', currency: NATIVE, quantity: '1' })
    expect(data.best_listing).toMatchObject({ price: '5', currency: USDC, seller })
    expect((await get(`/assets/${asset('1')}`)).data).toMatchObject({ last_sale: null, best_listing: { price: '300' } })
    expect((await get(`/assets/${asset('2')}`)).data).toMatchObject({ best_listing: null })
  })

  test('a feed of what is final ends at the finalized block, and is final as a whole', async () => {
    for (const path of [`/collections/${collection}/activity`, `/networks/polygon/accounts/${seller}/activity`]) {
      const all = await get(`${path}?limit=200`)
      const final = await get(`${path}?limit=200&min_finality=finalized`)
      expect([all.finality_status, final.finality_status]).toEqual(['pending', 'finalized'])
      expect(final.data.length).toBeGreaterThan(0)
      expect(final.data).toEqual(all.data.filter((event: Body) => event.block_number <= 4))
    }
  })

  const tokens = async (query: string): Promise<string[]> => {
    const found: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: Body = await get(`/collections/${collection}/assets?limit=1&${query}${next && `&cursor=${next}`}`)
      found.push(...page.data.map((card: Body) => card.token_id))
      next = page.next_cursor
    }
    return found
  }

  test('lists its assets by price, by what is for sale in a currency and a range, and by last sale, page by page', async () => {
    expect(await tokens('sort=price')).toEqual(['3', '1'])
    expect(await tokens('sort=-price')).toEqual(['1', '3'])
    expect(await tokens('listed=true&sort=-token_id')).toEqual(['3', '1'])
    expect(await tokens('min_price=201&max_price=300')).toEqual(['1'])
    expect(await tokens(`sort=price&currency=${USDC}`)).toEqual(['4'])
    expect(await tokens('sort=last_sale')).toEqual(['5', '4'])
    expect(await tokens(`listed=true&owner=${other}`)).toEqual([])
    expect(await tokens('sort=token_id')).toEqual(['1', '2', '3', '4', '5'])
  })

  test('shows its listings with what can still be bought, and says which sources it knows', async () => {
    const { data, coverage } = await get(`/collections/${collection}/listings`)
    expect(coverage).toEqual({ onchain: true, opensea: false })
    expect(data.find((card: Body) => card.bundle_size === 2)).toBeUndefined()
    expect(data.find((card: Body) => card.token_id === '3' && card.price === '200')).toMatchObject({
      ...{ unit_price: '200', available: '1', holder_verified: true, order: orderNo(3) },
    })
    const sfts = await get(`/collections/${collectionId('polygon', units('1').contract)}/listings`)
    expect(sfts.data).toMatchObject([{ price: '41', unit_price: '11', quantity: '4', available: '4' }])
  })

  const kinds = (body: Body) => body.data.map((event: Body) => `${event.kind} ${event.token_id}`)

  test('what happened: to an asset, in the collection (a bundle once), to an account; newest first, page by page', async () => {
    expect(kinds(await get(`/assets/${asset('2')}/activity`))).toEqual(['transfer 2', 'list null', 'list 2', 'mint 2'])
    const all: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: Body = await get(`/collections/${collection}/activity?limit=3${next && `&cursor=${next}`}`)
      all.push(...kinds(page))
      next = page.next_cursor
    }
    expect(all).toEqual([
      ...[
        'transfer 2',
        'list null',
        'list 3',
        'list 1',
        'list 1',
        'list 4',
        'list 3',
        'list 2',
        'list 1',
        'sale 5',
        'sale 5',
      ],
      ...['sale 5', 'sale 4', 'sale 4', 'mint 5', 'mint 4', 'mint 3', 'mint 2', 'mint 1'],
    ])
    expect(kinds(await get(`/networks/polygon/accounts/${other}/activity`))).toEqual(['transfer 2'])
    const bought = await get(`/networks/polygon/accounts/${buyer}/activity`)
    expect(kinds(bought)).toEqual(['sale 5', 'sale 5', 'sale 5', 'sale 4', 'sale 4'])
    expect(bought.data[4]).toMatchObject({
      ...{ from: seller, to: buyer, price: '1000', currency: NATIVE, confirmed: true, finality_status: 'finalized' },
      ...{ contract: nft, token_id: '4', marketplace: 'seaport' },
    })
    expect(bought.data[1]).toMatchObject({ confirmed: false })
  })

  test('a sale, a listing and its end have their transactions', async () => {
    const { data } = await get(`/assets/${asset('5')}/activity`)
    for (const event of data) expect(event.tx_hash, event.kind).toMatch(/^0x[0-9a-f]{64}$/)
    expect(data.map(({ kind }: Body) => kind)).toEqual(['sale', 'sale', 'sale', 'mint'])
  })

  test('404: activity of what is not known; 400: a price that is none', async () => {
    expect((await api.get(`/api/v1/assets/${asset('77')}/activity`)).status).toBe(404)
    expect((await api.get(`/api/v1/collections/${collection}/assets?min_price=1.5`)).status).toBe(400)
    expect((await api.get(`/api/v1/collections/${collection}/activity?cursor=x`)).status).toBe(400)
  })
})

describe('listings that are taken back', () => {
  let database: TestDatabase
  let api: ReturnType<typeof startApi>
  beforeAll(async () => {
    database = await createTestDatabase()
    api = startApi(database.url)
  })
  afterAll(async () => {
    await api.close()
    await database.drop()
  })

  test('are in the activity of asset, collection and seller, where it happened; filled ones, and those of others, are not', async () => {
    const chain = chainOf(
      ['1', '2', '3'].map((id) => moves(null, seller, id)),
      [lists({ items: [token('1')], price: '300' }), listed(2, '2', '100'), listed(3, '3', '5')],
      [cancels, sold(3, '3', '5')],
      [voids],
    )
    await fuse(database.db, await worldNetwork(database.db, true), chain)
    const feed = async (path: string) => {
      const { body } = await api.get(`/api/v1${path}/activity`)
      return body['data'].map(({ kind, token_id, block_number }: Body) => `${kind} ${token_id} ${block_number}`)
    }
    expect(await feed(`/assets/${asset('1')}`)).toEqual(['cancel 1 2', 'list 1 1', 'mint 1 0'])
    expect(await feed(`/assets/${asset('2')}`)).toEqual(['cancel 2 3', 'list 2 1', 'mint 2 0'])
    expect(await feed(`/assets/${asset('3')}`)).toEqual(['sale 3 2', 'list 3 1', 'mint 3 0'])
    const ends = (events: string[]) => events.filter((event) => event.startsWith('cancel'))
    expect(ends(await feed(`/collections/${collection}`))).toEqual(['cancel 2 3', 'cancel 1 2'])
    expect(ends(await feed(`/networks/polygon/accounts/${seller}`))).toEqual(['cancel 2 3', 'cancel 1 2'])
    expect(await feed(`/networks/polygon/accounts/${other}`)).toEqual([])
    const { body } = await api.get(`/api/v1/assets/${asset('1')}/activity`)
    expect(body['data'][0]).toMatchObject({
      ...{
        kind: 'cancel',
        from: seller,
        to: null,
        price: '300',
        currency: NATIVE,
        marketplace: 'seaport',
        quantity: '1',
      },
      tx_hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    })
  })
})
