import { beforeAll, expect, test } from 'vitest'
import { addressToBytea } from '../../src/core/address.js'
import { type Body, useApi } from './apiFixture.js'
import { alice, artAsset, artId, insertListing, TIME } from './seed.js'

/* What a cursor may hold: whatever the server puts into it, and nothing that the database cannot read. */

const api = useApi()
const collection = `/api/v1/collections/${artId}`
/** The greatest number that a price can be: 88 digits. */
const DEAREST = '9'.repeat(88)

beforeAll(async () => {
  const { owner: db } = api
  for (const tokenId of ['2', '10']) {
    const id = `00000000-0000-5000-8000-0000000fff${tokenId.padStart(2, '0')}`
    await insertListing(db, { id, tokenId, price: DEAREST, lastBlock: 900 })
    await db.query('UPDATE projection.listing_cards SET unit_price = price WHERE listing_id = $1', [id])
    await db.query(
      `INSERT INTO projection.last_sales (asset_id, collection_id, block_number, sold_at, network_id, marketplace, quantity)
       VALUES ($1, $2, 900, $3, 1, 'seaport', 1)`,
      [artAsset(tokenId), artId, TIME],
    )
    await db.query(
      `INSERT INTO projection.cancellations (event_id, listing_id, item_index, network_id, block_number, position, sub_index,
         happened_at, asset_id, collection_id, of_collection, bundle_size, seller, quantity, marketplace)
       VALUES (gen_random_uuid(), $1, 0, 1, 900, 0, 0, $2, $3, $4, true, 1, $5, 1, 'seaport')`,
      [id, TIME, artAsset(tokenId), artId, addressToBytea(alice)],
    )
  }
})

async function pages(path: string): Promise<Body[]> {
  const all: Body[] = []
  for (let next: string | null = ''; next !== null; ) {
    const { status, body } = await api.get(`${path}&limit=1${next && `&cursor=${next}`}`)
    expect(status, JSON.stringify(body)).toBe(200)
    all.push(...body.data)
    next = body.next_cursor
  }
  return all
}

test('200: pages go on after a price of any size', async () => {
  const { length } = await pages(`${collection}/listings?min_finality=pending`)
  expect(length).toBeGreaterThan(2)
  expect(await pages(`${collection}/assets?sort=price`)).toHaveLength(2)
  expect(await pages(`${collection}/assets?min_price=${DEAREST}`)).toHaveLength(2)
})

/** The answer to the cursor of a page with another key in it. */
async function edited(path: string, edit: (key: unknown[]) => unknown[]) {
  const { body } = await api.get(`${path}limit=1`)
  const [version, list, key] = JSON.parse(Buffer.from(body.next_cursor, 'base64url').toString())
  const cursor = Buffer.from(JSON.stringify([version, list, edit(key)])).toString('base64url')
  return await api.get(`${path}limit=1&cursor=${cursor}`)
}

const lists = {
  activity: `${collection}/activity?`,
  sales: `${collection}/assets?sort=last_sale&`,
  prices: `${collection}/listings?`,
}

test.each<[keyof typeof lists, unknown]>([
  ['activity', 2 ** 31],
  ['activity', -(2 ** 31) - 1],
  ['sales', '0000-01-01T00:00:00.000Z'],
  ['sales', `2026-01-31T12:00:00.${'0'.repeat(200)}Z`],
  ['sales', '2026-02-30T12:00:00.000Z'],
  ['prices', '1'.repeat(89)],
  ['prices', '-1'],
])('400: a cursor of %s that was edited to hold %j', async (list, value) => {
  const place = list === 'activity' ? 2 : 0
  const same = await edited(lists[list], (key) => key)
  expect(same.status, JSON.stringify(same.body)).toBe(200)
  const { status, body } = await edited(lists[list], (key) => key.with(place, value))
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'cursor_invalid' })
})
