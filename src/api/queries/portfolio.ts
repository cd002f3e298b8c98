import { and, eq, gt, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { collectionStats, networkStatus, ownershipView, portfolioAssets } from '../../core/schema/projection.js'
import { asOf, finalityAt, isFinal } from '../finality.js'
import { bound, type ColumnsOf, dataStatusOf, decimal, derivable, isoTime, value } from './columns.js'
import { metadataOf } from './metadata.js'
import { statement, statements } from './prepared.js'

export interface PortfolioFilter {
  readonly networkId: number
  readonly account: string
  /** Only what has not changed above the finalized block. */
  readonly onlyFinal: boolean
}

export type PortfolioQueries = ReturnType<typeof portfolioQueries>

/** Reads of what an account holds. */
export function portfolioQueries(orm: Db['orm']) {
  const listOf = statements(orm, portfolioList)
  return {
    /** Rows of a page of the account's assets on a network by asset id, one more than `limit`. */
    ofAccount: async ({ networkId, account, onlyFinal }: PortfolioFilter, after: string | undefined, limit: number) => {
      const name = ['api_portfolio', after && 'next', onlyFinal && 'final'].join('_')
      return await listOf(name, after !== undefined, onlyFinal).execute({
        network: networkId,
        account,
        after,
        limit: limit + 1,
      })
    },
  }
}

function portfolioList(orm: Db['orm'], name: string, following: boolean, onlyFinal: boolean) {
  const held = and(
    eq(portfolioAssets.accountAddress, bound(ownershipView.accountAddress, 'account')),
    eq(portfolioAssets.networkId, sql.placeholder('network')),
    onlyFinal ? isFinal(orm, portfolioAssets.lastBlock, portfolioAssets.networkId) : undefined,
  )
  const asset = orm
    .select()
    .from(portfolioAssets)
    .where(following ? and(held, gt(portfolioAssets.assetId, sql.placeholder('after'))) : held)
    .orderBy(portfolioAssets.assetId)
    .limit(sql.placeholder('limit'))
    .as('asset')
  return statement(
    orm,
    name,
    orm
      .select({
        // Any block up to the projected one may have moved an asset away: the list as a whole is no more final than that block.
        answer: { ...asOf(networkStatus.projectedNumber), history_complete: value(networkStatus.historyComplete) },
        present: sql<boolean>`${asset.assetId} IS NOT NULL`,
        item: portfolioFields(asset),
      })
      .from(networkStatus)
      .leftJoin(asset, sql`true`)
      .leftJoin(collectionStats, eq(collectionStats.collectionId, asset.collectionId))
      .where(eq(networkStatus.networkId, sql.placeholder('network')))
      .orderBy(asset.assetId),
  )
}

/** The columns of a `PortfolioAsset`, in a statement that joins `network_status` and `collection_stats`. */
function portfolioFields(asset: ColumnsOf<typeof portfolioAssets>) {
  return {
    asset_id: value(asset.assetId),
    network: value(networkStatus.name),
    collection_id: value(asset.collectionId),
    contract: sql<string | null>`${collectionStats.address}`.mapWith(collectionStats.address),
    token_id: decimal(asset.tokenId),
    address: value(asset.address),
    standard: value(asset.standard),
    quantity: decimal(asset.quantity),
    is_stub: value(asset.isStub),
    metadata: metadataOf(asset.assetId),
    history_complete: value(asset.historyComplete),
    derivable,
    data_status: dataStatusOf(collectionStats.address, asset.address),
    last_block: value(asset.lastBlock),
    last_event_at: isoTime(asset.lastEventAt),
    finality_status: finalityAt(asset.lastBlock),
  }
}
