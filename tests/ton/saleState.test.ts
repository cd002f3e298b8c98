import { readFileSync } from 'node:fs'
import { Cell } from '@ton/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
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

test('six families are recorded, and other code is no sale whatever its data', () => {
  expect(new Set(sales.map(({ code_hash }) => code_hash)).size).toBe(6)
  const [first] = sales
  expect(readSaleState('00'.repeat(32), cellOf(first?.data_boc ?? ''))).toBeNull()
})

test('data that the code would not have written is no sale', () => {
  for (const { code_hash } of sales) expect(readSaleState(code_hash, Cell.EMPTY)).toBeNull()
})
