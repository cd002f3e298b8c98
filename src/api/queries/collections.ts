import { eq, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf, finalityAt } from '../finality.js'
import { decimal, isoTime, value } from './columns.js'

export type CollectionQueries = ReturnType<typeof collectionQueries>

/** Reads of collection cards. */
export function collectionQueries(orm: Db['orm']) {
  const byId = orm
    .select({
      answer: asOf(collectionStats.lastBlock),
      data: {
        collection_id: value(collectionStats.collectionId),
        network: value(networkStatus.name),
        contract: value(collectionStats.address),
        standard: value(collectionStats.standard),
        name: value(collectionStats.name),
        items: value(collectionStats.items),
        owners: value(collectionStats.owners),
        supply: decimal(collectionStats.supply),
        is_stub: value(collectionStats.isStub),
        history_complete: value(collectionStats.historyComplete),
        last_block: value(collectionStats.lastBlock),
        last_event_at: isoTime(collectionStats.lastEventAt),
        finality_status: finalityAt(collectionStats.lastBlock),
      },
    })
    .from(collectionStats)
    .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
    .where(eq(collectionStats.collectionId, sql.placeholder('id')))
    .prepare('api_collection')
  return {
    /** The card and what it was computed at; undefined when the collection is not known. */
    find: async (id: string) => (await byId.execute({ id }))[0],
  }
}
