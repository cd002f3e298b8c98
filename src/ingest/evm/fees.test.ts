import { expect, test } from 'vitest'
import { marketplaceOf, splitFees } from './fees.js'

const seller = `0x${'51'.repeat(20)}`
const creator = `0x${'c0'.repeat(20)}`
const opensea = '0x0000a26b00c1f0df003000390027140000faa719'
const pays = (recipient: string, amount: bigint) => ({ recipient, amount })

test('with a known marketplace among the recipients, the rest of what the seller does not get is royalties', () => {
  const payments = [pays(seller, 90n), pays(opensea, 3n), pays(creator, 7n)]
  expect(splitFees(payments, seller)).toEqual({ fees: '3', royalties: '7' })
  expect(marketplaceOf(payments)).toBe('opensea')
})

test('without one, fees and royalties cannot be told apart and are not guessed', () => {
  const payments = [pays(seller, 90n), pays(creator, 10n)]
  expect(splitFees(payments, seller)).toEqual({ fees: null, royalties: null })
  expect(marketplaceOf(payments)).toBe('seaport')
})

test('where the seller gets everything there are none', () => {
  expect(splitFees([pays(seller, 90n)], seller)).toEqual({ fees: '0', royalties: '0' })
})
