import { expect, test } from 'vitest'
import { collectionId } from '../../src/core/ids.js'
import { units } from '../support/world/marketChain.js'
import { type Body, pages, useApi } from './apiFixture.js'
import { collection, orderNo, useMarket } from './marketFixture.js'
import { artId, unknownId } from './seed.js'

/* Listings of a collection: of rows as they lie, and as the pipeline writes them. */

const api = useApi()
const market = useMarket()
const url = `/api/v1/collections/${artId}/listings`

test('200: cheapest first, without a price last; what has ended is left out; each with a finality of its own', async () => {
  const { status, body } = await api.get(url)
  expect(status).toBe(200)
  const rows = body.data.map((row: Body) => [row.token_id, row.price, row.finality_status])
  expect(rows).toEqual([
    ['2', '100', 'pending'],
    ['0', '300', 'finalized'],
    ['10', null, 'finalized'],
  ])
  expect(body).toMatchObject({ finality_status: 'pending', next_cursor: null })
})

test('200: pages of one are the same list', async () => {
  const seen = await pages(api, `${url}?limit=1`)
  expect(seen.flat().map((row) => row.token_id)).toEqual(['2', '0', '10'])
})

test('200: listings are shown with what can still be bought, and says which sources it knows', async () => {
  const { data, coverage } = await market.get(`/collections/${collection}/listings`)
  expect(coverage).toEqual({ onchain: true, opensea: false })
  expect(data.find((card: Body) => card.bundle_size === 2)).toBeUndefined()
  expect(data.find((card: Body) => card.token_id === '3' && card.price === '200')).toMatchObject({
    ...{ unit_price: '200', available: '1', holder_verified: true, order: orderNo(3) },
  })
  const sfts = await market.get(`/collections/${collectionId('polygon', units('1').contract)}/listings`)
  expect(sfts.data).toMatchObject([{ price: '41', unit_price: '11', quantity: '4', available: '4' }])
})

test.each([
  [`/api/v1/collections/x/listings`, 'id'],
  [`${url}?sort=price`, 'sort'],
  [`${url}?limit=0`, 'limit'],
])('400: %s names %s', async (path, field) => {
  const { status, body } = await api.get(path)
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([{ field }])
})

test('404: of an unknown collection there are none', async () => {
  expect((await api.get(`/api/v1/collections/${unknownId}/listings`)).status).toBe(404)
})
