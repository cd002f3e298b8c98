import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { FtError } from '../../core/errors.js'
import { addressParamOfAnyChain } from '../addressParam.js'
import { listOf, one, responses } from '../answers.js'
import { assetCard } from '../cards/assetCard.js'
import { collectionCard } from '../cards/collectionCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, cursor, limit, networkName, tokenIdInput, uuid } from '../fields.js'
import type { NaturalKeys, Resolved } from '../naturalKey.js'
import { pageOf } from '../page.js'
import type { AssetQueries } from '../queries/assets.js'
import type { CollectionQueries } from '../queries/collections.js'

interface Dependencies {
  readonly collections: CollectionQueries
  readonly assets: AssetQueries
  readonly keys: NaturalKeys
}

const byId = z.object({ id: uuid })
const byContract = z.object({ network: networkName, contract: addressInput })
const noQuery = z.strictObject({})
const assetsQuery = z.strictObject({
  owner: addressInput.optional().meta({ description: 'Only assets that this account holds' }),
  token_id: tokenIdInput.optional().meta({ description: 'Only the asset with this token id' }),
  sort: z
    .enum(['token_id', '-token_id'], { error: 'must be token_id or -token_id' })
    .default('token_id')
    .meta({ description: 'By token id, ascending (unknown ones last) or descending (unknown ones first)' }),
  limit,
  cursor,
})
const assetKey = z.tuple([tokenIdInput.nullable(), uuid])
const tags = ['collections']

const card = responses('The collection and its numbers', one(collectionCard), 400, 404)
const items = responses('A page of its assets, burned ones too', listOf(assetCard), 400, 404)

/** Collections, by id and by contract, and their assets. */
export const collectionRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { collections, assets, keys }) => {
  const find = async (collection: Resolved) => {
    const { data, answer } = (await collections.find(collection.id)) ?? unknown(collection)
    return { data, ...answer }
  }
  const assetsOf = async (collection: Resolved, query: z.output<typeof assetsQuery>) => {
    const owner = query.owner && addressParamOfAnyChain(query.owner, { field: 'owner', in: 'query' })
    const { limit, sort, token_id: tokenId } = query
    const list = ['assets', collection.id, sort, owner, tokenId].join(' ')
    const after = decodeCursor(query.cursor, list, assetKey)
    const rows = await assets.ofCollection(
      { collectionId: collection.id, owner, tokenId },
      sort === 'token_id' ? 'asc' : 'desc',
      after && { value: after[0], id: after[1] },
      limit,
    )
    return pageOf(rows, { limit, list, key: (asset) => [asset.token_id, asset.asset_id] }) ?? unknown(collection)
  }

  app.get(
    '/collections/:id',
    {
      schema: {
        operationId: 'getCollection',
        summary: 'A collection',
        tags,
        params: byId,
        querystring: noQuery,
        response: card,
      },
    },
    async ({ params }) => await find(named(params.id)),
  )
  app.get(
    '/collections/:id/assets',
    {
      schema: {
        operationId: 'listCollectionAssets',
        summary: 'Assets of a collection',
        tags,
        params: byId,
        querystring: assetsQuery,
        response: items,
      },
    },
    async ({ params, query }) => await assetsOf(named(params.id), query),
  )
  app.get(
    '/networks/:network/contracts/:contract',
    {
      schema: {
        operationId: 'getContract',
        summary: 'A collection by its contract',
        tags,
        params: byContract,
        querystring: noQuery,
        response: card,
      },
    },
    async ({ params }) => await find(await keys.collection(params)),
  )
  app.get(
    '/networks/:network/contracts/:contract/assets',
    {
      schema: {
        operationId: 'listContractAssets',
        summary: 'Assets of a collection by its contract',
        tags,
        params: byContract,
        querystring: assetsQuery,
        response: items,
      },
    },
    async ({ params, query }) => await assetsOf(await keys.collection(params), query),
  )
}

function named(id: string): Resolved {
  return { id, name: `collection ${id}` }
}

function unknown({ name }: Resolved): never {
  throw new FtError('not_found', `nothing is indexed for ${name}`)
}
