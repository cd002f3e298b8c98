import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addressParam } from '../addressParam.js'
import { listOf, responses } from '../answers.js'
import type { ActivityItem } from '../cards/activityCard.js'
import { activityItem } from '../cards/activityCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, networkName } from '../fields.js'
import { type FinalPageQuery, finalPageQuery } from '../minFinality.js'
import type { NaturalKeys } from '../naturalKey.js'
import type { NetworkDirectory } from '../networkDirectory.js'
import { type ListRow, pageOf } from '../page.js'
import { type ActivityPage, type ActivityQueries, activityKey } from '../queries/activity.js'
import { assetParams, ITEM_PATH, itemParams, TOKEN_PATH, tokenParams } from './assets.js'
import { CONTRACT_PATH, collectionParams, contractParams } from './collections.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly activity: ActivityQueries
  readonly directory: NetworkDirectory
  readonly keys: NaturalKeys
}

type Read = (page: ActivityPage) => Promise<readonly ListRow<ActivityItem>[]>

const schemaOf = <P extends z.ZodType>(operationId: string, summary: string, params: P) => ({
  schema: { operationId, summary, params, ...common },
})

const common = {
  tags: ['activity'],
  querystring: finalPageQuery,
  response: responses('A page of what happened, newest first', listOf(activityItem), 400, 404),
}

/** What happened to an asset, in a collection, and to an account: mints, transfers, burns, sales, listings. */
export const activityRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { activity, directory, keys }) => {
  const page = async (name: string, { limit, cursor, min_finality: wanted }: FinalPageQuery, read: Read) => {
    const list = `${wanted} activity ${name}`
    const rows = await read({ key: decodeCursor(cursor, list, activityKey), onlyFinal: wanted === 'finalized', limit })
    const key = (item: ActivityItem) => [item.block_number, item.position, item.sub_index, item.event_id]
    return pageOf(rows, { limit, list, key }) ?? unknown(name)
  }
  const ofAsset =
    (id: string): Read =>
    (page) =>
      activity.ofAsset(id, page)
  const ofCollection =
    (id: string): Read =>
    (page) =>
      activity.ofCollection(id, page)
  app.get(
    '/assets/:id/activity',
    schemaOf('listAssetActivity', 'What happened to an asset', assetParams),
    async ({ params: { id }, query }) => await page(`asset ${id}`, query, ofAsset(id)),
  )
  app.get(
    `${TOKEN_PATH}/activity`,
    schemaOf('listTokenActivity', 'What happened to a token', tokenParams),
    async ({ params, query }) => {
      const { id, name } = await keys.asset(params)
      return await page(name, query, ofAsset(id ?? unknown(name)))
    },
  )
  app.get(
    `${ITEM_PATH}/activity`,
    schemaOf('listItemActivity', 'What happened to an asset, by its own address (TON)', itemParams),
    async ({ params, query }) => {
      const { id, name } = await keys.item(params)
      return await page(name, query, ofAsset(id))
    },
  )
  app.get(
    '/collections/:id/activity',
    schemaOf('listCollectionActivity', 'What happened in a collection', collectionParams),
    async ({ params: { id }, query }) => await page(`collection ${id}`, query, ofCollection(id)),
  )
  app.get(
    `${CONTRACT_PATH}/activity`,
    schemaOf('listContractActivity', 'What happened in a collection, by contract', contractParams),
    async ({ params, query }) => {
      const { id, name } = await keys.collection(params)
      return await page(name, query, ofCollection(id))
    },
  )
  app.get(
    '/networks/:network/accounts/:address/activity',
    schemaOf(
      'listAccountActivity',
      'What an account gave, took, sold, bought and listed',
      z.object({ network: networkName, address: addressInput }),
    ),
    async ({ params, query }) => {
      const network = await directory.find(params.network)
      const account = addressParam(network.chain, params.address, { field: 'address', in: 'path' })
      const read: Read = (wanted) => activity.ofAccount(network.id, account, wanted)
      return await page(`account ${account} on ${network.name}`, query, read)
    },
  )
}
