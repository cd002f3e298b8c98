import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { one, responses } from '../answers.js'
import { assetCard } from '../cards/assetCard.js'
import { addressInput, networkName, tokenIdInput, uuid } from '../fields.js'
import { asFinalAs, oneQuery } from '../minFinality.js'
import type { NaturalKeys } from '../naturalKey.js'
import type { AssetQueries } from '../queries/assets.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly assets: AssetQueries
  readonly keys: NaturalKeys
}

export const assetParams = z.object({ id: uuid })
export const tokenParams = z.object({ network: networkName, contract: addressInput, token_id: tokenIdInput })
/** An asset that is a contract of its own (TON): the only name of one that belongs to no collection. */
export const itemParams = z.object({ network: networkName, address: addressInput })
export const ITEM_PATH = '/networks/:network/items/:address'
export const TOKEN_PATH = '/networks/:network/contracts/:contract/tokens/:token_id'

const common = { tags: ['assets'], querystring: oneQuery, response: responses('The asset', one(assetCard), 400, 404) }

/** Assets, by id and by natural key. */
export const assetRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { assets, keys }) => {
  const find = async (id: string, name: string, { min_finality: wanted }: z.output<typeof oneQuery>) => {
    const { data, answer } = (await assets.find(id)) ?? unknown(name)
    return asFinalAs(wanted, { data, ...answer }, name)
  }
  app.get(
    '/assets/:id',
    { schema: { operationId: 'getAsset', summary: 'An asset', params: assetParams, ...common } },
    async ({ params: { id }, query }) => await find(id, `asset ${id}`, query),
  )
  app.get(
    TOKEN_PATH,
    { schema: { operationId: 'getToken', summary: 'An asset by its token id', params: tokenParams, ...common } },
    async ({ params, query }) => {
      const { id, name } = await keys.asset(params)
      return await find(id ?? unknown(name), name, query)
    },
  )
  app.get(
    ITEM_PATH,
    { schema: { operationId: 'getItem', summary: 'An asset by its own address (TON)', params: itemParams, ...common } },
    async ({ params, query }) => {
      const { id, name } = await keys.item(params)
      return await find(id, name, query)
    },
  )
}
