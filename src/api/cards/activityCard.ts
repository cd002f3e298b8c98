import { z } from 'zod'
import { address, count, decimal, friendly, hash, height, id, time } from '../fields.js'
import { finalityStatus } from '../finality.js'
import { money } from './money.js'

export const activityItem = z
  .object({
    event_id: id.meta({
      description: 'Names the event, sale, listing or cancellation, in whatever block it is included',
    }),
    kind: z.enum(['mint', 'transfer', 'burn', 'sale', 'list', 'cancel']).meta({ examples: ['sale'] }),
    network: z.string().meta({ examples: ['polygon'] }),
    block_number: height,
    position: z.int().meta({ description: 'Order inside the block', examples: [12] }),
    sub_index: count.meta({ description: 'Order inside one event (a batch)', examples: [0] }),
    happened_at: time,
    tx_hash: hash.nullable().meta({ description: 'null where the event is not kept any more' }),
    asset_id: id.nullable().meta({ description: 'null for a bundle, and for an order that names no single asset' }),
    collection_id: id.nullable(),
    contract: address.nullable(),
    contract_friendly: friendly,
    token_id: decimal.nullable(),
    from: address.nullable().meta({ description: 'Giver, seller or maker; null for a mint' }),
    from_friendly: friendly,
    to: address.nullable().meta({ description: 'Taker or buyer; null for a burn, a listing and its cancellation' }),
    to_friendly: friendly,
    quantity: decimal,
    ...money,
    marketplace: z
      .string()
      .nullable()
      .meta({ examples: ['opensea'] }),
    bundle_size: count.meta({ description: 'Above 1: the price is of all items together', examples: [1] }),
    confirmed: z
      .boolean()
      .nullable()
      .meta({
        description: 'Of a sale: whether transfers of the same transaction show it. Others do not count in statistics',
        examples: [true],
      }),
    finality_status: finalityStatus,
  })
  .meta({ id: 'Activity', description: 'Something that happened' })
export type ActivityItem = z.infer<typeof activityItem>
