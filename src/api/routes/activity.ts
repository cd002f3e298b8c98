import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addressParam } from '../addressParam.js'
import { listOf, responses } from '../answers.js'
import type { ActivityItem } from '../cards/activityCard.js'
import { activityItem } from '../cards/activityCard.js'
import { decodeCursor } from '../cursor.js'
import { addressInput, networkName, type PageQuery, pageQuery } from '../fields.js'
import type { NaturalKeys } from '../naturalKey.js'
import type { NetworkDirectory } from '../networkDirectory.js'
import { type ListRow, pageOf } from '../page.js'
import { type ActivityKey, type ActivityQueries, activityKey } from '../queries/activity.js'
import { assetParams, TOKEN_PATH, tokenParams } from './assets.js'
import { CONTRACT_PATH, collectionParams, contractParams } from './collections.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly activity: ActivityQueries
  readonly directory: NetworkDirectory
  readonly keys: NaturalKeys
}

type Read = (key: ActivityKey | undefined, limit: number) => Promise<readonly ListRow<ActivityItem>[]>

const schemaOf = <P extends z.ZodType>(operationId: string, summary: string, params: P) => ({
  schema: { operationId, summary, params, ...common },
})

const common = {
  tags: ['activity'],
  querystring: pageQuery,
  response: responses('A page of what happened, newest first', listOf(activityItem), 400, 404),
}

/** What happened to an asset, in a collection, and to an account: mints, transfers, burns, sales, listings. */
export const activityRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { activity, directory, keys }) => {
  const page = async (name: string, { limit, cursor }: PageQuery, read: Read) => {
    const list = `activity ${name}`
    const rows = await read(decodeCursor(cursor, list, activityKey), limit)
    const key = (item: ActivityItem) => [item.block_number, item.position, item.sub_index, item.event_id]
    return pageOf(rows, { limit, list, key }) ?? unknown(name)
  }
  const ofAsset =
    (id: string): Read =>
    (key, limit) =>
      activity.ofAsset(id, key, limit)
  const ofCollection =
    (id: string): Read =>
    (key, limit) =>
      activity.ofCollection(id, key, limit)
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
      const read: Read = (key, limit) => activity.ofAccount(network.id, account, key, limit)
      return await page(`account ${account} on ${network.name}`, query, read)
    },
  )
}
