import { z } from 'zod'
import { address, count, decimal, friendly, hash, height, id, time } from '../fields.js'
import { finalityStatus } from '../finality.js'

export const listingCard = z
  .object({
    listing_id: id,
    network: z.string().meta({ examples: ['polygon'] }),
    collection_id: id.nullable(),
    asset_id: id.nullable().meta({ description: 'null when the listing names no single asset' }),
    token_id: decimal.nullable(),
    seller: address,
    seller_friendly: friendly,
    quantity: decimal.meta({ description: 'Units of the whole order', examples: ['1'] }),
    available: decimal.meta({
      description:
        'Units that can be bought: what is left, as far as the seller has it at the block of the answer. Not covered by finality_status',
      examples: ['1'],
    }),
    bundle_size: count.meta({ description: 'Above 1: several assets that are sold together', examples: [1] }),
    price: decimal.nullable().meta({
      description: 'Of the whole order, in the smallest unit of the currency',
      examples: ['2500000000000000000'],
    }),
    unit_price: decimal.nullable().meta({
      description: 'Price of one unit, rounded up; null for bundles, moving prices, auctions and private sales',
      examples: ['2500000000000000000'],
    }),
    end_price: decimal
      .nullable()
      .meta({ description: 'The price moves evenly to this one at ends_at', examples: [null] }),
    taker: address.nullable().meta({ description: 'Who alone may buy', examples: [null] }),
    taker_friendly: friendly,
    is_auction: z.boolean().meta({ examples: [false] }),
    min_bid: decimal.nullable().meta({ examples: [null] }),
    last_bid: decimal.nullable().meta({ examples: [null] }),
    holder_verified: z.boolean().meta({
      description: 'Whether it is known that the seller has the items; false where history starts too late to say',
      examples: [true],
    }),
    order: hash
      .nullable()
      .meta({ description: 'Order hash (EVM), or the address of the sale contract as bytes (TON)' }),
    market: address.nullable().meta({ description: 'Contract that settles the order' }),
    market_friendly: friendly,
    currency: address.nullable().meta({
      description: 'Contract of the currency; the zero address is the native one',
      examples: ['0x0000000000000000000000000000000000000000'],
    }),
    currency_friendly: friendly,
    currency_decimals: count.nullable().meta({ examples: [18] }),
    marketplace: z.string().meta({ examples: ['seaport'] }),
    source: z.string().meta({ description: 'What the listing is known from', examples: ['onchain'] }),
    starts_at: time.nullable(),
    ends_at: time.nullable(),
    last_block: height.meta({
      description:
        'Block of the last event of the order itself, of which finality_status is; transfers, which change what is available, do not count',
    }),
    finality_status: finalityStatus,
  })
  .meta({ id: 'ListingCard', description: 'An offer to sell' })
