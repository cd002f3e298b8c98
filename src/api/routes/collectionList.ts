import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { responses } from '../answers.js'
import { collectionCard } from '../cards/collectionCard.js'
import { collectionSearch } from '../collectionSearch.js'
import { decodeCursor } from '../cursor.js'
import { count, cursor, limit, networkName, uuid } from '../fields.js'
import type { NetworkDirectory } from '../networkDirectory.js'
import { asOfNetworks, networksListFields, pageOfNetworks } from '../networksAnswer.js'
import { type CollectionListQueries, collectionOrders } from '../queries/collectionList.js'

interface Dependencies {
  readonly lists: CollectionListQueries
  readonly directory: NetworkDirectory
}

const query = z.strictObject({
  network: networkName.optional(),
  search: z
    .string()
    .min(1, { error: 'must not be empty' })
    .max(100, { error: 'must have at most 100 characters' })
    .optional()
    .meta({
      description: 'Words of the name (their beginnings are enough), or the beginning of an address',
      examples: ['0x29'],
    }),
  sort: z
    .enum(
      collectionOrders.map((order) => `-${order}` as const),
      { error: `must be one of ${collectionOrders.map((order) => `-${order}`).join(', ')}` },
    )
    .default('-items')
    .meta({ description: 'Those with the most of it first' }),
  limit,
  cursor,
})
const answer = z.object({ data: z.array(collectionCard), ...asOfNetworks, ...networksListFields })
const sortKey = z.tuple([count, uuid])

/** Collections of all networks. */
export const collectionListRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { lists, directory }) => {
  app.get(
    '/collections',
    {
      schema: {
        operationId: 'listCollections',
        summary: 'Collections, of one network or of all',
        tags: ['collections'],
        querystring: query,
        response: responses('A page of collections', answer, 400, 404),
      },
    },
    async ({ query: { network, search, sort, limit: most, cursor: text } }) => {
      const order = sort === '-owners' ? 'owners' : 'items'
      const filter = {
        network: network === undefined ? undefined : (await directory.find(network)).name,
        search: search === undefined ? undefined : collectionSearch(search),
      }
      const list = `collections by ${order} ${JSON.stringify(filter)}`
      const after = decodeCursor(text, list, sortKey)
      const page = { order, limit: most, after: after && { count: after[0], id: after[1] } } as const
      const rows = await lists.page(filter, page)
      return pageOfNetworks(rows, { limit: most, list, key: (card) => [card[order], card.collection_id] })
    },
  )
}
