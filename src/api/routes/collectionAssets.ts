import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addressParamOfAnyChain } from '../addressParam.js'
import { listOf, responses } from '../answers.js'
import { assetCard } from '../cards/assetCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, cursor, limit, tokenIdInput, uuid } from '../fields.js'
import type { NaturalKeys } from '../naturalKey.js'
import { pageOf } from '../page.js'
import type { AssetQueries } from '../queries/assets.js'
import { CONTRACT_PATH, collectionParams, contractParams } from './collections.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly assets: AssetQueries
  readonly keys: NaturalKeys
}

const query = z.strictObject({
  owner: addressInput.optional().meta({ description: 'Only assets that this account holds' }),
  token_id: tokenIdInput.optional().meta({ description: 'Only the asset with this token id' }),
  sort: z
    .enum(['token_id', '-token_id'], { error: 'must be token_id or -token_id' })
    .default('token_id')
    .meta({ description: 'By token id, ascending (unknown ones last) or descending (unknown ones first)' }),
  limit,
  cursor,
})
const sortKey = z.tuple([tokenIdInput.nullable(), uuid])

const common = {
  tags: ['collections'],
  querystring: query,
  response: responses('A page of its assets, burned ones too', listOf(assetCard), 400, 404),
}

/** Assets of a collection. */
export const collectionAssetRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { assets, keys }) => {
  const assetsOf = async (id: string, name: string, { sort, limit, cursor, ...filter }: z.output<typeof query>) => {
    const owner = filter.owner && addressParamOfAnyChain(filter.owner, { field: 'owner', in: 'query' })
    const tokenId = filter.token_id
    const list = `assets ${id} ${sort} owner=${owner} token_id=${tokenId}`
    const after = decodeCursor(cursor, list, sortKey)
    const rows = await assets.ofCollection(
      { collectionId: id, owner, tokenId },
      sort === 'token_id' ? 'asc' : 'desc',
      after && { value: after[0], id: after[1] },
      limit,
    )
    return pageOf(rows, { limit, list, key: (asset) => [asset.token_id, asset.asset_id] }) ?? unknown(name)
  }
  app.get(
    '/collections/:id/assets',
    {
      schema: {
        operationId: 'listCollectionAssets',
        summary: 'Assets of a collection',
        params: collectionParams,
        ...common,
      },
    },
    async ({ params: { id }, query }) => await assetsOf(id, `collection ${id}`, query),
  )
  app.get(
    `${CONTRACT_PATH}/assets`,
    {
      schema: {
        operationId: 'listContractAssets',
        summary: 'Assets of a collection by contract',
        params: contractParams,
        ...common,
      },
    },
    async ({ params, query }) => {
      const { id, name } = await keys.collection(params)
      return await assetsOf(id, name, query)
    },
  )
}
