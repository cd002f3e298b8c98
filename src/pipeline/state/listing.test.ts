import { describe, expect, test } from 'vitest'
import type { ListDetails } from '../../core/market.js'
import { listingOf } from './listing.js'
import type { Holding, KnownOrders, Terms } from './orders.js'

const details: ListDetails = {
  protocol: 'seaport-1.6',
  market: `0x${'5e'.repeat(20)}`,
  marketplace: 'opensea',
  order: `0x${'0d'.repeat(32)}`,
  side: 'listing',
  seller: `0x${'51'.repeat(20)}`,
  holder: null,
  items: [{ standard: 'erc1155', contract: `0x${'aa'.repeat(20)}`, tokenId: '1', quantity: '3' }],
  bundleSize: 1,
  price: '100',
  endPrice: null,
  currency: `0x${'00'.repeat(20)}`,
  startsAt: null,
  endsAt: null,
  partial: true,
  taker: null,
  auction: null,
}
const offchain: Terms = { place: null, source: 'opensea', details, isOpen: true, counter: 5n }
const whole: Holding = { assetId: 'a', collectionId: 'c', standard: 'erc1155', quantity: 3n, held: null }

function state(
  terms: Terms | null,
  more: Partial<Record<'cancels' | 'fills' | 'counters' | 'holdings', unknown[]>> = {},
) {
  const of = (name: keyof typeof more) => new Map([['l', more[name] ?? []]])
  const known = {
    terms: new Map(terms === null ? [] : [['l', terms]]),
    cancels: of('cancels'),
    fills: of('fills'),
    counters: of('counters'),
    holdings: of('holdings'),
  } as KnownOrders
  return listingOf('l', { ...known, ...(more.holdings === undefined ? { holdings: new Map([['l', [whole]]]) } : {}) })
}

const at = (block: number) => ({ block, position: 0, subIndex: 0 })

describe('an order of a listing source', () => {
  test('is good while the counter is the one it was signed with: neither below nor above', () => {
    const counter = (value: bigint) => ({ counters: [{ ...at(1), counter: value }] })
    expect(state(offchain)?.status).toBe('active')
    expect(state(offchain, counter(5n))?.status).toBe('active')
    expect(state(offchain, counter(4n))?.status).toBe('cancelled')
    expect(state(offchain, counter(6n))?.status).toBe('cancelled')
  })

  test('is filled and cancelled by the chain whenever that was, and ends when its source drops it', () => {
    expect(state(offchain, { fills: [{ ...at(0), quantity: 3n }] })?.status).toBe('filled')
    expect(state(offchain, { cancels: [at(0)] })?.status).toBe('cancelled')
    expect(state({ ...offchain, isOpen: false })?.status).toBe('cancelled')
  })
})

test('a unit price that is no whole number is rounded up: for less, nothing can be bought', () => {
  expect(state(offchain)?.unitPrice).toBe(34n)
})

test('where history starts too late to know the balance, the listing stands and says so', () => {
  expect(state(offchain)).toMatchObject({ status: 'active', available: 3n, holderKnown: false })
  expect(state(offchain, { holdings: [{ ...whole, held: 0n }] })).toMatchObject({
    status: 'invalidated',
    holderKnown: true,
  })
})

test('an order without terms is no listing, whatever happened to it', () => {
  expect(state(null, { fills: [{ ...at(0), quantity: 1n }] })).toBeNull()
})

test('an order that is sold out is filled, whatever was taken back afterwards', () => {
  expect(state(offchain, { fills: [{ ...at(1), quantity: 3n }], cancels: [at(2)] })?.status).toBe('filled')
})

test('what ended an order is the first of what voids it, and its last block that of the last', () => {
  const onchain: Terms = { ...offchain, place: { ...at(2), time: new Date(0) }, source: 'onchain', counter: null }
  const counters = [1, 3, 5, 7].map((block) => ({ ...at(block), counter: null }))
  expect(state(onchain, { counters })).toMatchObject({ status: 'cancelled', ended: { block: 3 }, lastBlock: 7 })
  expect(state(onchain, { counters, cancels: [at(4)] })).toMatchObject({ ended: { block: 3 }, lastBlock: 7 })
  expect(state(onchain, { counters: counters.slice(2), cancels: [at(4)] })).toMatchObject({ ended: { block: 4 } })
  expect(state(onchain, { counters: counters.slice(0, 1) })).toMatchObject({
    status: 'active',
    ended: null,
    lastBlock: 2,
  })
})

test('of a bundle, what its holder has least of decides; of what it takes none, he needs none', () => {
  const holding = (quantity: bigint, held: bigint): Holding => ({ ...whole, quantity, held })
  const holdings = [holding(2n, 2n), holding(4n, 2n), holding(6n, 6n), holding(0n, 0n)]
  expect(state(offchain, { holdings })).toMatchObject({ quantity: 12n, available: 6n })
})
