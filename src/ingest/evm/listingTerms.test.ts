import { describe, expect, test } from 'vitest'
import { LAST_SECOND } from '../../core/market.js'
import { listingTerms, type OrderTerms, type StartItem } from './seaport.js'

const market = '0x0000000000000068f116a894984e2db1123eb395'
const [nft, weth, zero] = ['aa', 'ee', '00'].map((byte) => `0x${byte.repeat(20)}`) as [string, string, string]
const [seller, buyer, fees] = ['51', 'b1', 'fe'].map((byte) => `0x${byte.repeat(20)}`) as [string, string, string]

describe('the terms of an order', () => {
  const start = (type: number, token: string, id: bigint, amount: bigint, recipient = ''): StartItem => {
    return { type, token, id, amount, endAmount: amount, recipient }
  }
  const order: OrderTerms = {
    ...{
      protocol: 'seaport-1.6',
      market,
      order: `0x${'09'.repeat(32)}`,
      seller,
      zone: zero,
      conduitKey: `0x${'00'.repeat(32)}`,
    },
    ...{ items: [start(2, nft, 7n, 1n)], asked: [start(0, zero, 0n, 90n, seller), start(0, zero, 0n, 10n, fees)] },
    ...{ orderType: 0, startsAt: 1n, endsAt: 2n },
  }

  test.each<[string, Partial<OrderTerms>]>([
    [
      'it asks for money of two currencies',
      { asked: [start(0, zero, 0n, 90n, seller), start(1, weth, 0n, 10n, fees)] },
    ],
    ['it asks for another token', { asked: [start(0, zero, 0n, 90n, seller), start(2, nft, 8n, 1n, seller)] }],
    ['it offers money beside its token', { items: [start(2, nft, 7n, 1n), start(1, weth, 0n, 5n)] }],
    ['it offers any token of a contract', { items: [start(4, nft, 0n, 1n)] }],
    ['it offers nothing', { items: [] }],
    ['a contract decides when it is filled', { orderType: 4 }],
  ])('are no listing where %s', (_, more) => {
    expect(listingTerms({ ...order, ...more })).toBeNull()
  })

  test('name who alone can buy: whom the order itself gives its token to', () => {
    const asked = [...order.asked, start(2, nft, 7n, 1n, buyer)]
    expect(listingTerms({ ...order, asked })).toMatchObject({ taker: buyer, price: '100' })
    expect(listingTerms(order)).toMatchObject({ taker: null, price: '100', endPrice: null })
  })

  test('can be filled in parts in two of the four types of orders', () => {
    const types = [0, 1, 2, 3]
    expect(types.map((orderType) => listingTerms({ ...order, orderType })?.partial)).toEqual([false, true, false, true])
  })

  test('that never begin are not open now, and those that never end stay open', () => {
    const last = BigInt(LAST_SECOND)
    const times = (startsAt: bigint, endsAt: bigint) => listingTerms({ ...order, startsAt, endsAt })
    expect(times(last, last)).toMatchObject({ startsAt: LAST_SECOND, endsAt: LAST_SECOND })
    expect(times(last + 1n, last + 1n)).toMatchObject({ startsAt: LAST_SECOND, endsAt: null })
  })
})
