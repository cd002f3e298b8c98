import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { FtError } from '../../core/errors.js'
import { listOf, one, responses } from '../answers.js'
import { assetCard, assetOwner } from '../cards/assetCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, cursor, limit, networkName, tokenIdInput, uuid } from '../fields.js'
import type { NaturalKeys, Resolved, TokenKey } from '../naturalKey.js'
import { pageOf } from '../page.js'
import type { AssetQueries } from '../queries/assets.js'
import type { OwnerQueries } from '../queries/owners.js'

interface Dependencies {
  readonly assets: AssetQueries
  readonly owners: OwnerQueries
  readonly keys: NaturalKeys
}

const byId = z.object({ id: uuid })
const byToken = z.object({ network: networkName, contract: addressInput, token_id: tokenIdInput })
const noQuery = z.strictObject({})
const pageQuery = z.strictObject({ limit, cursor })
const tags = ['assets']
const tokenPath = '/networks/:network/contracts/:contract/tokens/:token_id'

const card = responses('The asset', one(assetCard), 400, 404)
const holders = responses('A page of its owners, ordered by account', listOf(assetOwner), 400, 404)

/** Assets, by id and by natural key, and who holds them. */
export const assetRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { assets, owners, keys }) => {
  const find = async (asset: Resolved) => {
    const { data, answer } = (await assets.find(asset.id)) ?? unknown(asset.name)
    return { data, ...answer }
  }
  const ownersOf = async (asset: Resolved, query: z.output<typeof pageQuery>) => {
    const list = `owners:${asset.id}`
    const after = decodeCursor(query.cursor, list, addressInput)
    const rows = await owners.ofAsset(asset.id, after, query.limit)
    return pageOf(rows, { limit: query.limit, list, key: (owner) => owner.account_address }) ?? unknown(asset.name)
  }
  const resolve = async (key: TokenKey) =>
    (await keys.asset(key)) ?? unknown(`token ${key.token_id} of ${key.contract} on ${key.network}`)

  app.get(
    '/assets/:id',
    {
      schema: {
        operationId: 'getAsset',
        summary: 'An asset',
        tags,
        params: byId,
        querystring: noQuery,
        response: card,
      },
    },
    async ({ params }) => await find(named(params.id)),
  )
  app.get(
    '/assets/:id/owners',
    {
      schema: {
        operationId: 'listAssetOwners',
        summary: 'Owners of an asset',
        tags,
        params: byId,
        querystring: pageQuery,
        response: holders,
      },
    },
    async ({ params, query }) => await ownersOf(named(params.id), query),
  )
  app.get(
    tokenPath,
    {
      schema: {
        operationId: 'getToken',
        summary: 'An asset by its token id',
        tags,
        params: byToken,
        querystring: noQuery,
        response: card,
      },
    },
    async ({ params }) => await find(await resolve(params)),
  )
  app.get(
    `${tokenPath}/owners`,
    {
      schema: {
        operationId: 'listTokenOwners',
        summary: 'Owners of an asset by its token id',
        tags,
        params: byToken,
        querystring: pageQuery,
        response: holders,
      },
    },
    async ({ params, query }) => await ownersOf(await resolve(params), query),
  )
}

function named(id: string): Resolved {
  return { id, name: `asset ${id}` }
}

function unknown(name: string): never {
  throw new FtError('not_found', `nothing is indexed for ${name}`)
}
