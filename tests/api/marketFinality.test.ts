import { beforeEach, expect, test } from 'vitest'
import { addressToBytea } from '../../src/core/address.js'
import { type Body, useApi } from './apiFixture.js'
import { alice, artAsset, artId, FINALIZED, insertListing, PROJECTED, TIME } from './seed.js'

/* Answers that embed what the market says are no more final than that: a listing or a sale above the finalized block is in them. */

const api = useApi()
const LISTING = '00000000-0000-5000-8000-000000000abc'
const PENDING = PROJECTED - 5
const listed = `/api/v1/assets/${artAsset('0')}`
const collection = `/api/v1/collections/${artId}`

const get = async (path: string): Promise<Body> => (await api.get(path)).body

/** The token 0 has moved in a final block and is for sale since `block`; nothing else happened on the market. */
async function listedAt(block: number): Promise<void> {
  const { owner: db } = api
  for (const table of ['listing_cards', 'last_sales', 'market_activity', 'cancellations']) {
    await db.query(`DELETE FROM projection.${table}`)
  }
  await insertListing(db, { id: LISTING, tokenId: '0', price: '7', lastBlock: block })
  await db.query('UPDATE projection.listing_cards SET unit_price = price')
}

/** Something of the collection happened on the market. */
async function happened(table: 'market_activity' | 'cancellations', block: number): Promise<void> {
  const [column, value] =
    table === 'cancellations' ? ['listing_id', 'gen_random_uuid()'] : ['kind, confirmed', `'list', true`]
  await api.owner.query(
    `INSERT INTO projection.${table} (event_id, item_index, network_id, block_number, position, sub_index, happened_at, asset_id,
       collection_id, of_collection, bundle_size, seller, quantity, marketplace, ${column})
     VALUES (gen_random_uuid(), 0, 1, $1, 0, 0, $2, $3, $4, true, 1, $5, 1, 'seaport', ${value})`,
    [block, TIME, artAsset('0'), artId, addressToBytea(alice)],
  )
}

beforeEach(() => listedAt(FINALIZED))

test('an asset is as final as the listing on its card', async () => {
  expect(await get(listed)).toMatchObject({
    finality_status: 'finalized',
    data: { best_listing: { price: '7' }, finality_status: 'finalized' },
  })
  await listedAt(PENDING)
  expect(await get(listed)).toMatchObject({
    finality_status: 'pending',
    data: { best_listing: { price: '7' }, finality_status: 'pending' },
  })
  expect((await api.get(`${listed}?min_finality=finalized`)).status).toBe(404)
})

test('an asset is as final as the sale on its card', async () => {
  await api.owner.query(
    `INSERT INTO projection.last_sales (asset_id, collection_id, block_number, sold_at, network_id, marketplace, quantity)
     VALUES ($1, $2, $3, $4, 1, 'seaport', 1)`,
    [artAsset('0'), artId, PENDING, TIME],
  )
  expect(await get(listed)).toMatchObject({
    finality_status: 'pending',
    data: { last_sale: { block_number: PENDING }, finality_status: 'pending' },
  })
})

test('so is each in lists and many at once; what is final alone leaves it out', async () => {
  const zero = async (query = '') =>
    (await get(`${collection}/assets${query}`)).data.find(({ token_id: token }: Body) => token === '0')?.finality_status
  expect([await zero(), await zero('?min_finality=finalized')]).toEqual(['finalized', 'finalized'])
  await listedAt(PENDING)
  expect([await zero(), await zero('?min_finality=finalized')]).toEqual(['pending', undefined])
  const { body } = await api.post('/api/v1/assets/bulk', { assets: [{ asset_id: artAsset('0') }] })
  expect(body).toMatchObject({ finality_status: 'pending', data: [{ asset: { finality_status: 'pending' } }] })
})

test('what is for sale is as final as the projected block: a listing that ended above leaves no row', async () => {
  for (const path of ['listings', 'assets?sort=price', 'assets?listed=true', 'assets?sort=last_sale']) {
    expect(await get(`${collection}/${path}`), path).toMatchObject({ finality_status: 'pending' })
  }
  const { data } = await get(`${collection}/listings`)
  expect(data).toMatchObject([{ listing_id: LISTING, finality_status: 'finalized' }])
})

test.each(['market_activity', 'cancellations'] as const)(
  'a collection is as final as its newest of %s',
  async (table) => {
    await happened(table, FINALIZED)
    expect(await get(collection)).toMatchObject({
      finality_status: 'finalized',
      data: { finality_status: 'finalized' },
    })
    await happened(table, PENDING)
    expect(await get(collection)).toMatchObject({ finality_status: 'pending', data: { finality_status: 'pending' } })
    expect((await api.get(`${collection}?min_finality=finalized`)).status).toBe(404)
  },
)
