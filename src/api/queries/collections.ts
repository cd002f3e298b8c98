import { and, desc, eq, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf, finalityAt } from '../finality.js'
import { type ColumnsOf, decimal, isoTime, value } from './columns.js'
import { marketStatsOf } from './market.js'

export type CollectionQueries = ReturnType<typeof collectionQueries>

/** Reads of collection cards. */
export function collectionQueries(orm: Db['orm']) {
  const byId = orm
    .select({
      answer: asOf(collectionStats.lastBlock),
      data: { ...collectionFields(collectionStats), market: marketStatsOf(collectionStats.collectionId) },
    })
    .from(collectionStats)
    .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
    .where(eq(collectionStats.collectionId, sql.placeholder('id')))
    .prepare('api_collection')
  const first = networkList(orm, false)
  const following = networkList(orm, true)
  return {
    /** The card and what it was computed at; undefined when the collection is not known. */
    find: async (id: string) => (await byId.execute({ id }))[0],

    /** Rows of a page of a network's collections, those with most items first, one more than `limit`. */
    ofNetwork: async (networkId: number, after: { items: number; id: string } | undefined, limit: number) =>
      await (after === undefined ? first : following).execute({
        network: networkId,
        after_items: after?.items,
        after_id: after?.id,
        limit: limit + 1,
      }),
  }
}

function networkList(orm: Db['orm'], following: boolean) {
  const { items, collectionId, networkId } = collectionStats
  const ofNetwork = eq(networkId, sql.placeholder('network'))
  const after = sql`(${items}, ${collectionId}) < (${sql.placeholder('after_items')}, ${sql.placeholder('after_id')})`
  const collection = orm
    .select()
    .from(collectionStats)
    .where(following ? and(ofNetwork, after) : ofNetwork)
    .orderBy(desc(items), desc(collectionId))
    .limit(sql.placeholder('limit'))
    .as('collection')
  return orm
    .select({
      // Any block up to the projected one may have changed the order: the list is no more final than that block.
      answer: { ...asOf(networkStatus.projectedNumber), history_complete: value(networkStatus.historyComplete) },
      present: sql<boolean>`${collection.collectionId} IS NOT NULL`,
      item: collectionFields(collection),
    })
    .from(networkStatus)
    .leftJoin(collection, sql`true`)
    .where(eq(networkStatus.networkId, sql.placeholder('network')))
    .orderBy(desc(collection.items), desc(collection.collectionId))
    .prepare(following ? 'api_collections_next' : 'api_collections')
}

/** The columns of a `CollectionCard`, in a statement that joins `network_status`. */
export function collectionFields(collection: ColumnsOf<typeof collectionStats>) {
  return {
    collection_id: value(collection.collectionId),
    network: value(networkStatus.name),
    contract: value(collection.address),
    standard: value(collection.standard),
    name: value(collection.name),
    items: value(collection.items),
    owners: value(collection.owners),
    supply: decimal(collection.supply),
    is_stub: value(collection.isStub),
    history_complete: value(collection.historyComplete),
    last_block: value(collection.lastBlock),
    last_event_at: isoTime(collection.lastEventAt),
    finality_status: finalityAt(collection.lastBlock),
  }
}
