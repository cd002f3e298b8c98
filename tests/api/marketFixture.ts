import { afterAll, beforeAll, expect } from 'vitest'
import { assetId, collectionId } from '../../src/core/ids.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import {
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
} from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { type Body, pages, startApi } from './apiFixture.js'

/* A collection of five items that were minted, sold, listed, sold together and moved, through the whole pipeline: final up to block 4. */

export const collection = collectionId('polygon', nft)
export const asset = (token: string) => assetId('polygon', nft, token)
export const orderNo = (n: number) => `0x${String(n).padStart(64, '0')}`
export const token = (tokenId: string) => ({ ...item, tokenId })
export const listed = (n: number, tokenId: string, price: string, more = {}) =>
  lists({ order: orderNo(n), items: [token(tokenId)], price, ...more })
export const sold = (n: number, tokenId: string, price: string, more = {}) =>
  sells({ order: orderNo(n), fills: [{ order: orderNo(n), quantity: '1' }], items: [token(tokenId)], price, ...more })

const HOUR = 3600
const now = Math.floor(Date.now() / 1000)

/** Blocks of the ages that are given, in seconds: the last ones of 0. */
function aged(chain: readonly ChainBlock[], ages: readonly number[]): ChainBlock[] {
  return chain.map((block, n) => ({ ...block, header: { ...block.header, time: now - (ages[n] ?? 0) } }))
}

export interface MarketApi {
  /** The body of an answer that has to be a 200; paths begin below /api/v1. */
  get(path: string): Promise<Body>
  /** The pages of a list; the path says the limit. */
  pagesOf(path: string): Promise<Body[][]>
  /** The status of an answer. */
  status(path: string): Promise<number>
}

/** The API over that collection, for all tests of the calling file. */
export function useMarket(): MarketApi {
  let database: TestDatabase
  let api: ReturnType<typeof startApi>
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
    // Inside the last day also when the tests run late.
    ages[2] = 24 * HOUR - HOUR / 2
    ages[3] = 10
    await fuse(database.db, await worldNetwork(database.db, true), aged(chain, ages))
    await database.db.query('UPDATE projection.network_status SET finalized_number = 4')
    api = startApi(database.url)
  })
  afterAll(async () => {
    await api.close()
    await database.drop()
  })
  return {
    get: async (path) => {
      const { status, body } = await api.get(`/api/v1${path}`)
      expect(status, JSON.stringify(body)).toBe(200)
      return body
    },
    pagesOf: (path) => pages(api, `/api/v1${path}`),
    status: async (path) => (await api.get(`/api/v1${path}`)).status,
  }
}
