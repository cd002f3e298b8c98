import { describe, expect, test } from 'vitest'
import type { Fact } from '../../core/events.js'
import type { Order, OrderItem } from './seaport.js'
import { countOnce, tradeOf } from './trade.js'

const [nft, zero, seller, buyer] = ['aa', '00', '51', 'b1'].map((byte) => `0x${byte.repeat(20)}`) as [
  string,
  string,
  string,
  string,
]

const token = (id: bigint, recipient = ''): OrderItem => ({ type: 2, token: nft, id, amount: 1n, recipient })
const money = (amount: bigint, recipient = ''): OrderItem => ({ type: 0, token: zero, id: 0n, amount, recipient })

function order(offer: readonly OrderItem[], consideration: readonly OrderItem[], offerer = seller): Order {
  const log = { sourceEventId: '', contract: '', txHash: '', topics: [], data: '' }
  return { log, orderHash: '', offerer, zone: zero, recipient: buyer, offer, consideration }
}

test.each([
  ['a token for money', order([token(7n)], [money(5n, seller)]), 'listing'],
  ['a token for money, to one buyer', order([token(7n)], [money(5n, seller), token(7n, buyer)]), 'listing'],
  ['a token for money and another', order([token(7n)], [money(5n, seller), token(8n, seller)]), 'swap'],
  ['a token back, and for another', order([token(7n)], [token(7n, buyer), token(8n, seller)]), 'swap'],
  ['a token and money for nothing', order([token(7n), money(5n)], []), 'swap'],
  ['money for a token', order([money(5n)], [token(7n, seller)]), 'offer'],
])('an order that gives %s', (_, given, side) => {
  expect(tradeOf(given)?.side).toBe(side)
})

const trades = (...orders: readonly Order[]) =>
  countOnce(
    orders.map(tradeOf).filter((trade) => trade !== null),
    [],
  )

test('two swaps that were matched are one only when each gives all that the other asks for', () => {
  const one = order([token(7n)], [token(8n, buyer)], buyer)
  expect(trades(one, order([token(8n)], [token(7n, seller)]))).toHaveLength(1)
  expect(trades(one, order([token(8n), token(9n)], [token(7n, seller)]))).toHaveLength(2)
})

test('what a matched offer pays is part of a price where one offer met one listing, and only there', () => {
  const listing = (price: bigint, ...ids: readonly bigint[]) => {
    return order(
      ids.map((id) => token(id)),
      [money(price, seller)],
    )
  }
  const offer = (...ids: readonly bigint[]) => {
    return order([money(50n)], [...ids.map((id) => token(id, buyer)), money(5n, zero)], buyer)
  }
  const prices = (...orders: readonly Order[]) => trades(...orders).map(({ price }) => price)
  expect(prices(listing(20n, 7n), offer(7n))).toEqual([25n])
  expect(prices(listing(20n, 7n, 8n), offer(7n), offer(8n))).toEqual([20n])
  expect(prices(listing(20n, 7n), listing(21n, 8n), offer(7n, 8n))).toEqual([20n, 21n])
})

describe('units of one id that several orders trade', () => {
  const [other, third] = ['52', 'b2'].map((byte) => `0x${byte.repeat(20)}`) as [string, string]
  const caller = `0x${'ca'.repeat(20)}`
  const units = (amount: bigint, recipient = ''): OrderItem => ({ type: 3, token: nft, id: 7n, amount, recipient })
  const listing = (offerer: string, amount: bigint): Order => {
    return { ...order([units(amount)], [money(100n, offerer)], offerer), recipient: caller }
  }
  const offer = (offerer: string, amount: bigint): Order => {
    return { ...order([money(50n)], [units(amount, offerer)], offerer), recipient: caller }
  }
  const moved = (id: bigint, quantity: bigint, from: string, to: string): Fact => {
    const asset = { standard: 'erc1155', contract: nft, tokenId: id } as const
    return { sourceEventId: '', subIndex: 0, kind: 'transfer', ...asset, from, to, quantity, details: null }
  }
  const sales = (orders: readonly Order[], movements: readonly Fact[]) =>
    countOnce(
      orders.map(tradeOf).filter((trade) => trade !== null),
      movements,
    ).map((trade) => [trade.seller, trade.buyer, trade.price, trade.items[0]?.amount])

  test('a listing that the offers of two accounts share is a sale to each of them', () => {
    expect(sales([listing(seller, 5n), offer(buyer, 2n), offer(third, 3n)], [])).toEqual([
      [seller, buyer, 50n, 2n],
      [seller, third, 50n, 3n],
    ])
  })

  test('a listing that two offers of one account share is one sale', () => {
    const orders = [listing(seller, 5n), offer(buyer, 2n), offer(buyer, 3n)]
    expect(sales(orders, [])).toEqual([[seller, buyer, 100n, 5n]])
  })

  test('of several offers a listing met the one to which most of its units went', () => {
    const movements = [
      moved(7n, 1n, seller, buyer),
      moved(7n, 1n, seller, third),
      moved(8n, 9n, seller, buyer),
      moved(7n, 1n, seller, third),
      moved(7n, 3n, other, buyer),
    ]
    expect(sales([listing(seller, 3n), listing(other, 3n), offer(buyer, 4n), offer(third, 2n)], movements)).toEqual([
      [seller, third, 100n, 3n],
      [other, buyer, 100n, 3n],
    ])
  })
})
