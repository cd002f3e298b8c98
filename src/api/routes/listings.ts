import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listOf, responses } from '../answers.js'
import { listingCard } from '../cards/listingCard.js'
import { coverage } from '../cards/marketCard.js'
import { decodeCursor } from '../cursor.js'
import { amountInput, uuid } from '../fields.js'
import { type FinalPageQuery, finalPageQuery } from '../minFinality.js'
import type { NaturalKeys } from '../naturalKey.js'
import { pageOf } from '../page.js'
import type { ListingFilter, ListingQueries } from '../queries/listings.js'
import { assetParams, ITEM_PATH, itemParams, TOKEN_PATH, tokenParams } from './assets.js'
import { CONTRACT_PATH, collectionParams, contractParams } from './collections.js'
import { unknown } from './unknown.js'

const answer = listOf(listingCard).extend({ coverage })
const listingKey = z.tuple([amountInput.nullable(), uuid])

interface Dependencies {
  readonly listings: ListingQueries
  readonly keys: NaturalKeys
}

const schemaOf = <P extends z.ZodType>(operationId: string, summary: string, params: P) => ({
  schema: { operationId, summary, params, ...common },
})

const common = {
  tags: ['listings'],
  querystring: finalPageQuery,
  response: responses(
    'A page of its listings by the number in `price`, lowest first, whatever its currency; without a price last',
    answer,
    400,
    404,
  ),
}

/** Listings of an asset, and of a collection. */
export const listingRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { listings, keys }) => {
  const listingsOf = async (
    of: ListingFilter['of'],
    { id, name }: { readonly id: string | undefined; readonly name: string },
    { limit, cursor, min_finality: wanted }: FinalPageQuery,
  ) => {
    if (id === undefined) return unknown(name)
    const list = `${wanted} listings ${id}`
    const after = decodeCursor(cursor, list, listingKey)
    const filter = { of, id, onlyFinal: wanted === 'finalized' }
    const rows = await listings.page(filter, after && { value: after[0], id: after[1] }, limit)
    const page = pageOf(rows, { limit, list, key: (listing) => [listing.price, listing.listing_id] })
    return { ...(page ?? unknown(name)), coverage: { onchain: true, opensea: rows[0]?.coversOpensea === true } }
  }
  app.get(
    '/assets/:id/listings',
    schemaOf('listAssetListings', 'Listings of an asset; a bundle is in those of its collection', assetParams),
    async ({ params: { id }, query }) => await listingsOf('asset', { id, name: `asset ${id}` }, query),
  )
  app.get(
    `${TOKEN_PATH}/listings`,
    schemaOf('listTokenListings', 'Listings of an asset by its token id', tokenParams),
    async ({ params, query }) => await listingsOf('asset', await keys.asset(params), query),
  )
  app.get(
    `${ITEM_PATH}/listings`,
    schemaOf('listItemListings', 'Listings of an asset by its own address (TON)', itemParams),
    async ({ params, query }) => await listingsOf('asset', await keys.item(params), query),
  )
  app.get(
    '/collections/:id/listings',
    schemaOf('listCollectionListings', 'Listings of a collection', collectionParams),
    async ({ params: { id }, query }) => await listingsOf('collection', { id, name: `collection ${id}` }, query),
  )
  app.get(
    `${CONTRACT_PATH}/listings`,
    schemaOf('listContractListings', 'Listings of a collection by contract', contractParams),
    async ({ params, query }) => await listingsOf('collection', await keys.collection(params), query),
  )
}
