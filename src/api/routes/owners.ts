import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { listOf, responses } from '../answers.js'
import { assetOwner } from '../cards/assetCard.js'
import { decodeCursor } from '../cursor.js'
import { canonicalAddress } from '../fields.js'
import { asFinalAs, type FinalPageQuery, finalPageQuery } from '../minFinality.js'
import type { NaturalKeys } from '../naturalKey.js'
import { pageOf } from '../page.js'
import type { OwnerQueries } from '../queries/owners.js'
import { assetParams, ITEM_PATH, itemParams, TOKEN_PATH, tokenParams } from './assets.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly owners: OwnerQueries
  readonly keys: NaturalKeys
}

const common = {
  tags: ['assets'],
  querystring: finalPageQuery,
  response: responses('A page of its owners, ordered by account', listOf(assetOwner), 400, 404),
}

/** Who holds an asset. */
export const ownerRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { owners, keys }) => {
  const ownersOf = async (id: string, name: string, { cursor, limit, min_finality: wanted }: FinalPageQuery) => {
    const list = `owners ${id}`
    const rows = await owners.ofAsset(id, decodeCursor(cursor, list, canonicalAddress), limit)
    const page = pageOf(rows, { limit, list, key: (owner) => owner.account_address }) ?? unknown(name)
    return asFinalAs(wanted, page, name)
  }
  app.get(
    '/assets/:id/owners',
    { schema: { operationId: 'listAssetOwners', summary: 'Owners of an asset', params: assetParams, ...common } },
    async ({ params: { id }, query }) => await ownersOf(id, `asset ${id}`, query),
  )
  app.get(
    `${TOKEN_PATH}/owners`,
    {
      schema: {
        operationId: 'listTokenOwners',
        summary: 'Owners of an asset by its token id',
        params: tokenParams,
        ...common,
      },
    },
    async ({ params, query }) => {
      const { id, name } = await keys.asset(params)
      return await ownersOf(id ?? unknown(name), name, query)
    },
  )
  app.get(
    `${ITEM_PATH}/owners`,
    {
      schema: {
        operationId: 'listItemOwners',
        summary: 'Owners of an asset by its own address (TON)',
        params: itemParams,
        ...common,
      },
    },
    async ({ params, query }) => {
      const { id, name } = await keys.item(params)
      return await ownersOf(id, name, query)
    },
  )
}
