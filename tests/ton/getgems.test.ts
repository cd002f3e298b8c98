import { contractAddress } from '@ton/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fact } from '../../src/core/events.js'
import { saleBody, saleOf, transferBody } from '../../src/devnet/ton/contracts.js'
import {
  BUYER,
  CANCEL,
  COIN,
  changePrice,
  DEPLOY,
  deployWithJettons,
  type GetGems,
  jettonOf,
  MARKET,
  MINTER,
  mintJettons,
  openGetGems,
  payJettons,
  rescue,
  SELLER,
  saleInit,
} from './getgems.js'

let gems: GetGems

beforeEach(async () => {
  gems = await openGetGems('getgems')
})

afterEach(async () => {
  await gems.close()
})

const raw = (wallet: number): string => gems.wallet(wallet).toRawString()
const kinds = (facts: readonly Fact[]): string[] => facts.map(({ kind }) => kind)

/** Deploys a sale of the item and sends the item there. */
async function list(seller: number, price: bigint, salt = 0) {
  const init = saleInit(gems, { seller, price, salt })
  const sale = contractAddress(0, init)
  const facts = await gems.happens(
    { wallet: MARKET, to: sale, value: COIN / 10n, init, body: DEPLOY },
    { wallet: seller, to: gems.item, value: COIN / 2n, body: transferBody(sale, gems.wallet(seller), 0n) },
  )
  return { sale, order: sale.toRawString(), facts }
}

test('GetGems v4: listed, repriced, sold for the new price, listed again and cancelled', async () => {
  const { sale, order, facts } = await list(SELLER, 3n * COIN)
  expect(facts).toMatchObject([
    { kind: 'transfer', from: raw(SELLER), to: order },
    {
      ...{ kind: 'list', from: raw(SELLER) },
      details: { protocol: 'getgems-sale-v4', price: `${3n * COIN}`, holder: order },
    },
  ])

  const body = changePrice(2n * COIN)
  expect(await gems.happens({ wallet: SELLER, to: sale, value: COIN / 10n, body })).toMatchObject([
    { kind: 'list', from: raw(SELLER), details: { price: `${2n * COIN}`, order } },
  ])

  const sold = await gems.happens({ wallet: BUYER, to: sale, value: 2n * COIN + COIN / 2n })
  expect(sold).toMatchObject([
    { kind: 'transfer', from: order, to: raw(BUYER) },
    {
      ...{ kind: 'sale', from: raw(SELLER), to: raw(BUYER) },
      details: { price: `${2n * COIN}`, fees: '100000000', royalties: '40000000', marketplace: 'getgems-sale-v4' },
    },
  ])
  expect(await gems.holder()).toBe(raw(BUYER))

  const { sale: second } = await list(BUYER, 5n * COIN)
  const cancelled = await gems.happens({ wallet: BUYER, to: second, value: COIN / 2n, body: CANCEL })
  expect(cancelled).toMatchObject([
    { kind: 'transfer', from: second.toRawString(), to: raw(BUYER) },
    { kind: 'cancel', from: raw(BUYER), details: { order: second.toRawString() } },
  ])
})

test('sold for a jetton: the price is the jetton’s, in the listing and in the sale, with its shares', async () => {
  const jetton = jettonOf(gems.wallet(MINTER))
  const mint = mintJettons(gems.wallet(BUYER), 900_000_000n)
  await gems.happens({ wallet: MINTER, to: jetton.master, value: COIN, init: jetton.init, body: mint })
  const init = saleInit(gems, { seller: SELLER, price: 0n })
  const sale = contractAddress(0, init)
  const prices = [{ wallet: jetton.walletOf(sale), master: jetton.master, price: 25_000_000n }]
  const body = deployWithJettons(gems.wallet(MINTER), prices)
  const listed = await gems.happens(
    { wallet: MARKET, to: sale, value: COIN / 10n, init, body },
    { wallet: SELLER, to: gems.item, value: COIN / 2n, body: transferBody(sale, gems.wallet(SELLER), 0n) },
  )
  const currency = jetton.master.toRawString()
  expect(listed[1]).toMatchObject({
    ...{ kind: 'list', from: raw(SELLER) },
    details: { price: '25000000', currency, market: raw(MINTER) },
  })

  const dearer = changePrice(0n, [{ ...prices[0], price: 30_000_000n } as (typeof prices)[number]])
  expect(await gems.happens({ wallet: SELLER, to: sale, value: COIN / 10n, body: dearer })).toMatchObject([
    { kind: 'list', details: { price: '30000000', currency } },
  ])

  const pay = payJettons(sale, 31_000_000n, gems.wallet(BUYER))
  const sold = await gems.happens({ wallet: BUYER, to: jetton.walletOf(gems.wallet(BUYER)), value: COIN, body: pay })
  expect(sold).toMatchObject([
    { kind: 'transfer', from: sale.toRawString(), to: raw(BUYER) },
    {
      ...{ kind: 'sale', from: raw(SELLER), to: raw(BUYER) },
      details: { price: '30000000', currency, fees: '1500000', royalties: '600000', market: raw(MINTER) },
    },
  ])
  expect(await gems.holder()).toBe(raw(BUYER))
})

test('where TON and jettons are taken, the sale is in what was paid', async () => {
  const jetton = jettonOf(gems.wallet(MINTER))
  const mint = mintJettons(gems.wallet(SELLER), 900_000_000n)
  await gems.happens({ wallet: MINTER, to: jetton.master, value: COIN, init: jetton.init, body: mint })
  const priced = async (seller: number, salt: number) => {
    const { sale, facts } = await list(seller, 3n * COIN, salt)
    const prices = [{ wallet: jetton.walletOf(sale), master: jetton.master, price: 7n }]
    const body = changePrice(2n * COIN, prices)
    return { sale, facts, repriced: await gems.happens({ wallet: seller, to: sale, value: COIN / 10n, body }) }
  }
  const native = `0:${'0'.repeat(64)}`
  const first = await priced(SELLER, 1)
  expect(first.repriced).toMatchObject([{ details: { price: `${2n * COIN}`, currency: native } }])
  const inCoins = await gems.happens({ wallet: BUYER, to: first.sale, value: 3n * COIN })
  expect(inCoins[1]).toMatchObject({ kind: 'sale', details: { price: `${2n * COIN}`, currency: native } })

  const second = await priced(BUYER, 2)
  const body = payJettons(second.sale, 7n, gems.wallet(SELLER))
  const inJettons = await gems.happens({ wallet: SELLER, to: jetton.walletOf(gems.wallet(SELLER)), value: COIN, body })
  expect(inJettons[1]).toMatchObject({
    ...{ kind: 'sale', from: raw(BUYER), to: raw(SELLER) },
    details: { price: '7', currency: jetton.master.toRawString() },
  })
})

test('what a sale contract gives back after its sale is no second sale', async () => {
  const { sale, order } = await list(SELLER, 3n * COIN)
  const sold = await gems.happens({ wallet: BUYER, to: sale, value: 4n * COIN })
  expect(kinds(sold)).toEqual(['transfer', 'sale'])
  const back = transferBody(sale, gems.wallet(BUYER), 0n)
  expect(kinds(await gems.happens({ wallet: BUYER, to: gems.item, value: COIN / 2n, body: back }))).toEqual([
    'transfer',
  ])
  const body = rescue(gems.item, gems.wallet(BUYER))
  gems.pass(11 * 60)
  const rescued = await gems.happens({ wallet: MARKET, to: sale, value: COIN, body })
  expect(rescued).toMatchObject([{ kind: 'transfer', from: order, to: raw(BUYER) }])
  expect(await gems.holder()).toBe(raw(BUYER))
  expect((await gems.readLate()).at(-1)).toEqual(rescued)
})

test('an item that is there before its sale contract is listed with what is deployed then', async () => {
  const init = saleInit(gems, { seller: SELLER, price: 3n * COIN })
  const sale = contractAddress(0, init)
  await gems.happens({ wallet: BUYER, to: sale, value: COIN, bounce: false })
  const facts = await gems.happens(
    { wallet: SELLER, to: gems.item, value: COIN / 2n, body: transferBody(sale, gems.wallet(SELLER), 0n) },
    { wallet: MARKET, to: sale, value: COIN / 10n, init, body: DEPLOY },
  )
  expect(facts).toMatchObject([
    { kind: 'transfer' },
    { kind: 'list', details: { price: `${3n * COIN}`, holder: sale.toRawString() } },
  ])
})

test('who reads it all only at its end finds what was found at the time: prices, sellers, what was for sale', async () => {
  const live: Fact[][] = []
  const { sale, facts } = await list(SELLER, 3n * COIN)
  live.push(facts)
  for (const price of [2n * COIN, 4n * COIN, COIN]) {
    live.push(await gems.happens({ wallet: SELLER, to: sale, value: COIN / 10n, body: changePrice(price) }))
  }
  live.push(await gems.happens({ wallet: BUYER, to: sale, value: 2n * COIN }))
  const second = await list(BUYER, 6n * COIN)
  live.push(second.facts)
  live.push(await gems.happens({ wallet: BUYER, to: second.sale, value: COIN / 2n, body: CANCEL }))
  expect((await gems.readLate()).slice(1)).toEqual(live)
})

test('a basic sale that is deployed at its old address after it sold is another sale, also for who reads both late', async () => {
  const terms = { marketplace: gems.wallet(MARKET), item: gems.item, price: COIN, fee: 5n, royalty: 3n }
  const { address: sale, init } = saleOf({ ...terms, royaltyTo: gems.wallet(MINTER) })
  const trade = async (seller: number, buyer: number): Promise<Fact[][]> => [
    await gems.happens(
      { wallet: MARKET, to: sale, value: COIN / 10n, init },
      { wallet: seller, to: gems.item, value: COIN / 2n, body: transferBody(sale, gems.wallet(seller), COIN / 10n) },
    ),
    await gems.happens({ wallet: buyer, to: sale, value: 3n * COIN, body: saleBody(2) }),
  ]
  const live = [...(await trade(SELLER, BUYER)), ...(await trade(BUYER, SELLER))]
  expect(live.map(kinds)).toEqual([
    ['transfer', 'list'],
    ['transfer', 'sale'],
    ['transfer', 'list'],
    ['transfer', 'sale'],
  ])
  expect(live[3]?.[1]).toMatchObject({ from: raw(BUYER), to: raw(SELLER), details: { price: `${COIN}` } })
  // An account that is none: nothing but coins.
  live.push(await gems.happens({ wallet: BUYER, to: sale, value: COIN, bounce: false }))
  expect((await gems.readLate()).slice(1)).toEqual(live)
})
