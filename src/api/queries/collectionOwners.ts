import { and, eq, gt, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { collectionOwners, collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf, finalityAt } from '../finality.js'
import { bound, decimal, value } from './columns.js'
import { statement } from './prepared.js'

export type CollectionOwnerQueries = ReturnType<typeof collectionOwnerQueries>

/** Reads of who holds any asset of a collection. */
export function collectionOwnerQueries(orm: Db['orm']) {
  const first = ownerList(orm, false)
  const following = ownerList(orm, true)
  return {
    /** Rows of a page of owners by account, one more than `limit`; none when the collection is not known. */
    page: async (collectionId: string, after: string | undefined, limit: number) =>
      await (after === undefined ? first : following).execute({ collection: collectionId, after, limit: limit + 1 }),
  }
}

function ownerList(orm: Db['orm'], following: boolean) {
  const { collectionId, accountAddress } = collectionOwners
  const ofCollection = eq(collectionId, sql.placeholder('collection'))
  const holder = orm
    .select()
    .from(collectionOwners)
    .where(following ? and(ofCollection, gt(accountAddress, bound(accountAddress, 'after'))) : ofCollection)
    .orderBy(accountAddress)
    .limit(sql.placeholder('limit'))
    .as('holder')
  return statement(
    orm,
    following ? 'api_collection_owners_next' : 'api_collection_owners',
    orm
      .select({
        answer: { ...asOf(collectionStats.lastBlock), history_complete: value(collectionStats.historyComplete) },
        present: sql<boolean>`${holder.collectionId} IS NOT NULL`,
        item: {
          account_address: value(holder.accountAddress),
          assets: value(holder.assets),
          quantity: decimal(holder.quantity),
          finality_status: finalityAt(collectionStats.lastBlock),
        },
      })
      .from(collectionStats)
      .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
      .leftJoin(holder, sql`true`)
      .where(eq(collectionStats.collectionId, sql.placeholder('collection')))
      .orderBy(holder.accountAddress),
  )
}
