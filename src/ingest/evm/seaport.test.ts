import { encodeAbiParameters, padHex, parseAbiParameters } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Fact, RawEvent } from '../../core/events.js'
import type { SaleDetails } from '../../core/market.js'
import { parseEvm } from './parse.js'
import * as topics from './topics.js'

const market = '0x0000000000000068f116a894984e2db1123eb395'
const market11 = '0x00000000006c3852cbef3e08e8df289169ede581'
const market15 = '0x00000000000000adc04c56bf30ac9d3c0aaf14dc'
const nft = `0x${'aa'.repeat(20)}` as const
const weth = `0x${'ee'.repeat(20)}` as const
const zero = `0x${'00'.repeat(20)}` as const
const [seller, buyer, matcher, fees] = ['51', 'b1', 'c1', 'fe'].map((byte) => `0x${byte.repeat(20)}` as const) as [
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
]

type Spent = readonly [number, `0x${string}`, bigint, bigint]
type Received = readonly [number, `0x${string}`, bigint, bigint, `0x${string}`]

const fulfilledAbi = parseAbiParameters(
  'bytes32, address, (uint8, address, uint256, uint256)[], (uint8, address, uint256, uint256, address)[]',
)

const hash = (n: number) => padHex(`0x${n.toString(16)}`, { size: 32 })
let count = 0

function event(contract: string, eventTopics: readonly string[], data: string): RawEvent {
  count += 1
  const payload = { topics: eventTopics, data, txIndex: 0 }
  return { sourceEventId: `e${count}`, blockNumber: 1, fork: 0, position: count, txHash: '0x1', contract, payload }
}

interface OrderSpec {
  readonly at?: string
  readonly n: number
  readonly offerer: `0x${string}`
  readonly recipient: `0x${string}`
  readonly offer: readonly Spent[]
  readonly consideration: readonly Received[]
}

function fulfilled({ at = market, n, offerer, recipient, offer, consideration }: OrderSpec): RawEvent {
  const data = encodeAbiParameters(fulfilledAbi, [hash(n), recipient, offer, consideration])
  return event(at, [topics.ORDER_FULFILLED, padHex(offerer, { size: 32 }), padHex(zero, { size: 32 })], data)
}

function matched(...orders: readonly number[]): RawEvent {
  const data = encodeAbiParameters(parseAbiParameters('bytes32[]'), [orders.map(hash)])
  return event(market, [topics.ORDERS_MATCHED], data)
}

function moved(contract: `0x${string}`, tokenId: bigint, from: `0x${string}`, to: `0x${string}`): RawEvent {
  const id = padHex(`0x${tokenId.toString(16)}`, { size: 32 })
  return event(contract, [topics.TRANSFER, padHex(from, { size: 32 }), padHex(to, { size: 32 }), id], '0x')
}

const token = (id: bigint): Spent => [2, nft, id, 1n]
const tokenTo = (id: bigint, to: `0x${string}`): Received => [2, nft, id, 1n, to]

function sales(...events: readonly RawEvent[]): readonly Fact[] {
  const { facts, failures } = parseEvm(events)
  expect(failures).toEqual([])
  return facts.filter(({ kind }) => kind === 'sale')
}

const listing: OrderSpec = {
  n: 1,
  offerer: seller,
  recipient: buyer,
  offer: [token(7n)],
  consideration: [
    [0, zero, 0n, 90n, seller],
    [0, zero, 0n, 10n, fees],
  ],
}
const offer: OrderSpec = {
  n: 2,
  offerer: buyer,
  recipient: seller,
  offer: [[1, weth, 0n, 50n]],
  consideration: [tokenTo(7n, buyer), [1, weth, 0n, 5n, fees]],
}

describe('a fulfilled order', () => {
  test('is confirmed by no other token, and moved on another contract only between its parties', () => {
    const other = weth
    const said = (...transfers: RawEvent[]) => sales(fulfilled(listing), ...transfers)[0]?.details
    for (const transfer of [
      moved(nft, 8n, seller, buyer),
      moved(other, 7n, seller, matcher),
      moved(other, 7n, matcher, buyer),
    ]) {
      expect(said(transfer)).toMatchObject({ confirmed: false })
    }
    expect(said(moved(other, 7n, seller, buyer))).toMatchObject({ confirmed: true, movedOnContract: other })
  })

  test('that nobody pays for has the price 0 and no fees', () => {
    const details = { price: '0', currency: null, fees: '0', royalties: '0', payouts: [] }
    expect(sales(fulfilled({ ...listing, consideration: [] }))).toMatchObject([{ details }])
  })

  test('is confirmed by the transfer of its token, before or after it', () => {
    const transfer = moved(nft, 7n, seller, buyer)
    for (const events of [
      [transfer, fulfilled(listing)],
      [fulfilled(listing), transfer],
    ]) {
      expect(sales(...events)).toMatchObject([
        {
          from: seller,
          to: buyer,
          tokenId: 7n,
          contract: nft,
          details: { price: '100', currency: zero, confirmed: true },
        },
      ])
    }
    expect(sales(fulfilled(listing))[0]?.details).toMatchObject({ confirmed: false })
  })

  test('that names its own token in the consideration is a private sale to whom it names', () => {
    const consideration = [...listing.consideration, tokenTo(7n, matcher)]
    expect(sales(fulfilled({ ...listing, consideration }))).toMatchObject([
      { from: seller, to: matcher, details: { side: 'listing', price: '100' } },
    ])
  })

  test('of several tokens is one sale without a token of its own', () => {
    const offered: readonly Spent[] = [token(7n), [2, weth, 7n, 1n]]
    expect(sales(fulfilled({ ...listing, offer: offered }))).toMatchObject([{ tokenId: null, contract: null }])
    const bundle = sales(fulfilled({ ...listing, offer: [token(7n), token(8n)] }))
    expect(bundle).toMatchObject([
      { tokenId: null, contract: nft, quantity: 2n, details: { bundleSize: 2, price: '100' } },
    ])
  })

  test('of tokens for tokens is a swap without price', () => {
    const swap = sales(fulfilled({ ...listing, consideration: [tokenTo(9n, seller)] }))
    expect(swap).toMatchObject([{ details: { side: 'swap', price: null, currency: null, bundleSize: 2 } }])
  })

  test('in several currencies has no price, and its payouts say their currency', () => {
    const consideration: readonly Received[] = [
      [0, zero, 0n, 1n, seller],
      [1, weth, 0n, 2n, seller],
    ]
    expect(sales(fulfilled({ ...listing, consideration }))[0]?.details).toMatchObject({
      price: null,
      currency: null,
      payouts: [
        { to: seller, amount: '1', currency: zero },
        { to: seller, amount: '2', currency: weth },
      ],
    })
  })

  test('that pays in another currency too has only what is of its price as fees and royalties', () => {
    const openSea = '0x0000a26b00c1f0df003000390027140000faa719'
    const consideration: readonly Received[] = [
      ...offer.consideration,
      [1, weth, 0n, 2n, openSea],
      [0, zero, 0n, 1000n, fees],
    ]
    const [sale] = sales(fulfilled({ ...offer, consideration }))
    expect(sale?.details).toMatchObject({ price: '50', currency: weth, fees: '2', royalties: '5' })
    expect(sale?.details).toMatchObject({ payouts: [{}, {}, { amount: '1000', currency: zero }] })
  })

  test('without any token, or of a fork of Seaport, is nothing', () => {
    expect(sales(fulfilled({ ...listing, offer: [[1, weth, 0n, 1n]] }))).toEqual([])
    const fork = fulfilled({ ...listing, at: nft, offer: [[6, nft, 1n, 1n]] })
    expect(parseEvm([fork])).toEqual({ facts: [], failures: [] })
  })

  test('with an item type that Seaport does not have is a failure', () => {
    const { facts, failures } = parseEvm([fulfilled({ ...listing, offer: [[6, nft, 1n, 1n]] })])
    expect(facts).toEqual([])
    expect(failures[0]?.reason).toContain('item type 6')
  })
})

describe('matched orders are one sale', () => {
  test('the order of the caller is the mirror', () => {
    const mirror = { ...offer, recipient: buyer }
    const counted = { ...listing, recipient: buyer }
    expect(sales(fulfilled(counted), fulfilled(mirror), matched(1, 2))).toMatchObject([
      { from: seller, to: buyer, details: { order: hash(1), price: '100', matchedOrders: [hash(1), hash(2)] } },
    ])
  })

  test('when somebody else matches them, seller and buyer are still theirs', () => {
    const both = [fulfilled({ ...listing, recipient: matcher }), fulfilled({ ...offer, recipient: matcher })]
    expect(sales(...both, matched(1, 2))).toMatchObject([{ from: seller, to: buyer, details: { side: 'listing' } }])
  })

  test('fees are those of both orders of a pair, whichever is the mirror', () => {
    const openSea = '0x0000a26b00c1f0df003000390027140000faa719'
    const asks: OrderSpec = {
      ...listing,
      recipient: seller,
      consideration: [
        [1, weth, 0n, 90n, seller],
        [1, weth, 0n, 7n, openSea],
        [1, weth, 0n, 3n, fees],
      ],
    }
    const pays: OrderSpec = {
      ...offer,
      recipient: seller,
      offer: [[1, weth, 0n, 100n]],
      consideration: [tokenTo(7n, buyer)],
    }
    expect(sales(fulfilled(asks), fulfilled(pays), matched(1, 2))).toMatchObject([
      {
        from: seller,
        to: buyer,
        details: {
          side: 'offer',
          order: hash(2),
          marketplace: 'opensea',
          price: '100',
          fees: '7',
          royalties: '3',
          payouts: [],
        },
      },
    ])
  })

  test('a pair is worth the same whoever matches it: what both orders pay to seller, marketplace and creators', () => {
    const openSea = '0x0000a26b00c1f0df003000390027140000faa719'
    const worth = (caller: `0x${string}`, at = market) => {
      const asks: OrderSpec = { ...listing, at, recipient: caller, consideration: [[1, weth, 0n, 88n, seller]] }
      const pays: OrderSpec = {
        ...{ ...offer, at, recipient: caller, offer: [[1, weth, 0n, 100n]] },
        consideration: [tokenTo(7n, buyer), [1, weth, 0n, 9n, openSea], [1, weth, 0n, 3n, fees]],
      }
      return sales(fulfilled(asks), fulfilled(pays), ...(at === market ? [matched(1, 2)] : []))
    }
    for (const found of [worth(seller), worth(buyer), worth(matcher), worth(zero, market11)]) {
      const money = { price: '100', currency: weth, fees: '9', royalties: '3' }
      expect(found).toMatchObject([{ from: seller, to: buyer, details: money }])
    }
  })

  test('tokens for tokens are one swap of the two who gave them', () => {
    const swap: OrderSpec = { ...listing, consideration: [tokenTo(9n, seller)] }
    const back: OrderSpec = {
      ...listing,
      n: 2,
      offerer: buyer,
      offer: [token(9n)],
      consideration: [tokenTo(7n, buyer)],
    }
    for (const recipient of [seller, buyer, matcher]) {
      const found = sales(...[swap, back].map((spec) => fulfilled({ ...spec, recipient })), matched(1, 2))
      const parties = recipient === seller ? { from: buyer, to: seller } : { from: seller, to: buyer }
      expect(found).toMatchObject([{ ...parties, details: { side: 'swap', bundleSize: 2 } }])
    }
  })

  test('1.1 names no recipient and no match: the orders of the transaction belong together', () => {
    const both = [listing, offer].map((spec) => fulfilled({ ...spec, at: market11, recipient: zero }))
    expect(sales(...both)).toMatchObject([{ from: seller, to: buyer, details: { protocol: 'seaport-1.1' } }])
  })

  test('two listings that one offer takes are two sales', () => {
    const erc1155 = (n: number, amount: bigint): OrderSpec => ({
      ...listing,
      n,
      offer: [[3, nft, 7n, amount]],
      recipient: buyer,
    })
    const taking: OrderSpec = { ...offer, n: 3, recipient: buyer, consideration: [[3, nft, 7n, 5n, buyer]] }
    const found = sales(fulfilled(erc1155(1, 2n)), fulfilled(erc1155(2, 3n)), fulfilled(taking), matched(1, 2, 3))
    expect(found.map(({ quantity }) => quantity)).toEqual([2n, 3n])
  })

  test('two matches of one transaction are two sales', () => {
    const other = (spec: OrderSpec): OrderSpec => ({ ...spec, n: spec.n + 10, recipient: matcher })
    const events = [
      ...[fulfilled({ ...listing, recipient: matcher }), fulfilled({ ...offer, recipient: matcher }), matched(1, 2)],
      ...[fulfilled(other(listing)), fulfilled(other(offer)), matched(11, 12)],
    ]
    expect(sales(...events)).toHaveLength(2)
  })

  test('an order that is in two matches of one transaction is sold in each of them, and counted once in each', () => {
    const units = (amount: bigint): OrderSpec => ({ ...listing, offer: [[3, nft, 7n, amount]], recipient: matcher })
    const taking = (n: number, to: `0x${string}`, amount: bigint): OrderSpec => ({
      ...{ ...offer, n, offerer: to, recipient: matcher },
      consideration: [[3, nft, 7n, amount, to]],
    })
    const found = sales(
      ...[fulfilled(units(2n)), fulfilled(taking(2, buyer, 2n)), matched(1, 2)],
      ...[fulfilled(units(3n)), fulfilled(taking(3, fees, 3n)), matched(1, 3)],
    )
    expect(found).toMatchObject([
      { from: seller, to: buyer, quantity: 2n, details: { order: hash(1), matchedOrders: [hash(1), hash(2)] } },
      { from: seller, to: fees, quantity: 3n, details: { order: hash(1), matchedOrders: [hash(1), hash(3)] } },
    ])
  })

  test('an order that is filled alone, and then in a match, is sold in both', () => {
    const units = (amount: bigint, recipient: `0x${string}`): OrderSpec => {
      return { ...listing, offer: [[3, nft, 7n, amount]], recipient }
    }
    const taking = (n: number, amount: bigint): OrderSpec => {
      return { ...offer, n, recipient: matcher, consideration: [[3, nft, 7n, amount, buyer]] }
    }
    const [alone, met] = sales(
      ...[fulfilled(units(2n, fees)), fulfilled(units(3n, matcher)), fulfilled(taking(2, 3n)), matched(1, 2)],
    )
    expect(alone).toMatchObject({ to: fees, quantity: 2n })
    expect(alone?.details).not.toHaveProperty('matchedOrders')
    expect(met).toMatchObject({ to: buyer, quantity: 3n, details: { matchedOrders: [hash(1), hash(2)] } })
    const twice = [units(2n, matcher), units(3n, matcher), taking(2, 5n)].map(fulfilled)
    const matchedOrders = [hash(1), hash(1), hash(2)]
    expect(sales(...twice, matched(1, 1, 2))).toMatchObject([
      { quantity: 2n, details: { matchedOrders } },
      { quantity: 3n, details: { matchedOrders } },
    ])
  })

  test('an order of the same hash at another version of Seaport is another order', () => {
    const elsewhere = fulfilled({ ...listing, at: market15, recipient: fees })
    const events = [
      fulfilled({ ...listing, recipient: matcher }),
      fulfilled({ ...offer, recipient: matcher }),
      elsewhere,
    ]
    expect(sales(...events, matched(1, 2)).map(({ to }) => to)).toEqual([buyer, fees])
  })

  test('a mirror that several orders meet is filled once', () => {
    const mirror: OrderSpec = { ...listing, offer: [[3, nft, 7n, 5n]], recipient: seller }
    const taking = (n: number, amount: bigint): OrderSpec => {
      return { ...offer, n, recipient: seller, consideration: [[3, nft, 7n, amount, buyer]] }
    }
    const found = sales(fulfilled(mirror), fulfilled(taking(2, 2n)), fulfilled(taking(3, 3n)), matched(1, 2, 3))
    const fills = found.flatMap(({ details }) => (details as SaleDetails).fills)
    expect(fills.toSorted((a, b) => (a.order < b.order ? -1 : 1))).toEqual([
      { order: hash(1), quantity: '5' },
      { order: hash(2), quantity: '2' },
      { order: hash(3), quantity: '3' },
    ])
  })

  test('an order without a buyer takes the one who received the token', () => {
    const alone = fulfilled({ ...listing, at: market11, recipient: zero })
    expect(sales(alone, moved(nft, 7n, seller, buyer))).toMatchObject([{ to: buyer, details: { buyer } }])
    const through = [moved(nft, 7n, seller, matcher), moved(nft, 7n, matcher, buyer)]
    expect(sales(alone, ...through)).toMatchObject([{ to: buyer, details: { buyer } }])
  })
})

test('a listing that is validated on chain has its terms; offers give nothing', () => {
  const item = '(uint8, address, uint256, uint256, uint256)'
  const abi = parseAbiParameters(
    `bytes32, (address, address, ${item}[], (uint8, address, uint256, uint256, uint256, address)[], uint8, uint256, uint256, bytes32, uint256, bytes32, uint256)`,
  )
  const parameters = (offered: readonly (readonly [number, `0x${string}`, bigint, bigint, bigint])[]) =>
    encodeAbiParameters(abi, [
      hash(9),
      [seller, zero, offered, [[0, zero, 0n, 100n, 80n, seller]], 1, 1_000n, 2_000n, hash(0), 5n, hash(3), 1n],
    ])
  const { facts, failures } = parseEvm([
    event(market, [topics.ORDER_VALIDATED], parameters([[3, nft, 7n, 4n, 4n]])),
    event(market, [topics.ORDER_VALIDATED], parameters([7n, 8n].map((id) => [2, nft, id, 1n, 1n] as const))),
    event(market, [topics.ORDER_VALIDATED], parameters([nft, weth].map((at) => [2, at, 7n, 1n, 1n] as const))),
    event(market, [topics.ORDER_VALIDATED], parameters([[1, weth, 0n, 4n, 4n]])),
    event(market, [topics.ORDER_VALIDATED], parameters([[5, nft, 0n, 4n, 4n]])),
  ])
  expect(failures).toEqual([])
  expect(facts).toMatchObject([
    {
      kind: 'list',
      standard: 'erc1155',
      contract: nft,
      tokenId: 7n,
      from: seller,
      to: null,
      quantity: 4n,
      details: { order: hash(9), price: '100', endPrice: '80', currency: zero, startsAt: 1000, endsAt: 2000 },
    },
    { kind: 'list', contract: nft, tokenId: null, quantity: 2n, details: { bundleSize: 2 } },
    { kind: 'list', contract: null, tokenId: null, quantity: 2n, details: { bundleSize: 2 } },
  ])
})
