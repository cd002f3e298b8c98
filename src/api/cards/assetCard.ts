import { z } from 'zod'
import { standards } from '../../core/events.js'
import { address, count, dataStatus, decimal, friendly, height, id, time } from '../fields.js'
import { finalityStatus } from '../finality.js'
import { bestListing, lastSale } from './marketCard.js'

const text = z.string().nullable()

/** What the metadata of an asset says, as its document has it: no fact of the chain. */
export const itemMetadata = z
  .object({
    name: text.meta({ examples: ['Ticket #42'] }),
    description: text.meta({ examples: ['A ticket'] }),
    image: text.meta({
      description: 'As the document names it: an http, https, ipfs, ar or data:image URL',
      examples: ['ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/42.png'],
    }),
    animation_url: text.meta({ examples: [null] }),
    external_url: text.meta({ examples: [null] }),
    attributes: z.array(
      z.object({
        trait_type: text.meta({ examples: ['Seat'] }),
        value: z.union([z.string(), z.number(), z.boolean()]).meta({ examples: ['12A'] }),
        display_type: text.meta({ examples: [null] }),
      }),
    ),
    uri: text.meta({
      description: 'Where the contract says that the document is; its first 2,000 characters',
      examples: ['ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/42'],
    }),
    fetched_at: time.meta({ description: 'When the document first said this' }),
  })
  .meta({ id: 'ItemMetadata', description: 'What the metadata of an asset says; its maker can change it at any time' })

/** What is said of an asset wherever one appears. */
export const assetBase = {
  asset_id: id,
  network: z.string().meta({ examples: ['polygon'] }),
  collection_id: id.nullable().meta({ description: 'null for an item without a collection' }),
  contract: address.nullable().meta({ description: 'Address of the collection' }),
  contract_friendly: friendly,
  token_id: decimal.nullable().meta({ description: 'null while it is not known' }),
  address: address.nullable().meta({
    description: 'Address of the asset itself, where an asset is a contract of its own (TON)',
    examples: [null],
  }),
  address_friendly: friendly,
  standard: z.enum(standards).meta({ examples: ['erc721'] }),
  is_stub: z.boolean().meta({ description: 'Metadata is not known yet', examples: [false] }),
  metadata: itemMetadata.nullable().meta({ description: 'null while it is not known, or not read for this network' }),
  history_complete: z.boolean().meta({
    description: 'Whether all events of the asset since its first are indexed; if not, owners and supply may lack some',
    examples: [true],
  }),
  derivable: z.boolean().meta({
    description:
      'false: the contract of its collection changes who holds what without telling by events; owners and quantities are what the events say',
    examples: [true],
  }),
  data_status: dataStatus,
  last_block: height.meta({ description: 'Block of the last event of the asset' }),
  last_event_at: time,
  finality_status: finalityStatus,
}

export const assetCard = z
  .object({
    ...assetBase,
    owner: address.nullable().meta({ description: 'The one owner; null if several are possible (erc1155), or burned' }),
    owner_friendly: friendly,
    owners: count.meta({ description: 'Number of accounts that hold it; 0 when burned' }),
    supply: decimal.meta({ description: 'Quantity that exists', examples: ['1'] }),
    last_sale: lastSale.nullable(),
    best_listing: bestListing.nullable(),
  })
  .meta({ id: 'AssetCard', description: 'An asset, as of the block of the answer' })

export const portfolioAsset = z
  .object({
    ...assetBase,
    quantity: decimal.meta({ description: 'How much of it the account holds', examples: ['1'] }),
  })
  .meta({ id: 'PortfolioAsset', description: 'An asset that an account holds' })

export const assetOwner = z
  .object({
    account_address: address,
    account_address_friendly: friendly,
    quantity: decimal.meta({ examples: ['1'] }),
    finality_status: finalityStatus,
  })
  .meta({ id: 'AssetOwner', description: 'A holding of an asset; as final as the last event of the asset' })
