import { describe, expect, test } from 'vitest'
import {
  detailsProblem,
  itemIds,
  type ListDetails,
  listingId,
  type MarketItem,
  saleId,
  standardOfItems,
} from './market.js'

const seller = `0:${'5e'.repeat(32)}`
const sale = `0:${'5a'.repeat(32)}`
const item: MarketItem = {
  standard: 'tep62',
  contract: null,
  tokenId: null,
  item: `0:${'11'.repeat(32)}`,
  quantity: '1',
}
const token: MarketItem = { standard: 'erc721', contract: `0x${'aa'.repeat(20)}`, tokenId: '7', quantity: '1' }

const listing: ListDetails = {
  protocol: 'getgems-sale-v4',
  market: `0:${'58'.repeat(32)}`,
  marketplace: 'getgems',
  order: sale,
  side: 'listing',
  seller,
  holder: sale,
  items: [item],
  bundleSize: 1,
  price: '11000000000',
  endPrice: null,
  currency: `0:${'00'.repeat(32)}`,
  startsAt: null,
  endsAt: null,
  partial: false,
  taker: null,
  auction: null,
}

describe('details of a fact', () => {
  test('are those of its kind, whatever the chain', () => {
    expect(detailsProblem({ kind: 'list', details: listing })).toBeNull()
    expect(detailsProblem({ kind: 'transfer', details: null })).toBeNull()
  })

  test('may name sums of words, but no token id beyond one', () => {
    const sum = String(10n * (2n ** 256n - 1n))
    expect(detailsProblem({ kind: 'list', details: { ...listing, price: sum } })).toBeNull()
    expect(detailsProblem({ kind: 'list', details: { ...listing, items: [{ ...item, tokenId: sum }] } })).toContain(
      'tokenId',
    )
  })

  test('of another kind, missing, or with a price that is no amount are a problem with a reason', () => {
    expect(detailsProblem({ kind: 'sale', details: listing })).toContain('details of a sale')
    expect(detailsProblem({ kind: 'list', details: null })).toContain('details of a list')
    expect(detailsProblem({ kind: 'transfer', details: listing })).toContain('moves tokens')
    expect(detailsProblem({ kind: 'list', details: { ...listing, price: '1.5' } })).toContain('price')
    expect(detailsProblem({ kind: 'list', details: { ...listing, seller: seller.toUpperCase() } })).toContain('seller')
  })
})

test('an order has one id per network and market', () => {
  expect(listingId('ton', listing.market, sale)).toBe(listingId('ton', listing.market, sale))
  expect(listingId('ton', listing.market, sale)).not.toBe(listingId('ton', seller, sale))
})

test('a sale has the id of the event that counts for it', () => {
  const source = '00000000-0000-5000-8000-000000000001'
  expect(saleId(source, 0)).toBe(saleId(source, 0))
  expect(saleId(source, 1)).not.toBe(saleId(source, 0))
})

test('an item is an asset by its own address or by contract and token id; without both it is none', () => {
  expect(itemIds('ton', item)).toEqual({ assetId: expect.any(String), collectionId: null })
  expect(itemIds('polygon', token)).toEqual({ assetId: expect.any(String), collectionId: expect.any(String) })
  expect(itemIds('polygon', { ...token, tokenId: null })).toMatchObject({ assetId: null })
})

test('items of several standards have none in common', () => {
  expect(standardOfItems([token, { ...token, tokenId: '8' }])).toBe('erc721')
  expect(standardOfItems([token, { ...token, standard: 'erc1155' }])).toBeNull()
  expect(standardOfItems([])).toBeNull()
})
