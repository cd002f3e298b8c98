import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { buyer, cancels, chainOf, lists, moves, nft, other, seller, voids } from '../support/world/marketChain.js'
import { NATIVE } from '../support/world/marketEvents.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { type Body, startApi } from './apiFixture.js'
import { asset, collection, listed, sold, token, useMarket } from './marketFixture.js'

/* What happened to assets, in collections, to accounts. */

const { get, pagesOf, status } = useMarket()
const kinds = (body: Body) => body.data.map((event: Body) => `${event.kind} ${event.token_id}`)

test('200: what happened: to an asset, in the collection (a bundle once), to an account; newest first, page by page', async () => {
  expect(kinds(await get(`/assets/${asset('2')}/activity`))).toEqual(['transfer 2', 'list null', 'list 2', 'mint 2'])
  const all = await pagesOf(`/collections/${collection}/activity?limit=3`)
  expect(kinds({ data: all.flat() })).toEqual([
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

test('200: a sale, a listing and its end have their transactions', async () => {
  const { data } = await get(`/assets/${asset('5')}/activity`)
  for (const event of data) expect(event.tx_hash, event.kind).toMatch(/^0x[0-9a-f]{64}$/)
  expect(data.map(({ kind }: Body) => kind)).toEqual(['sale', 'sale', 'sale', 'mint'])
})

test('200: a feed of what is final ends at the finalized block, and is final as a whole', async () => {
  for (const path of [`/collections/${collection}/activity`, `/networks/polygon/accounts/${seller}/activity`]) {
    const all = await get(`${path}?limit=200`)
    const final = await get(`${path}?limit=200&min_finality=finalized`)
    expect([all.finality_status, final.finality_status]).toEqual(['pending', 'finalized'])
    expect(final.data.length).toBeGreaterThan(0)
    expect(final.data).toEqual(all.data.filter((event: Body) => event.block_number <= 4))
  }
})

test('400: a cursor that is none', async () => {
  expect(await status(`/collections/${collection}/activity?cursor=x`)).toBe(400)
})

test('404: of what is not known there is none', async () => {
  expect(await status(`/assets/${asset('77')}/activity`)).toBe(404)
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
