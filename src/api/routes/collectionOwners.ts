import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listOf, responses } from '../answers.js'
import { collectionOwner } from '../cards/collectionCard.js'
import { decodeCursor } from '../cursor.js'
import { canonicalAddress, noQuery } from '../fields.js'
import { callerOfAddress } from '../limits/address.js'
import { Concurrency } from '../limits/concurrency.js'
import { asFinalAs, type FinalPageQuery, finalPageQuery } from '../minFinality.js'
import type { NaturalKeys } from '../naturalKey.js'
import { exportLines } from '../ownerLines.js'
import { pageOf } from '../page.js'
import type { CollectionOwnerQueries } from '../queries/collectionOwners.js'
import type { OwnerExport } from '../queries/ownerExport.js'
import { CONTRACT_PATH, collectionParams, contractParams } from './collections.js'
import { unknown } from './unknown.js'

interface Dependencies {
  readonly owners: CollectionOwnerQueries
  /** Opens an export; undefined when the collection is not known. */
  readonly openExport: (collectionId: string) => Promise<OwnerExport | undefined>
  readonly keys: NaturalKeys
}

const tags = ['collections']
const page = {
  tags,
  querystring: finalPageQuery,
  response: responses('A page of its owners, ordered by account', listOf(collectionOwner), 400, 404),
}
const lines = z.string().meta({
  examples: [
    '{"collection_id":"3f0a5c1e-6a52-5d0e-9c5b-0d3f6f1c2a77","network":"polygon","owners":1,"finality_status":"finalized","block_number":65000123,"block_hash":"0x6b1f","history_complete":true}\n{"account_address":"0x2953399124f0cbb46d2cbacd8a89cf0599974963","assets":2,"quantity":"2"}\n{"end":true,"rows":1}\n',
  ],
})
// Wide on purpose: what leaves is a stream of the text that the document describes.
const exportResponse: Record<string, object> = {
  ...responses('Lines of JSON', z.unknown(), 400, 404),
  200: { description: 'Lines of JSON', content: { 'application/x-ndjson': { schema: lines } } },
}
const DAY_MS = 24 * 3_600_000

/** Who holds any asset of a collection, and how many. */
export const collectionOwnerRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { owners, openExport, keys }) => {
  const ownersOf = async (id: string, name: string, { cursor, limit, min_finality: wanted }: FinalPageQuery) => {
    const list = `collection owners ${id}`
    const rows = await owners.page(id, decodeCursor(cursor, list, canonicalAddress), limit)
    const answer = pageOf(rows, { limit, list, key: (owner) => owner.account_address }) ?? unknown(name)
    return asFinalAs(wanted, answer, name)
  }
  app.get(
    '/collections/:id/owners',
    {
      schema: {
        operationId: 'listCollectionOwners',
        summary: 'Owners of a collection',
        params: collectionParams,
        ...page,
      },
    },
    async ({ params: { id }, query }) => await ownersOf(id, `collection ${id}`, query),
  )
  app.get(
    `${CONTRACT_PATH}/owners`,
    {
      schema: {
        operationId: 'listContractOwners',
        summary: 'Owners of a collection by contract',
        params: contractParams,
        ...page,
      },
    },
    async ({ params, query }) => {
      const { id, name } = await keys.collection(params)
      return await ownersOf(id, name, query)
    },
  )
  // Each holds a connection of the pool, for a day if its caller is slow.
  const exports = new Concurrency({ what: 'exports', inAll: 4, each: 2 })
  app.get(
    '/collections/:id/owners/export',
    {
      config: { scope: 'export' },
      // HEAD would open a snapshot for nothing.
      exposeHeadRoute: false,
      handlerTimeout: DAY_MS,
      schema: {
        operationId: 'exportCollectionOwners',
        summary: 'All owners of a collection, as one snapshot',
        description:
          'One JSON object per line: first what it is of and the block it was computed at, then an owner per line, last `{"end":true,"rows":N}`. Without the last line it is not whole.',
        tags,
        params: collectionParams,
        querystring: noQuery,
        response: exportResponse,
      },
    },
    async ({ params: { id }, ip, apiKey }, reply) => {
      const leave = exports.enter(reply, apiKey?.id ?? callerOfAddress(ip))
      const opened = await openExport(id).catch((error: unknown) => {
        leave()
        throw error
      })
      if (opened === undefined) {
        leave()
        return unknown(`collection ${id}`)
      }
      const text = Readable.from(exportLines(opened, () => text.destroy()))
      text.once('close', () => {
        leave()
        void opened.close()
      })
      return await reply.type('application/x-ndjson').header('cache-control', 'no-store').send(text)
    },
  )
}
