import { expect, test } from 'vitest'
import { collectionId } from '../../src/core/ids.js'
import { nft, units } from '../support/world/marketChain.js'
import { type Body, pages, useApi } from './apiFixture.js'
import { asset, collection, orderNo, useMarket } from './marketFixture.js'
import { art, artAsset, artId, item, unknownId } from './seed.js'

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

test('200: those of one asset, by its id and its token id, are those that the collection has of it', async () => {
  const all = await market.get(`/collections/${collection}/listings`)
  const ofOne = all.data.filter((card: Body) => card.token_id === '3')
  expect(ofOne.map((card: Body) => card.price)).toEqual(['200', '400'])
  const token = `/networks/polygon/contracts/${nft}/tokens/3`
  for (const path of [`/assets/${asset('3')}`, token]) {
    expect(await market.get(`${path}/listings`)).toEqual({ ...all, data: ofOne, next_cursor: null })
    expect((await market.pagesOf(`${path}/listings?limit=1`)).flat()).toEqual(ofOne)
  }
  expect(await market.get(`/networks/polygon/contracts/${nft}/listings`)).toEqual(all)
  expect((await market.get(`${token}/listings?min_finality=finalized`)).data).toEqual([ofOne[0]])
})

test('200: of an item by its own address', async () => {
  const { status, body } = await api.get(`/api/v1/networks/ton/items/${item(1)}/listings`)
  expect(status).toBe(200)
  expect(body).toMatchObject({ data: [], network: 'ton', history_complete: false, coverage: { opensea: false } })
})

test('200: OpenSea is covered while its listings of the collection are fresh', async () => {
  const read = async (minutes: number): Promise<void> => {
    await api.owner.query(
      `INSERT INTO projection.listing_sources (collection_id, source, network_id, scope, read_at, fresh_until)
       VALUES ($1, 'opensea', 1, 'art', now(), now() + $2::int * interval '1 minute')
       ON CONFLICT (collection_id, source) DO UPDATE SET fresh_until = EXCLUDED.fresh_until`,
      [artId, minutes],
    )
  }
  for (const [minutes, opensea] of [
    [5, true],
    [-5, false],
  ] as const) {
    await read(minutes)
    for (const path of [url, `/api/v1/assets/${artAsset('3')}/listings`]) {
      expect((await api.get(path)).body.coverage, path).toEqual({ onchain: true, opensea })
    }
    const { market } = (await api.get(`/api/v1/collections/${artId}`)).body.data
    expect(market.coverage, 'of floors and what is listed').toEqual({ onchain: true, opensea })
  }
})

test.each([
  [`/api/v1/collections/x/listings`, 'id'],
  [`/api/v1/assets/x/listings`, 'id'],
  [`${url}?sort=price`, 'sort'],
  [`${url}?limit=0`, 'limit'],
])('400: %s names %s', async (path, field) => {
  const { status, body } = await api.get(path)
  expect(status).toBe(400)
  expect(body.errors).toMatchObject([{ field }])
})

test('404: of an unknown collection or asset there are none', async () => {
  for (const of of [`collections/${unknownId}`, `assets/${unknownId}`, `networks/polygon/contracts/${art}/tokens/99`])
    expect((await api.get(`/api/v1/${of}/listings`)).status, of).toBe(404)
})
