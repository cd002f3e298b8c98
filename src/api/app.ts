import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import { listeningUrl } from '../observability/listeningUrl.js'
import { refuseOtherMethods } from './allowedMethods.js'
import { ChangeFeed } from './changes/feed.js'
import { answerClientError } from './clientErrors.js'
import { compressAnswers } from './compression.js'
import { allowOrigins } from './cors.js'
import { serveDocs } from './docsPage.js'
import { drainOnClose } from './drain.js'
import { answerErrors, answerFrameworkError } from './errorAnswers.js'
import { answerConditionally } from './etag.js'
import { keepHygiene, MAX_BODY, MAX_URL } from './hygiene.js'
import { describeApi } from './openapi.js'
import type { ApiOptions } from './options.js'
import { networkQueries } from './queries/networks.js'
import { readiness } from './readiness.js'
import { reportRequests } from './requestLog.js'
import { healthRoutes } from './routes/health.js'
import { serializerCompiler } from './serializer.js'
import { versionedRoutes } from './versionedRoutes.js'

const ANSWER_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 10_000
const DRAIN_MS = 5_000

export interface Api {
  /** The Fastify instance: for `inject` in tests. */
  readonly app: FastifyInstance
  /** Starts to serve and gives the address as configured, for example `http://127.0.0.1:8080`. */
  listen(): Promise<string>
  /** Stops accepting, lets requests in flight finish (5 s at most), and closes all connections. Leaves the pool open. */
  close(): Promise<void>
}

/** The REST API over the read models. Nothing happens before `listen()` (or `app.ready()`). */
export function createApi(options: ApiOptions): Api {
  const { host = '127.0.0.1', port = 8080, log, observe } = options
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    // close() would wait for connections that a client keeps open
    forceCloseConnections: true,
    return503OnClosing: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: ANSWER_TIMEOUT_MS,
    bodyLimit: MAX_BODY,
    trustProxy: [...(options.trustedProxies ?? [])],
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_URL },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // Fastify reads plain text, too; what is read here is JSON.
  app.removeContentTypeParser('text/plain')
  reportRequests(app, log, observe)
  const feed = new ChangeFeed(options.db, log)
  // Before the drain, which would wait for streams that never end by themselves.
  app.addHook('preClose', async () => await feed.close())
  drainOnClose(app, DRAIN_MS)
  keepHygiene(app)
  allowOrigins(app, options.corsOrigins ?? [])
  // Before compression: a tag is of what is said, not of its bytes.
  answerConditionally(app)
  compressAnswers(app)
  answerErrors(app, log)
  const otherMethods = refuseOtherMethods(app)
  app.register(async (instance) => await addRoutes(instance, options, feed))
  app.register(otherMethods)
  return {
    app,
    listen: async () => {
      await app.listen({ host, port })
      return listeningUrl(app.server, host)
    },
    close: async () => await app.close(),
  }
}

async function addRoutes(app: FastifyInstance, options: ApiOptions, feed: ChangeFeed): Promise<void> {
  const networks = networkQueries(options.db)
  await describeApi(app, options.version ?? '0.1.0')
  await serveDocs(app)
  await app.register(healthRoutes, { readiness: readiness(networks, options) })
  await app.register(async (instance) => await versionedRoutes(instance, options, { networks, feed }), {
    prefix: '/api/v1',
  })
}
