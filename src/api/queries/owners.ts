import { and, eq, gt, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { assetCards, networkStatus, ownershipView } from '../../core/schema/projection.js'
import { asOf, finalityAt } from '../finality.js'
import { bound, decimal, value } from './columns.js'
import { lookUp } from './prepared.js'

export type OwnerQueries = ReturnType<typeof ownerQueries>

/** Reads of who holds an asset. */
export function ownerQueries(db: Db) {
  const first = ownerList(db, false)
  const following = ownerList(db, true)
  return {
    /** Rows of a page of owners by account, one more than `limit`; none when the asset is not known. */
    ofAsset: async (assetId: string, after: string | undefined, limit: number) =>
      await (after === undefined ? first : following).execute({ asset: assetId, after, limit: limit + 1 }),
  }
}

function ownerList(db: Db, following: boolean) {
  const { orm } = db
  const asset = eq(ownershipView.assetId, sql.placeholder('asset'))
  const holding = orm
    .select()
    .from(ownershipView)
    .where(
      following ? and(asset, gt(ownershipView.accountAddress, bound(ownershipView.accountAddress, 'after'))) : asset,
    )
    .orderBy(ownershipView.accountAddress)
    .limit(sql.placeholder('limit'))
    .as('holding')
  return lookUp(
    db,
    following ? 'api_owners_next' : 'api_owners',
    orm
      .select({
        answer: { ...asOf(assetCards.lastBlock), history_complete: value(assetCards.historyComplete) },
        present: sql<boolean>`${holding.assetId} IS NOT NULL`,
        item: {
          account_address: value(holding.accountAddress),
          quantity: decimal(holding.quantity),
          finality_status: finalityAt(assetCards.lastBlock),
        },
      })
      .from(assetCards)
      .innerJoin(networkStatus, eq(networkStatus.networkId, assetCards.networkId))
      .leftJoin(holding, sql`true`)
      .where(eq(assetCards.assetId, sql.placeholder('asset')))
      .orderBy(holding.accountAddress),
  )
}
