import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { refuseOtherMethods } from './allowedMethods.js'
import { answerClientError } from './clientErrors.js'
import { drainOnClose } from './drain.js'
import { answerErrors, answerFrameworkError } from './errorAnswers.js'
import { answerFriendly } from './friendly.js'
import { keepHygiene, MAX_URL } from './hygiene.js'
import { checkListenAddress } from './listenAddress.js'
import { naturalKeys } from './naturalKey.js'
import { networkDirectory } from './networkDirectory.js'
import { describeApi } from './openapi.js'
import type { ApiOptions } from './options.js'
import { assetQueries } from './queries/assets.js'
import { collectionQueries } from './queries/collections.js'
import { listingQueries } from './queries/listings.js'
import { networkQueries } from './queries/networks.js'
import { ownerQueries } from './queries/owners.js'
import { portfolioQueries } from './queries/portfolio.js'
import { readiness } from './readiness.js'
import { reportRequests } from './requestLog.js'
import { accountRoutes } from './routes/accounts.js'
import { assetRoutes } from './routes/assets.js'
import { collectionAssetRoutes } from './routes/collectionAssets.js'
import { collectionRoutes } from './routes/collections.js'
import { healthRoutes } from './routes/health.js'
import { listingRoutes } from './routes/listings.js'
import { networkRoutes } from './routes/networks.js'
import { ownerRoutes } from './routes/owners.js'

const ANSWER_TIMEOUT_MS = 15_000
const REQUEST_TIMEOUT_MS = 10_000
const DRAIN_MS = 5_000

export interface Api {
  /** The Fastify instance: for `inject` in tests. */
  readonly app: FastifyInstance
  /**
   * Starts to serve and gives the address, for example `http://127.0.0.1:8080`.
   * @throws FtError config_invalid when others could reach the address without a key
   */
  listen(): Promise<string>
  /** Stops accepting, lets requests in flight finish (5 s at most), and closes all connections. Leaves the pool open. */
  close(): Promise<void>
}

/** The REST API over the read models. Nothing happens before `listen()` (or `app.ready()`). */
export function createApi(options: ApiOptions): Api {
  const { host = '127.0.0.1', port = 8080, auth = 'auto', log, observe } = options
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    // close() would wait for connections that a client keeps open
    forceCloseConnections: true,
    return503OnClosing: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: ANSWER_TIMEOUT_MS,
    bodyLimit: 1024,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_URL },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  reportRequests(app, log, observe)
  drainOnClose(app, DRAIN_MS)
  keepHygiene(app)
  answerErrors(app, log)
  const otherMethods = refuseOtherMethods(app)
  app.register(async (instance) => await addRoutes(instance, options))
  app.register(otherMethods)
  return {
    app,
    listen: async () => {
      checkListenAddress(host, auth)
      return await app.listen({ host, port })
    },
    close: async () => await app.close(),
  }
}

async function addRoutes(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { orm } = options.db
  const networks = networkQueries(orm)
  const assets = assetQueries(orm)
  const directory = networkDirectory(networks)
  const keys = naturalKeys(directory, assets)
  const prefix = '/api/v1'
  await describeApi(app, options.version ?? '0.1.0')
  answerFriendly(app)
  await app.register(healthRoutes, { readiness: readiness(networks, options) })
  await app.register(networkRoutes, { prefix, networks })
  await app.register(assetRoutes, { prefix, assets, keys })
  await app.register(ownerRoutes, { prefix, owners: ownerQueries(orm), keys })
  await app.register(collectionRoutes, { prefix, collections: collectionQueries(orm), directory, keys })
  await app.register(collectionAssetRoutes, { prefix, assets, keys })
  await app.register(listingRoutes, { prefix, listings: listingQueries(orm) })
  await app.register(accountRoutes, { prefix, portfolio: portfolioQueries(orm), directory })
}
