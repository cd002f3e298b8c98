import { eq, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf, finalityAt } from '../finality.js'
import { type ColumnsOf, dataStatusOf, decimal, isoTime, value } from './columns.js'
import { marketBlockOf, marketStatsOf } from './market.js'
import { statement } from './prepared.js'

export type CollectionQueries = ReturnType<typeof collectionQueries>

/** Reads of collection cards. */
export function collectionQueries(orm: Db['orm']) {
  const newest = sql`greatest(${collectionStats.lastBlock}, ${marketBlockOf(collectionStats.collectionId)})`
  const byId = statement(
    orm,
    'api_collection',
    orm
      .select({
        answer: asOf(newest),
        data: {
          ...collectionFields(collectionStats),
          market: marketStatsOf(collectionStats.collectionId),
          finality_status: finalityAt(newest),
        },
      })
      .from(collectionStats)
      .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
      .where(eq(collectionStats.collectionId, sql.placeholder('id'))),
  )
  return {
    /** The card and what it was computed at; undefined when the collection is not known. */
    find: async (id: string) => (await byId.execute({ id }))[0],
  }
}

/** The columns of a `CollectionCard`, in a statement that joins `network_status`. */
export function collectionFields(collection: ColumnsOf<typeof collectionStats>) {
  return {
    collection_id: value(collection.collectionId),
    network: value(networkStatus.name),
    contract: value(collection.address),
    standard: value(collection.standard),
    standard_confidence: value(collection.standardConfidence),
    derivable: value(collection.derivable),
    name: value(collection.name),
    items: value(collection.items),
    owners: value(collection.owners),
    supply: decimal(collection.supply),
    is_stub: value(collection.isStub),
    history_complete: value(collection.historyComplete),
    data_status: dataStatusOf(collection.address),
    last_block: value(collection.lastBlock),
    last_event_at: isoTime(collection.lastEventAt),
    finality_status: finalityAt(collection.lastBlock),
  }
}
