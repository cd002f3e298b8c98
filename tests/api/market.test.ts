import { expect, test } from 'vitest'
import { other, seller, USDC } from '../support/world/marketChain.js'
import { NATIVE } from '../support/world/marketEvents.js'
import type { Body } from './apiFixture.js'
import { asset, collection, useMarket } from './marketFixture.js'

/* What the market says on the cards of collections and assets, and in lists of assets. */

const { get, pagesOf, status } = useMarket()

test('200: a collection has a floor per currency, of single assets that can be bought now', async () => {
  const { data } = await get(`/collections/${collection}`)
  expect(data.market.listed).toBe(3)
  expect(data.market.floors).toMatchObject([
    { currency: NATIVE, currency_decimals: 18, price: '200', asset_id: asset('3') },
    { currency: USDC, currency_decimals: 6, price: '5', asset_id: asset('4') },
  ])
})

test('200: a collection counts confirmed sales by currency in windows that end now, to the second', async () => {
  const { data } = await get(`/collections/${collection}`)
  const of = (currency: string | null) => data.market.sales.find((sales: Body) => sales.currency === currency)
  expect(of(NATIVE)).toMatchObject({
    ...{ sales_24h: 1, volume_24h: '500', sales_7d: 1, volume_7d: '500' },
    ...{ sales_30d: 2, volume_30d: '1500', sales_all: 2, volume_all: '1500' },
  })
  expect(of(USDC)).toMatchObject({ sales_24h: 1, volume_24h: '7', currency_decimals: 6 })
  expect(of(null)).toMatchObject({ sales_24h: 1, volume_24h: '0' })
})

test('200: an asset has its last confirmed sale and its cheapest open listing', async () => {
  const { data } = await get(`/assets/${asset('4')}`)
  expect(data.last_sale).toMatchObject({ price: '500', currency: NATIVE, quantity: '1' })
  expect(data.best_listing).toMatchObject({ price: '5', currency: USDC, seller })
  expect((await get(`/assets/${asset('1')}`)).data).toMatchObject({ last_sale: null, best_listing: { price: '300' } })
  expect((await get(`/assets/${asset('2')}`)).data).toMatchObject({ best_listing: null })
})

const tokens = async (query: string): Promise<string[]> =>
  (await pagesOf(`/collections/${collection}/assets?limit=1&${query}`)).flat().map((card) => card.token_id)

test('200: assets are listed by price, by what is for sale in a currency and a range, and by last sale, page by page', async () => {
  expect(await tokens('sort=price')).toEqual(['3', '1'])
  expect(await tokens('sort=-price')).toEqual(['1', '3'])
  expect(await tokens('listed=true&sort=-token_id')).toEqual(['3', '1'])
  expect(await tokens('min_price=201&max_price=300')).toEqual(['1'])
  expect(await tokens(`sort=price&currency=${USDC}`)).toEqual(['4'])
  expect(await tokens('sort=last_sale')).toEqual(['5', '4'])
  expect(await tokens(`listed=true&owner=${other}`)).toEqual([])
  expect(await tokens('sort=token_id')).toEqual(['1', '2', '3', '4', '5'])
})

test('400: a price that is none', async () => {
  expect(await status(`/collections/${collection}/assets?min_price=1.5`)).toBe(400)
})
