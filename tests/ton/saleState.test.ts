import { readFileSync } from 'node:fs'
import { Address, beginCell, Cell, Dictionary } from '@ton/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { afterMessage } from '../../src/ingest/ton/saleHistory.js'
import { readSaleState, shareOf } from '../../src/ingest/ton/saleState.js'

/*
 * Data cells of real mainnet contracts, against what the contracts' own get-methods gave for them.
 */

const states = z.object({
  contracts: z.array(
    z.object({
      family: z.string(),
      code_hash: z.string(),
      data_boc: z.string(),
      get_methods: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.null()]))),
    }),
  ),
})
const file = new URL('../../../shared/mainnet/ton/contract-states.json', import.meta.url)
const { contracts } = states.parse(JSON.parse(readFileSync(file, 'utf8')))
const sales = contracts.filter(({ family }) => family.startsWith('getgems'))
const cellOf = (boc: string): Cell => Cell.fromBoc(Buffer.from(boc, 'hex'))[0] ?? Cell.EMPTY
const positive = (value: string | null | undefined): string | null =>
  value === '0' || value === undefined ? null : value

describe('the state of a sale contract is what its get-method says', () => {
  test.each(sales.map((contract) => [contract.family, contract] as const))('%s', (_, contract) => {
    const said = contract.get_methods['get_sale_data'] ?? contract.get_methods['get_fix_price_data_v4'] ?? {}
    const state = readSaleState(contract.code_hash, cellOf(contract.data_boc))
    const isAuction = contract.family.includes('auction')
    expect(state).toMatchObject({
      kind: isAuction ? 'auction' : 'fixed',
      marketplace: said['marketplace'],
      nft: said['nft'],
      owner: said['nft_owner'],
      complete: (isAuction ? said['end'] : said['is_complete']) === '-1',
      price: positive(isAuction ? said['max_bid'] : said['full_price']),
      lastBid: positive(said['last_bid']),
      minBid: said['min_bid'] ?? null,
      endsAt: said['end_time'] === undefined ? null : Number(said['end_time']),
      fee: { to: said['marketplace_fee_address'] ?? said['fee_address'] },
      royalty: { to: said['royalty_address'] },
    })
    const price = BigInt(said['full_price'] ?? '100')
    const [fee, royalty] = [state?.fee, state?.royalty].map((share) => share && shareOf(share, price))
    const percent = (name: string, base: bigint): bigint => (price * BigInt(said[name] ?? '0')) / base
    if (said['marketplace_fee'] !== undefined) {
      expect([fee, royalty]).toEqual([BigInt(said['marketplace_fee'] ?? 0), BigInt(said['royalty_amount'] ?? 0)])
    } else if (isAuction) {
      expect([fee, royalty]).toEqual([percent('mp_fee_factor', 100n), percent('royalty_fee_factor', 100n)])
    } else {
      expect([fee, royalty]).toEqual([
        percent('fee_percent_x1000', 100_000n),
        percent('royalty_percent_x1000', 100_000n),
      ])
    }
  })
})

const address = (byte: number): Address => new Address(0, Buffer.alloc(32, byte))

/** A sale of version 4 that takes the jettons of a dictionary. */
function inJettons(prices: Cell) {
  const constant = beginCell().storeAddress(address(1)).storeAddress(address(2)).storeUint(5000, 17).storeUint(2000, 17)
  const parties = beginCell().storeBit(0).storeAddress(address(3)).storeAddress(address(4))
  const data = parties.storeCoins(0).storeUint(0, 32 + 64)
  const rest = data.storeRef(constant.storeAddress(address(5)).storeUint(1, 32)).storeMaybeRef(prices)
  return readSaleState('6b95a6418b9c9d2359045d1e7559b8d549ae0e506f24caab58fa30c8fb1feb86', rest.endCell())
}

test('of a sale in more jettons than anybody takes the first prices are kept', () => {
  const prices = Dictionary.empty(Dictionary.Keys.BigUint(256), {
    serialize: (price: bigint, builder) => void builder.storeCoins(price).storeAddress(address(7)),
    parse: (slice) => slice.loadCoins(),
  })
  for (let wallet = 1n; wallet <= 500n; wallet += 1n) prices.set(wallet, wallet)
  const state = inJettons(beginCell().storeDictDirect(prices).endCell())
  expect(state).toMatchObject({ jettons: true, price: null, nft: address(5).toRawString() })
  expect(state?.jettonPrices?.map(({ price }) => price)).toEqual(Array.from({ length: 16 }, (_, n) => `${n + 1}`))
})

test('a sale in more jettons than there is time to count is read at once', () => {
  let prices = beginCell().storeUint(0, 2).storeCoins(9).storeAddress(address(7)).endCell()
  for (let bit = 0; bit < 256; bit += 1) {
    prices = beginCell().storeUint(0, 2).storeRef(prices).storeRef(prices).endCell()
  }
  expect(inJettons(prices)?.jettonPrices).toHaveLength(16)
})

describe('an offer, as its source lays it out (getgems-io/nft-contracts, nft-offer-v1r3)', () => {
  const at = (byte: string): string => `0:${byte.repeat(32)}`
  const [market, nft, maker, minter] = [at('99'), at('11'), at('bb'), at('70')]
  const address = (raw: string): Address => Address.parse(raw)
  const shares = beginCell().storeAddress(address(market)).storeUint(5, 32).storeUint(100, 32)
  const fees = shares.storeAddress(address(minter)).storeUint(2, 32).storeUint(100, 32).endCell()
  const offer = ({ isComplete = false, isToBeDeployed = false } = {}) => {
    const times = beginCell().storeBit(isComplete).storeUint(1, 32).storeUint(1_900_000_000, 32).storeUint(0, 32)
    const parties = times.storeAddress(address(market)).storeAddress(address(nft)).storeAddress(address(maker))
    const data = parties.storeCoins(3n).storeRef(fees).storeBit(isToBeDeployed).endCell()
    return readSaleState('6e5d667fa6efa8187c6d029efd4015601232fd2e36c291dbc346dedab6dc8024', data)
  }

  test('has what was paid in as its price, once that was paid in', () => {
    expect(offer()).toMatchObject({
      ...{ protocol: 'getgems-offer-v1r3', kind: 'offer', marketplace: market, nft, owner: maker },
      ...{ complete: false, price: '3', jettons: false, endsAt: 1_900_000_000 },
      ...{ fee: { to: market, factor: 5, base: 100 }, royalty: { to: minter, factor: 2, base: 100 } },
    })
    expect(offer({ isComplete: true })).toMatchObject({ complete: true, price: '3' })
    expect(offer({ isToBeDeployed: true })).toMatchObject({ price: null })
  })

  test('is deployed with its price, raised by who made it, and ended by that account, the marketplace, or time', () => {
    const begun = offer({ isToBeDeployed: true })
    if (begun === null) throw new Error('the offer was not read')
    const message = (source: string | null, value: string, body: Cell | null) => ({
      ...{ source, destination: at('0f'), value },
      body: body === null ? null : body.toBoc().toString('hex'),
    })
    const comment = (text: string): Cell => beginCell().storeUint(0, 32).storeStringTail(text).endCell()
    const op = (code: number): Cell => beginCell().storeUint(code, 32).storeUint(0, 64).endCell()
    const open = afterMessage(begun, message(maker, '2000', null))
    expect(open).toMatchObject({ price: '2000', complete: false })
    expect(afterMessage(open, message(maker, '500', comment('more')))).toMatchObject({ price: '2500', complete: false })
    for (const ignored of [
      message(minter, '500', comment('more')),
      message(maker, '500', null),
      message(nft, '1', op(9)),
    ]) {
      expect(afterMessage(open, ignored)).toEqual(open)
    }
    for (const end of [
      message(maker, '1', comment('cancel')),
      message(market, '1', op(3)),
      message(null, '0', comment('')),
    ]) {
      expect(afterMessage(open, end)).toEqual({ ...open, complete: true })
    }
  })
})

test('six families are recorded, and other code is no sale whatever its data', () => {
  expect(new Set(sales.map(({ code_hash }) => code_hash)).size).toBe(6)
  const [first] = sales
  expect(readSaleState('00'.repeat(32), cellOf(first?.data_boc ?? ''))).toBeNull()
})

test('data that the code would not have written is no sale', () => {
  for (const { code_hash } of sales) expect(readSaleState(code_hash, Cell.EMPTY)).toBeNull()
})
