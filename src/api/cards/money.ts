import { address, count, decimal, friendly } from '../fields.js'

/** An amount of money: never without its currency, and with decimals only where somebody has said them. */
export const money = {
  price: decimal.nullable().meta({
    description: 'In the smallest unit of the currency; null where there is none (swaps)',
    examples: ['2500000000000000000'],
  }),
  currency: address.nullable().meta({
    description: 'Contract of the currency; the zero address is the native one',
    examples: ['0x0000000000000000000000000000000000000000'],
  }),
  currency_friendly: friendly,
  currency_decimals: count.nullable().meta({
    description: 'null where they are not known: the price is then in the smallest unit and cannot be scaled',
    examples: [18],
  }),
}
