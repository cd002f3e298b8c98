import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { responses } from '../answers.js'
import { collectionCard } from '../cards/collectionCard.js'
import { collectionSearch } from '../collectionSearch.js'
import { decodeCursor } from '../cursor.js'
import { count, cursor, decimal, limit, networkName, uuid } from '../fields.js'
import { minFinality } from '../minFinality.js'
import type { NetworkDirectory } from '../networkDirectory.js'
import { asOfNetworks, networksListFields, pageOfNetworks } from '../networksAnswer.js'
import { fieldProblem } from '../problem.js'
import { type CollectionListQueries, collectionOrders } from '../queries/collectionList.js'
import { type CollectionVolumeQueries, type VolumeWindow, volumeWindows } from '../queries/collectionVolumes.js'

interface Dependencies {
  readonly lists: CollectionListQueries
  readonly volumes: CollectionVolumeQueries
  readonly directory: NetworkDirectory
}

const SORTS = [...collectionOrders.map((order) => `-${order}` as const), '-volume'] as const

const querySchema = z.strictObject({
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
    .enum(SORTS, { error: `must be one of ${SORTS.join(', ')}` })
    .default('-items')
    .meta({
      description:
        'Those with the most of it first. -volume: by what was paid in the native currency within `window`; those without a sale in it are left out',
    }),
  window: z
    .enum(volumeWindows, { error: `must be one of ${volumeWindows.join(', ')}` })
    .optional()
    .meta({ description: 'For sort=-volume: which sales count, in whole hours; default 24h', examples: ['7d'] }),
  min_finality: minFinality,
  limit,
  cursor,
})
const ranked = collectionCard
  .extend({
    volume: decimal.optional().meta({
      description: 'Only with sort=-volume: that volume, in the smallest unit of the native currency',
      examples: ['2500000000000000000'],
    }),
  })
  .meta({ id: 'CollectionInList', description: 'A collection in a list of all networks' })
const answer = z.object({ data: z.array(ranked), ...asOfNetworks, ...networksListFields })
const sortKey = z.tuple([count, uuid])
const volumeKey = z.tuple([decimal, uuid])

type Query = z.output<typeof querySchema>

/** Which volumes are wanted; undefined for another order. */
function windowOf({ sort, window, min_finality: wanted }: Query): VolumeWindow | undefined {
  const fault = (field: string, detail: string) => fieldProblem('request_invalid', { field, in: 'query', detail })
  if (sort !== '-volume') {
    if (window !== undefined) throw fault('window', 'is possible only with sort=-volume')
    return undefined
  }
  if (wanted === 'finalized')
    throw fault('min_finality', 'is not possible with sort=-volume: volumes hold pending sales')
  return window ?? '24h'
}

/** Collections of all networks. */
export const collectionListRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { lists, volumes, directory }) => {
  app.get(
    '/collections',
    {
      schema: {
        operationId: 'listCollections',
        summary: 'Collections, of one network or of all',
        tags: ['collections'],
        querystring: querySchema,
        response: responses('A page of collections', answer, 400, 404),
      },
    },
    async ({ query }) => {
      const { network, search, sort, limit: most, cursor: text, min_finality: wanted } = query
      const window = windowOf(query)
      const filter = {
        network: network === undefined ? undefined : (await directory.find(network)).name,
        search: search === undefined ? undefined : collectionSearch(search),
        onlyFinal: wanted === 'finalized',
      }
      const list = `collections by ${sort} ${JSON.stringify([filter, window])}`
      if (window !== undefined) {
        const [volume, id] = decodeCursor(text, list, volumeKey) ?? []
        const after = volume === undefined || id === undefined ? undefined : { volume, id }
        const rows = await volumes.page(filter, { window, limit: most, after })
        return pageOfNetworks(rows, { limit: most, list, key: (card) => [card.volume, card.collection_id] })
      }
      const order = sort === '-owners' ? 'owners' : 'items'
      const after = decodeCursor(text, list, sortKey)
      const page = { order, limit: most, after: after && { count: after[0], id: after[1] } } as const
      const rows = await lists.page(filter, page)
      return pageOfNetworks(rows, { limit: most, list, key: (card) => [card[order], card.collection_id] })
    },
  )
}
