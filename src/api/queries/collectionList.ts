import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { collectionStats, networkStatus } from '../../core/schema/projection.js'
import type { CollectionSearch } from '../collectionSearch.js'
import { asOf, isFinalHere } from '../finality.js'
import { collectionFields } from './collections.js'
import { bound, value } from './columns.js'
import { statement, statements } from './prepared.js'

/** What a list of collections can be ordered by: most first. */
export const collectionOrders = ['items', 'owners'] as const
export type CollectionOrder = (typeof collectionOrders)[number]

export interface CollectionFilter {
  /** Name of a network; undefined for all. */
  readonly network: string | undefined
  readonly search: CollectionSearch | undefined
  /** Only those that have not changed above the finalized block. */
  readonly onlyFinal: boolean
}

export interface CollectionPage {
  readonly order: CollectionOrder
  readonly after: { readonly count: number; readonly id: string } | undefined
  readonly limit: number
}

export type CollectionListQueries = ReturnType<typeof collectionListQueries>

/** Reads of lists of collections over networks. */
export function collectionListQueries(orm: Db['orm']) {
  const listOf = statements(orm, collectionList)
  return {
    /** Rows of a page, per network one more than `limit` at most, those with the most first; at least one row per network. */
    page: async (filter: CollectionFilter, { order, after, limit }: CollectionPage) => {
      const { network, search, onlyFinal } = filter
      const parts = ['by', order, after && 'after', network && 'network', onlyFinal && 'final', search?.by]
      const name = `api_collections_${parts.filter(Boolean).join('_')}`
      return await listOf(name, filter, order, after !== undefined).execute({
        network,
        after_count: after?.count,
        after_id: after?.id,
        limit: limit + 1,
        ...search?.values,
      })
    },
  }
}

function collectionList(
  orm: Db['orm'],
  name: string,
  { network, search, onlyFinal }: CollectionFilter,
  order: CollectionOrder,
  following: boolean,
) {
  const { collectionId, networkId } = collectionStats
  const count = collectionStats[order]
  const after = sql`(${count}, ${collectionId}) < (${sql.placeholder('after_count')}, ${sql.placeholder('after_id')})`
  const collection = orm
    .select()
    .from(collectionStats)
    .where(
      and(
        eq(networkId, networkStatus.networkId),
        following ? after : undefined,
        matches(search),
        onlyFinal ? isFinalHere(collectionStats.lastBlock) : undefined,
      ),
    )
    .orderBy(desc(count), desc(collectionId))
    .limit(sql.placeholder('limit'))
    .as('collection')
  return statement(
    orm,
    // The plan for any search reads the list until enough is found; of the beginning of an address there may be one, or all of them.
    search === undefined ? name : undefined,
    orm
      .select({
        // Any block up to the projected one may have changed the order: the list is no more final than that block.
        answer: { ...asOf(networkStatus.projectedNumber), history_complete: value(networkStatus.historyComplete) },
        present: sql<boolean>`${collection.collectionId} IS NOT NULL`,
        item: collectionFields(collection),
      })
      .from(networkStatus)
      .leftJoinLateral(collection, sql`true`)
      .where(network !== undefined ? eq(networkStatus.name, sql.placeholder('network')) : undefined)
      .orderBy(desc(collection[order]), desc(collection.collectionId)),
  )
}

/** What a search leaves; its values are named parameters of the statement. */
export function matches(search: CollectionSearch | undefined): SQL | undefined {
  if (search === undefined) return undefined
  const { address, name } = collectionStats
  if (search.by === 'address') {
    // Bytes compare across the families: an address of TON begins with the byte of its workchain, 00 mostly, as one of EVM may.
    return sql`${address} BETWEEN ${bound(address, 'least')} AND ${bound(address, 'greatest')}
      AND octet_length(${address}) = octet_length(${bound(address, 'least')}::bytea)`
  }
  return sql`to_tsvector('simple', ${name}) @@ to_tsquery('simple', ${sql.placeholder('words')})`
}
