import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Db } from '../../core/db.js'
import { addressParamOfAnyChain } from '../addressParam.js'
import { responses } from '../answers.js'
import type { ChangeFeed } from '../changes/feed.js'
import { followChanges } from '../changes/follow.js'
import { parsePosition } from '../changes/position.js'
import { addressInput, networkName, uuid } from '../fields.js'
import { callerOfAddress } from '../limits/address.js'
import { Concurrency } from '../limits/concurrency.js'
import type { NetworkDirectory } from '../networkDirectory.js'

interface Dependencies {
  readonly db: Db
  readonly feed: ChangeFeed
  readonly directory: NetworkDirectory
}

const query = z.strictObject({
  network: networkName.optional(),
  collection: uuid.optional().meta({ description: 'Only changes of assets of this collection' }),
  account: addressInput.optional().meta({ description: 'Only changes of what this account holds' }),
  last_event_id: z
    .string()
    .min(1, { error: 'must not be empty' })
    .max(1_000, { error: 'is too long' })
    .optional()
    .meta({ description: 'For callers that cannot set the header Last-Event-ID, which wins' }),
})
const events = z.string().meta({
  examples: [
    'event: changed\nid: polygon:12\ndata: {"change_id":"polygon:12","network":"polygon","asset_id":"3f0a5c1e-6a52-5d0e-9c5b-0d3f6f1c2a77","collection_id":null,"block_number":65000123,"block_hash":"0x6b1f","finality_status":"pending","holders":[{"account_address":"0x2953399124f0cbb46d2cbacd8a89cf0599974963","quantity":"1"}]}\n\n',
  ],
})
// Wide on purpose: what leaves is a stream of text.
const response: Record<string, object> = {
  ...responses('Events', z.unknown(), 400, 404),
  200: { description: 'Events, until the caller leaves', content: { 'text/event-stream': { schema: events } } },
}
/** Streams end by themselves after a day; callers resume. */
const DAY_MS = 24 * 3_600_000

/** Changes as they happen. */
export const changeRoutes: FastifyPluginAsyncZod<Dependencies> = async (app, { db, feed, directory }) => {
  // Each may have a megabyte waiting for it.
  const streams = new Concurrency({ what: 'streams of changes', inAll: 1_000, each: 50 })
  app.get(
    '/changes',
    {
      config: { scope: 'stream' },
      exposeHeadRoute: false,
      handlerTimeout: DAY_MS,
      schema: {
        operationId: 'streamChanges',
        summary: 'Changes of assets as they happen (Server-Sent Events)',
        description:
          'Events: `ready` (first; the blocks of the networks), `changed` (an asset is now as of this block; `holders` are those whose holding changed, 0 for no more), `retracted` (the block of the change `retracts` left the chain; the state that holds follows as `changed`), `reset` (changes are missing here: read again what you keep; `expired`: away for too long, `bulk`: blocks were read in bulk). Resume with Last-Event-ID.',
        tags: ['changes'],
        querystring: query,
        response,
      },
    },
    async (request, reply) => {
      const { network, collection, account, last_event_id: id } = request.query
      const header = request.headers['last-event-id']
      const text = typeof header === 'string' && header !== '' ? header : id
      const from = text === undefined ? undefined : parsePosition(text)
      const filter = {
        network: network === undefined ? undefined : (await directory.find(network)).name,
        collection,
        account: account && addressParamOfAnyChain(account, { field: 'account', in: 'query' }),
      }
      const leave = streams.enter(reply, request.apiKey?.id ?? callerOfAddress(request.ip))
      const stream = await followChanges({ db, feed, from, filter }).catch((error: unknown) => {
        leave()
        throw error
      })
      stream.once('close', leave)
      return await reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(stream)
    },
  )
}
