import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addressParamOfAnyChain } from '../addressParam.js'
import { listOf, responses } from '../answers.js'
import { assetCard } from '../cards/assetCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, amountInput, cursor, limit, tokenIdInput, uuid } from '../fields.js'
import { minFinality } from '../minFinality.js'
import type { NaturalKeys } from '../naturalKey.js'
import { pageOf } from '../page.js'
import { fieldProblem } from '../problem.js'
import type { AssetQueries } from '../queries/assets.js'
import type { RankedAssetQueries } from '../queries/rankedAssets.js'
import { CONTRACT_PATH, collectionParams, contractParams } from './collections.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly assets: AssetQueries
  readonly ranked: RankedAssetQueries
  readonly keys: NaturalKeys
}

const SORTS = ['token_id', '-token_id', 'price', '-price', 'last_sale'] as const

const querySchema = z.strictObject({
  owner: addressInput.optional().meta({ description: 'Only assets that this account holds' }),
  token_id: tokenIdInput.optional().meta({ description: 'Only the asset with this token id' }),
  listed: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description: 'Only assets that can be bought now, in `currency`', examples: ['true'] }),
  currency: addressInput.optional().meta({
    description: 'Currency of prices: a token contract; default the native currency',
    examples: ['0x0000000000000000000000000000000000000000'],
  }),
  min_price: amountInput.optional().meta({
    description: 'Only assets for sale at this price per unit or more, in the smallest unit of `currency`',
    examples: ['1000000000000000000'],
  }),
  max_price: amountInput.optional().meta({
    description: 'Only assets for sale at this price per unit or less, in the smallest unit of `currency`',
    examples: ['5000000000000000000'],
  }),
  sort: z
    .enum(SORTS, { error: `must be one of ${SORTS.join(', ')}` })
    .default('token_id')
    .meta({
      description:
        'token_id: ascending (unknown ones last), -token_id: descending (unknown ones first, or last among listed ones). price, -price: what is for sale, cheapest or dearest first. last_sale: what was sold, latest first',
    }),
  min_finality: minFinality,
  limit,
  cursor,
})
const sortKey = z.tuple([amountInput.nullable(), uuid])
/** As `iso` writes it: PostgreSQL has no year 0, and reads no time of any length. */
const saleTime = z.iso.datetime({ precision: 3 }).refine((text) => !text.startsWith('0000'))
const saleKey = z.tuple([saleTime, uuid])

const common = {
  tags: ['collections'],
  querystring: querySchema,
  response: responses('A page of its assets, burned ones too', listOf(assetCard), 400, 404),
}

function notByPrice(): Error {
  const detail = 'is possible only for lists by token id: what is for sale is as final as the last event of the listing'
  return fieldProblem('request_invalid', { field: 'min_finality', in: 'query', detail })
}

/** Assets of a collection. */
export const collectionAssetRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { assets, ranked, keys }) => {
  const assetsOf = async (id: string, name: string, query: z.output<typeof querySchema>) => {
    const { sort, limit, cursor, listed, min_price: minPrice, max_price: maxPrice, token_id: tokenId } = query
    const owner = query.owner && addressParamOfAnyChain(query.owner, { field: 'owner', in: 'query' })
    const currency = query.currency && addressParamOfAnyChain(query.currency, { field: 'currency', in: 'query' })
    const onlyFinal = query.min_finality === 'finalized'
    const filters = [sort, owner, tokenId, listed, currency, minPrice, maxPrice, onlyFinal]
    const list = `assets ${id} ${JSON.stringify(filters)}`
    const [value, after] =
      decodeCursor<[string | null, string]>(cursor, list, sort === 'last_sale' ? saleKey : sortKey) ?? []
    const key = value === undefined || after === undefined ? undefined : { value, id: after }
    const byToken = sort === 'token_id' || sort === '-token_id'
    if (byToken && !listed && minPrice === undefined && maxPrice === undefined) {
      const direction = sort === 'token_id' ? 'asc' : 'desc'
      const rows = await assets.ofCollection({ collectionId: id, owner, tokenId, onlyFinal }, direction, key, limit)
      return pageOf(rows, { limit, list, key: (asset) => [asset.token_id, asset.asset_id] }) ?? unknown(name)
    }
    if (onlyFinal) throw notByPrice()
    const rows = await ranked.ofCollection(
      { collectionId: id, owner, tokenId, currency, minPrice, maxPrice, sort },
      key,
      limit,
    )
    const ranks = new Map(rows.map((row) => [row.item, row.rank]))
    return pageOf(rows, { limit, list, key: (asset) => [ranks.get(asset), asset.asset_id] }) ?? unknown(name)
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
