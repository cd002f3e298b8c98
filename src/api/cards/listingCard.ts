import { z } from 'zod'
import { address, count, decimal, friendly, height, id, time } from '../fields.js'
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
    quantity: decimal.meta({ examples: ['1'] }),
    price: decimal
      .nullable()
      .meta({ description: 'In the smallest unit of the currency', examples: ['2500000000000000000'] }),
    currency: address.nullable().meta({
      description: 'Contract of the currency; the zero address is the native one',
      examples: ['0x0000000000000000000000000000000000000000'],
    }),
    currency_decimals: count.nullable().meta({ examples: [18] }),
    marketplace: z.string().meta({ examples: ['seaport'] }),
    source: z.string().meta({ description: 'What the listing is known from', examples: ['onchain'] }),
    starts_at: time.nullable(),
    ends_at: time.nullable(),
    last_block: height.meta({ description: 'Block of the last event of the listing' }),
    finality_status: finalityStatus,
  })
  .meta({ id: 'ListingCard', description: 'An offer to sell' })
