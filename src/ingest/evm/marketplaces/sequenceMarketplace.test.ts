import { encodeAbiParameters, keccak256, padHex, parseAbiParameters, toBytes, toHex } from 'viem'
import { expect, test } from 'vitest'
import type { RawEvent } from '../../../core/events.js'
import { detailsProblem, type SaleDetails } from '../../../core/market.js'
import { parseEvm } from '../parse.js'
import { TRANSFER, TRANSFER_SINGLE } from '../topics.js'
import { sequenceMarketplace } from './sequenceMarketplace.js'

const market = '0xfdb42a198a932c8d3b506ffa5e855bc4b348a712'
const token = `0x${'aa'.repeat(20)}` as const
const usdc = '0x3c499c542cef5e3811e1192ce70d8cc03d5c3359' as const
const seller = `0x${'51'.repeat(20)}` as const
const buyer = `0x${'b1'.repeat(20)}` as const
const order = `0x${'0'.repeat(62)}2a`
const [created = '', accepted = '', cancelled = '', invalidated = '', ofToken = ''] = sequenceMarketplace.topics
const word = (value: string) => padHex(value as `0x${string}`, { size: 32 })

let count = 0
function event(contract: string, topics: readonly string[], data: string): RawEvent {
  count += 1
  const payload = { topics, data, txIndex: 0 }
  return { sourceEventId: `e${count}`, blockNumber: 1, fork: 0, position: count, txHash: '0x1', contract, payload }
}

const request = (isListing: boolean, at = market) =>
  event(
    at,
    [created, word('0x2a'), word(seller), word(token)],
    encodeAbiParameters(parseAbiParameters('uint256, bool, uint256, address, uint256, uint256'), [
      ...([7n, isListing, 5n, usdc, 100n, 2_000n] as const),
    ]),
  )
const acceptance = event(
  market,
  [accepted, word('0x2a'), word(buyer), word(token)],
  encodeAbiParameters(parseAbiParameters('address, uint256, uint256'), [buyer, 2n, 3n]),
)
const transfer = event(
  token,
  [TRANSFER_SINGLE, word(market), word(seller), word(buyer)],
  encodeAbiParameters(parseAbiParameters('uint256, uint256'), [7n, 2n]),
)

test('the topics are those of the signatures', () => {
  const signatures = [
    'RequestCreated(uint256,address,address,uint256,bool,uint256,address,uint256,uint256)',
    'RequestAccepted(uint256,address,address,address,uint256,uint256)',
    'RequestCancelled(uint256,address)',
    'RequestsInvalidated(address,uint256)',
    'RequestsInvalidated(address,address,uint256)',
  ]
  expect(sequenceMarketplace.topics).toEqual(signatures.map((signature) => keccak256(toBytes(signature))))
})

test('a listing has its whole terms; an offer, and another contract with the same topic, give nothing', () => {
  const { facts, failures } = parseEvm([request(true), request(false), request(true, token)])
  expect(failures).toEqual([])
  expect(facts.map(detailsProblem)).toEqual([null])
  expect(facts).toMatchObject([
    {
      ...{ kind: 'list', contract: token, tokenId: 7n, quantity: 5n, from: seller },
      details: { order, marketplace: 'sequence', price: '500', currency: usdc, endsAt: 2_000, partial: true },
    },
  ])
})

test('an acceptance is a sale of the token that moved, before or after it, and fills its request in part', () => {
  for (const events of [
    [transfer, acceptance],
    [acceptance, transfer],
  ]) {
    const sales = parseEvm(events).facts.filter(({ kind }) => kind === 'sale')
    expect(sales.map(detailsProblem)).toEqual([null])
    expect(sales).toMatchObject([
      {
        ...{ contract: token, tokenId: 7n, from: seller, to: buyer, quantity: 2n },
        details: { order, price: null, confirmed: true, fills: [{ order, quantity: '2' }] },
      },
    ])
  }
  expect(parseEvm([acceptance]).facts).toEqual([])
})

test('the token that is sold is the one that moved in the accepted quantity, not another one on its way to the same buyer', () => {
  const gift = event(token, [TRANSFER, word(seller), word(buyer), word('0x9')], '0x')
  const sales = parseEvm([gift, transfer, acceptance]).facts.filter(({ kind }) => kind === 'sale')
  expect(sales).toMatchObject([{ tokenId: 7n, quantity: 2n, from: seller, to: buyer }])
})

test('each of several listings of one contract that are bought at once is a sale of a token of its own', () => {
  const bought = [7n, 8n, 9n].flatMap((id) => [
    event(token, [TRANSFER, word(seller), word(buyer), word(toHex(id))], '0x'),
    event(
      market,
      [accepted, word(toHex(id)), word(buyer), word(token)],
      encodeAbiParameters(parseAbiParameters('address, uint256, uint256'), [buyer, 1n, 0n]),
    ),
  ])
  const sales = parseEvm(bought).facts.filter(({ kind }) => kind === 'sale')
  expect(sales.map(({ tokenId }) => tokenId)).toEqual([7n, 8n, 9n])
  expect(sales.map(({ details }) => (details as SaleDetails).order)).toEqual(['0x7', '0x8', '0x9'].map(word))
})

test('an accepted offer is a sale by who accepted it, who may have got the token, and may have the money sent elsewhere', () => {
  const offered = (receiver: `0x${string}`) =>
    event(
      market,
      [accepted, word('0x2a'), word(seller), word(token)],
      encodeAbiParameters(parseAbiParameters('address, uint256, uint256'), [receiver, 1n, 0n]),
    )
  const gives = (from: string, to: string) => event(token, [TRANSFER, word(from), word(to), word('0x7')], '0x')
  const nobody = `0x${'00'.repeat(20)}`
  for (const receiver of [seller, usdc]) {
    const sales = parseEvm([gives(nobody, seller), gives(seller, buyer), offered(receiver)]).facts.filter(
      ({ kind }) => kind === 'sale',
    )
    expect(sales.map(detailsProblem)).toEqual([null])
    expect(sales).toMatchObject([
      { from: seller, to: buyer, tokenId: 7n, details: { order, side: 'offer', seller, buyer, price: null } },
    ])
  }
})

test('an account can void all its requests, and those for one contract alone', () => {
  const { facts, failures } = parseEvm([
    event(market, [invalidated, word(seller), word('0x9')], '0x'),
    event(market, [ofToken, word(seller), word(token), word('0x9')], '0x'),
  ])
  expect(failures).toEqual([])
  expect(facts.map(detailsProblem)).toEqual([null, null])
  const [all, some] = facts
  expect(all).toMatchObject({ kind: 'cancel_all', details: { market, maker: seller, counter: null } })
  expect(all?.details).not.toHaveProperty('contract')
  expect(some).toMatchObject({ kind: 'cancel_all', details: { market, maker: seller, contract: token } })
})

test('a cancellation names the request; truncated data is a failure with a reason', () => {
  expect(parseEvm([event(market, [cancelled, word('0x2a'), word(token)], '0x')]).facts).toMatchObject([
    { kind: 'cancel', details: { order } },
  ])
  const { facts, failures } = parseEvm([event(market, [created, word('0x2a'), word(seller), word(token)], '0x')])
  expect(facts).toEqual([])
  expect(failures[0]?.reason).toContain('ends before')
})
