import { expect, test } from 'vitest'
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

const trades = (...orders: readonly Order[]) => countOnce(orders.map(tradeOf).filter((trade) => trade !== null))

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
