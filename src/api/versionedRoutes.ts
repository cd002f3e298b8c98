import type { FastifyInstance } from 'fastify'
import { keyCheck } from './auth/keyCheck.js'
import { protect } from './auth/protect.js'
import { answerFriendly } from './friendly.js'
import { localLimiter } from './limits/localLimiter.js'
import { naturalKeys } from './naturalKey.js'
import { networkDirectory } from './networkDirectory.js'
import type { ApiOptions } from './options.js'
import { activityQueries } from './queries/activity.js'
import { assetQueries } from './queries/assets.js'
import { collectionQueries } from './queries/collections.js'
import { listingQueries } from './queries/listings.js'
import type { NetworkQueries } from './queries/networks.js'
import { ownerQueries } from './queries/owners.js'
import { portfolioQueries } from './queries/portfolio.js'
import { rankedAssetQueries } from './queries/rankedAssets.js'
import { accountRoutes } from './routes/accounts.js'
import { activityRoutes } from './routes/activity.js'
import { assetRoutes } from './routes/assets.js'
import { collectionAssetRoutes } from './routes/collectionAssets.js'
import { collectionRoutes } from './routes/collections.js'
import { listingRoutes } from './routes/listings.js'
import { networkRoutes } from './routes/networks.js'
import { ownerRoutes } from './routes/owners.js'

/** What reads data: guarded, and under the version of its contract. */
export async function versionedRoutes(
  app: FastifyInstance,
  options: ApiOptions,
  networks: NetworkQueries,
): Promise<void> {
  const { db, keysRequired = false, addressLimit = null, limiter = localLimiter() } = options
  const { orm } = db
  const assets = assetQueries(orm)
  const directory = networkDirectory(networks)
  const keys = naturalKeys(directory, assets)
  protect(app, { keys: keysRequired ? keyCheck(db) : null, limiter, addressLimit })
  answerFriendly(app)
  await app.register(networkRoutes, { networks })
  await app.register(assetRoutes, { assets, keys })
  await app.register(ownerRoutes, { owners: ownerQueries(orm), keys })
  await app.register(collectionRoutes, { collections: collectionQueries(orm), directory, keys })
  await app.register(collectionAssetRoutes, { assets, ranked: rankedAssetQueries(orm), keys })
  await app.register(listingRoutes, { listings: listingQueries(orm) })
  await app.register(activityRoutes, { activity: activityQueries(orm), directory, keys })
  await app.register(accountRoutes, { portfolio: portfolioQueries(orm), directory })
}
