import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listOf, responses } from '../answers.js'
import { listingCard } from '../cards/listingCard.js'
import { decodeCursor } from '../cursor.js'
import { amountInput, uuid } from '../fields.js'
import { finalPageQuery } from '../minFinality.js'
import { pageOf } from '../page.js'
import type { ListingQueries } from '../queries/listings.js'
import { collectionParams } from './collections.js'
import { unknown } from './unknown.js'

const answer = listOf(listingCard).extend({
  coverage: z
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
    }),
})
const listingKey = z.tuple([amountInput.nullable(), uuid])

/** Listings of a collection. */
export const listingRoutes: FastifyPluginAsyncZod<{ readonly listings: ListingQueries }> = async (
  app,
  { listings },
) => {
  app.get(
    '/collections/:id/listings',
    {
      schema: {
        operationId: 'listCollectionListings',
        summary: 'Listings of a collection',
        tags: ['listings'],
        params: collectionParams,
        querystring: finalPageQuery,
        response: responses(
          'A page of its listings by the number in `price`, lowest first, whatever its currency; without a price last',
          answer,
          400,
          404,
        ),
      },
    },
    async ({ params: { id }, query: { limit, cursor, min_finality: wanted } }) => {
      const list = `${wanted} listings ${id}`
      const after = decodeCursor(cursor, list, listingKey)
      const rows = await listings.ofCollection(
        id,
        wanted === 'finalized',
        after && { value: after[0], id: after[1] },
        limit,
      )
      const page = pageOf(rows, { limit, list, key: (listing) => [listing.price, listing.listing_id] })
      const coverage = { onchain: true, opensea: await listings.coversOpensea(id) }
      return { ...(page ?? unknown(`collection ${id}`)), coverage }
    },
  )
}
