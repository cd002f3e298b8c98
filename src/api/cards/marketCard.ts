import { z } from 'zod'
import { address, count, decimal, friendly, height, id, time } from '../fields.js'
import { money } from './money.js'

export const lastSale = z
  .object({
    ...money,
    quantity: decimal.meta({ examples: ['1'] }),
    sold_at: time,
    block_number: height,
    marketplace: z.string().meta({ examples: ['opensea'] }),
  })
  .meta({ id: 'LastSale', description: 'The last confirmed sale of the asset on its own' })

export const bestListing = z
  .object({
    ...money,
    listing_id: id,
    seller: address,
    seller_friendly: friendly,
    available: decimal.meta({ description: 'Units that can be bought', examples: ['1'] }),
    ends_at: time.nullable(),
    marketplace: z.string().meta({ examples: ['seaport'] }),
    source: z.string().meta({ description: 'What the listing is known from', examples: ['onchain'] }),
  })
  .meta({
    id: 'BestListing',
    description:
      'The open listing with the lowest price per unit: in the native currency if there is one, else in any. Covered by finality_status; that another listing ended is not',
  })

const amount = z
  .string()
  .regex(/^\d+$/)
  .meta({ description: 'In the smallest unit of the currency', examples: ['2500000000000000000'] })
const sold = count.meta({ description: 'Confirmed sales in the window, which ends now', examples: [3] })

const salesOfCurrency = z.object({
  currency: address.nullable().meta({
    description: 'null: sales without a price (swaps)',
    examples: ['0x0000000000000000000000000000000000000000'],
  }),
  currency_friendly: friendly,
  currency_decimals: money.currency_decimals,
  sales_24h: sold,
  volume_24h: amount,
  sales_7d: sold,
  volume_7d: amount,
  sales_30d: sold,
  volume_30d: amount,
  sales_all: sold,
  volume_all: amount,
})

/** Of which sources listings are known. */
export const coverage = z
  .object({
    onchain: z
      .boolean()
      .meta({ description: 'Orders that exist on chain: validated ones, sale contracts', examples: [true] }),
    opensea: z.boolean().meta({
      description: "OpenSea's orders, which are mere signatures: read with a key, and not too long ago",
      examples: [false],
    }),
  })
  .meta({
    description:
      'Where listings are read from. What is false here is missing: most Seaport listings are never put on chain',
  })

export const marketStats = z
  .object({
    coverage,
    listed: count.meta({ description: 'Assets that can be bought now at a price that stands' }),
    floors: z
      .array(z.object({ ...money, listing_id: id, asset_id: id }))
      .meta({ description: 'The lowest price per unit in each currency' }),
    sales: z
      .array(salesOfCurrency)
      .meta({ description: 'Sales and gross volume in each currency; currencies are not added up' }),
  })
  .meta({ id: 'MarketStats', description: 'What is for sale and what was sold of a collection, now' })
