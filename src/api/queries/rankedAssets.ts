import { eq, type SQL, sql } from 'drizzle-orm'
import { addressToBytea } from '../../core/address.js'
import type { Db } from '../../core/db.js'
import { assetCards, collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf } from '../finality.js'
import { assetFields } from './assets.js'
import { value } from './columns.js'
import type { Key } from './keyset.js'
import { assetMarketOf, iso, open } from './market.js'
import { nativeCurrency } from './native.js'
import { planned } from './prepared.js'

/** What of a collection's assets is wanted, by what the market says about them. Amounts are per unit, in `currency`. */
export interface MarketFilter {
  readonly collectionId: string
  readonly owner: string | undefined
  readonly tokenId: string | undefined
  /** undefined: the native currency, of whichever chain. */
  readonly currency: string | undefined
  readonly minPrice: string | undefined
  readonly maxPrice: string | undefined
  /** price: cheapest first. -price: dearest first. last_sale: sold last first, also what is not for sale. */
  readonly sort: 'price' | '-price' | 'last_sale' | 'token_id' | '-token_id'
}

export type RankedAssetQueries = ReturnType<typeof rankedAssetQueries>

/** Reads of a collection's assets by price and by last sale: the search begins at the listings or sales, never at all the assets. */
export function rankedAssetQueries(orm: Db['orm']) {
  return {
    /**
     * Rows of a page, one more than `limit`, each with the value it is ranked by; none when the collection is not known. A plan for any
     * limit would sort all listings, which costs a hundred times the planning.
     */
    ofCollection: planned(orm, (filter: MarketFilter, key: Key | undefined, limit: number) =>
      orm
        .select({
          // Any block up to the projected one may have ended a listing or moved an asset to another place, and left no row that says so.
          answer: { ...asOf(networkStatus.projectedNumber), history_complete: value(collectionStats.historyComplete) },
          present: sql<boolean>`${assetCards.assetId} IS NOT NULL`,
          rank: sql<string | null>`ranked.rank`,
          item: assetFields(assetCards),
        })
        .from(collectionStats)
        .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
        .leftJoin(sql`(${rankedAssets(filter, key, limit + 1)}) AS ranked`, sql`true`)
        .leftJoin(assetCards, sql`${assetCards.assetId} = ranked.asset_id`)
        .leftJoin(assetMarketOf(assetCards.assetId), sql`true`)
        .where(eq(collectionStats.collectionId, filter.collectionId))
        .orderBy(sql`ranked.place`),
    ),
  }
}

/** Where assets come from in some order, which an index of that table gives. */
interface Ranking {
  readonly source: SQL
  /** What they are ordered by, and its type. */
  readonly value: SQL
  readonly type: 'numeric' | 'timestamptz'
  /** The value as a cursor carries it. */
  readonly text: SQL
  readonly conditions: readonly SQL[]
}

function rankedAssets(filter: MarketFilter, key: Key | undefined, limit: number): SQL {
  const descending = filter.sort !== 'price' && filter.sort !== 'token_id'
  const { source, value: rank, text, type, conditions } = rankingOf(filter)
  // Prices and times are never null, and their indexes are read as they are; token ids may be, and come last in both directions.
  const order = sql.raw(`${descending ? 'DESC' : 'ASC'}${filter.sort.endsWith('token_id') ? ' NULLS LAST' : ''}`)
  const ids = sql.raw(descending ? 'DESC' : 'ASC')
  const all = [...conditions, ...ofAsset(filter), ...afterKey(key, rank, type, descending)]
  return sql`SELECT c.asset_id, ${text} AS rank, row_number() OVER (ORDER BY ${rank} ${order}, c.asset_id ${ids}) AS place
    FROM ${source} WHERE ${sql.join(all, sql` AND `)}
    ORDER BY ${rank} ${order}, c.asset_id ${ids} LIMIT ${limit}`
}

/** The rows after a key; for a value that is known also a condition that an index can follow. */
function afterKey(key: Key | undefined, rank: SQL, type: Ranking['type'], descending: boolean): SQL[] {
  if (key === undefined) return []
  const beyond = sql.raw(descending ? '<' : '>')
  if (key.value === null) return [sql`${rank} IS NULL AND c.asset_id ${beyond} ${key.id}::uuid`]
  const last = sql`${key.value}::${sql.raw(type)}`
  const after = sql`(${rank}, c.asset_id) ${beyond} (${last}, ${key.id}::uuid)`
  // Of the rankings only the one by token id holds nulls, and has no index to follow.
  return type === 'numeric' && rank === TOKEN_ID
    ? [sql`(${after} OR ${rank} IS NULL)`]
    : [after, sql`${rank} ${beyond}= ${last}`]
}

const TOKEN_ID = sql.raw('c.token_id')

function rankingOf(filter: MarketFilter): Ranking {
  const { collectionId, sort } = filter
  if (sort === 'last_sale') {
    return {
      source: sql`projection.last_sales s JOIN projection.asset_cards c USING (asset_id)`,
      ...{ value: sql.raw('s.sold_at'), type: 'timestamptz', text: sql.raw(iso('s.sold_at')) },
      conditions: [sql`s.collection_id = ${collectionId}`],
    }
  }
  const lowest = [...forSale('l', filter), noCheaper(filter)]
  if (sort === 'price' || sort === '-price') {
    return {
      source: sql`projection.listing_cards l JOIN projection.asset_cards c USING (asset_id)`,
      ...{ value: sql.raw('l.unit_price'), type: 'numeric', text: sql.raw('l.unit_price::text') },
      conditions: lowest,
    }
  }
  const listed = sql`SELECT DISTINCT l.asset_id FROM projection.listing_cards l WHERE ${sql.join(forSale('l', filter), sql` AND `)}`
  return {
    source: sql`(${listed}) l JOIN projection.asset_cards c USING (asset_id)`,
    ...{ value: TOKEN_ID, type: 'numeric', text: sql.raw('c.token_id::text') },
    conditions: [sql`true`],
  }
}

/** Listings of the collection that can be bought at a price that is wanted. */
function forSale(table: string, { collectionId, currency, minPrice, maxPrice }: MarketFilter): SQL[] {
  const [ofCollection, inCurrency, price] = ['collection_id', 'currency', 'unit_price'].map((name) =>
    sql.raw(`${table}.${name}`),
  )
  const wanted = currency === undefined ? nativeOf(collectionId) : sql`${addressToBytea(currency)}::bytea`
  return [
    sql`${ofCollection} = ${collectionId}`,
    sql`${inCurrency} = ${wanted}`,
    sql.raw(open(table)),
    sql`${price} >= ${minPrice ?? '0'}::numeric`,
    ...(maxPrice === undefined ? [] : [sql`${price} <= ${maxPrice}::numeric`]),
  ]
}

/** An asset is ranked by its lowest price: by the first of the listings that `forSale` finds of it. */
function noCheaper(filter: MarketFilter): SQL {
  return sql`NOT EXISTS (SELECT FROM projection.listing_cards o WHERE o.asset_id = l.asset_id
    AND ${sql.join(forSale('o', filter), sql` AND `)} AND (o.unit_price, o.listing_id) < (l.unit_price, l.listing_id))`
}

function ofAsset({ owner, tokenId }: MarketFilter): SQL[] {
  return [
    ...(tokenId === undefined ? [] : [sql`c.token_id = ${tokenId}::numeric`]),
    ...(owner === undefined
      ? []
      : [
          sql`EXISTS (SELECT FROM projection.ownership_view v
            WHERE v.asset_id = c.asset_id AND v.account_address = ${addressToBytea(owner)}::bytea)`,
        ]),
  ]
}

/** One value, not a list of those of all chains: only then an index gives the listings in the order of their prices. */
function nativeOf(collectionId: string): SQL {
  return sql`(SELECT ${nativeCurrency(sql`n.chain`)} FROM projection.collection_stats s
    JOIN projection.network_status n USING (network_id) WHERE s.collection_id = ${collectionId})`
}
