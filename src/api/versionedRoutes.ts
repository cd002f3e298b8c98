import type { FastifyInstance } from 'fastify'
import { keyCheck } from './auth/keyCheck.js'
import { protect } from './auth/protect.js'
import type { ChangeFeed } from './changes/feed.js'
import { answerFriendly } from './friendly.js'
import { localLimiter } from './limits/localLimiter.js'
import { naturalKeys } from './naturalKey.js'
import { networkDirectory } from './networkDirectory.js'
import type { ApiOptions } from './options.js'
import { activityQueries } from './queries/activity.js'
import { assetQueries } from './queries/assets.js'
import { bulkQueries } from './queries/assetsByIds.js'
import { collectionListQueries } from './queries/collectionList.js'
import { collectionOwnerQueries } from './queries/collectionOwners.js'
import { collectionQueries } from './queries/collections.js'
import { collectionVolumeQueries } from './queries/collectionVolumes.js'
import { listingQueries } from './queries/listings.js'
import type { NetworkQueries } from './queries/networks.js'
import { openOwnerExport } from './queries/ownerExport.js'
import { ownerQueries } from './queries/owners.js'
import { portfolioQueries } from './queries/portfolio.js'
import { rankedAssetQueries } from './queries/rankedAssets.js'
import { accountRoutes } from './routes/accounts.js'
import { activityRoutes } from './routes/activity.js'
import { assetRoutes } from './routes/assets.js'
import { assetBulkRoutes } from './routes/assetsBulk.js'
import { changeRoutes } from './routes/changes.js'
import { collectionAssetRoutes } from './routes/collectionAssets.js'
import { collectionListRoutes } from './routes/collectionList.js'
import { collectionOwnerRoutes } from './routes/collectionOwners.js'
import { collectionRoutes } from './routes/collections.js'
import { listingRoutes } from './routes/listings.js'
import { networkRoutes } from './routes/networks.js'
import { ownerRoutes } from './routes/owners.js'

/** What reads data: guarded, and under the version of its contract. */
export async function versionedRoutes(
  app: FastifyInstance,
  options: ApiOptions,
  { networks, feed }: { readonly networks: NetworkQueries; readonly feed: ChangeFeed },
): Promise<void> {
  const { db, keysRequired = false, addressLimit = null, limiter = localLimiter() } = options
  const { orm } = db
  const assets = assetQueries(db)
  const directory = networkDirectory(networks)
  const keys = naturalKeys(directory, assets)
  const lists = collectionListQueries(orm)
  protect(app, { keys: keysRequired ? keyCheck(db) : null, limiter, addressLimit })
  answerFriendly(app)
  await app.register(networkRoutes, { networks })
  await app.register(assetRoutes, { assets, keys })
  await app.register(assetBulkRoutes, { bulk: bulkQueries(orm), directory })
  await app.register(ownerRoutes, { owners: ownerQueries(db), keys })
  await app.register(collectionRoutes, { collections: collectionQueries(orm), lists, directory, keys })
  await app.register(collectionAssetRoutes, { assets, ranked: rankedAssetQueries(orm), keys })
  await app.register(collectionListRoutes, { lists, volumes: collectionVolumeQueries(orm), directory })
  await app.register(collectionOwnerRoutes, {
    owners: collectionOwnerQueries(orm),
    openExport: (id) => openOwnerExport(db, id),
    keys,
  })
  await app.register(changeRoutes, { db, feed, directory })
  await app.register(listingRoutes, { listings: listingQueries(orm), keys })
  await app.register(activityRoutes, { activity: activityQueries(db), directory, keys })
  await app.register(accountRoutes, { portfolio: portfolioQueries(orm), directory })
}
