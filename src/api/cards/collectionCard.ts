import { z } from 'zod'
import { standardConfidences, standards } from '../../core/standards.js'
import { address, count, dataStatus, decimal, friendly, height, id, time } from '../fields.js'
import { finalityStatus } from '../finality.js'
import { marketStats } from './marketCard.js'

export const collectionOwner = z
  .object({
    account_address: address,
    account_address_friendly: friendly,
    assets: count.meta({ description: 'How many assets of the collection it holds' }),
    quantity: decimal.meta({ description: 'How much of them in all', examples: ['1'] }),
    finality_status: finalityStatus,
  })
  .meta({ id: 'CollectionOwner', description: 'An account that holds assets of a collection' })

export const collectionCard = z
  .object({
    collection_id: id,
    network: z.string().meta({ examples: ['polygon'] }),
    contract: address.meta({ description: 'Address of the collection' }),
    contract_friendly: friendly,
    standard: z.enum(standards).meta({ description: 'What its events are', examples: ['erc721'] }),
    standard_confidence: z.enum(standardConfidences).meta({
      description:
        'What its contract itself says to that (EVM: ERC-165): unconfirmed: it was not asked yet; confirmed: it names the standard; contradicted: it does not',
      examples: ['confirmed'],
    }),
    derivable: z.boolean().meta({
      description:
        'false: its contract changes who holds what without telling by events; owners and quantities are what the events say, not what the contract says',
      examples: [true],
    }),
    name: z
      .string()
      .nullable()
      .meta({ examples: ['Rivers'] }),
    items: count.meta({ description: 'Assets that exist: minted and not burned' }),
    owners: count.meta({ description: 'Distinct accounts that hold any' }),
    supply: decimal.meta({ description: 'Sum of the quantities of all assets', examples: ['1'] }),
    is_stub: z.boolean().meta({ description: 'Metadata is not known yet', examples: [true] }),
    history_complete: z.boolean().meta({
      description: 'Whether all events since the deployment are indexed; if not, the numbers count what is indexed',
      examples: [true],
    }),
    data_status: dataStatus,
    last_block: height.meta({ description: 'Block of the last event of the collection' }),
    last_event_at: time,
    finality_status: finalityStatus,
  })
  .meta({ id: 'CollectionCard', description: 'A collection and its numbers, as of the block of the answer' })

/** The card of one collection: in lists, the market would cost a search per row. */
export const collectionWithMarket = collectionCard.extend({ market: marketStats }).meta({
  id: 'CollectionWithMarket',
  description: 'A collection, its numbers as of the block of the answer, and its market now',
})
