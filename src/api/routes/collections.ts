import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listOf, one, responses } from '../answers.js'
import { collectionCard, collectionWithMarket } from '../cards/collectionCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, count, networkName, uuid } from '../fields.js'
import { asFinalAs, finalPageQuery, oneQuery } from '../minFinality.js'
import type { NaturalKeys } from '../naturalKey.js'
import type { NetworkDirectory } from '../networkDirectory.js'
import { pageOf } from '../page.js'
import type { CollectionListQueries } from '../queries/collectionList.js'
import type { CollectionQueries } from '../queries/collections.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly collections: CollectionQueries
  readonly lists: CollectionListQueries
  readonly directory: NetworkDirectory
  readonly keys: NaturalKeys
}

export const collectionParams = z.object({ id: uuid })
export const contractParams = z.object({ network: networkName, contract: addressInput })
export const CONTRACT_PATH = '/networks/:network/contracts/:contract'

const tags = ['collections']
const response = responses('The collection and its numbers', one(collectionWithMarket), 400, 404)
const sortKey = z.tuple([count, uuid])

/** Collections, by id, by contract, and all of a network. */
export const collectionRoutes: FastifyPluginAsyncZod<Dependencies> = async (
  app,
  { collections, lists, directory, keys },
) => {
  const find = async (id: string, name: string, { min_finality: wanted }: z.output<typeof oneQuery>) => {
    const { data, answer } = (await collections.find(id)) ?? unknown(name)
    return asFinalAs(wanted, { data, ...answer }, name)
  }
  const card = { tags, querystring: oneQuery, response }
  app.get(
    '/collections/:id',
    { schema: { operationId: 'getCollection', summary: 'A collection', params: collectionParams, ...card } },
    async ({ params: { id }, query }) => await find(id, `collection ${id}`, query),
  )
  app.get(
    CONTRACT_PATH,
    { schema: { operationId: 'getContract', summary: 'A collection by contract', params: contractParams, ...card } },
    async ({ params, query }) => {
      const { id, name } = await keys.collection(params)
      return await find(id, name, query)
    },
  )
  app.get(
    '/networks/:network/contracts',
    {
      schema: {
        operationId: 'listContracts',
        summary: 'Collections of a network',
        tags,
        params: z.object({ network: networkName }),
        querystring: finalPageQuery,
        response: responses('A page of its collections, most items first', listOf(collectionCard), 400, 404),
      },
    },
    async ({ params, query: { cursor, limit, min_finality: wanted } }) => {
      const network = await directory.find(params.network)
      const list = `${wanted} collections ${network.name}`
      const after = decodeCursor(cursor, list, sortKey)
      const page = { order: 'items', limit, after: after && { count: after[0], id: after[1] } } as const
      const rows = await lists.page(
        { network: network.name, search: undefined, onlyFinal: wanted === 'finalized' },
        page,
      )
      return pageOf(rows, { limit, list, key: (item) => [item.items, item.collection_id] }) ?? unknown(network.name)
    },
  )
}
