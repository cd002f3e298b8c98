import { eq, type SQL, sql } from 'drizzle-orm'
import { addressToBytea, EVM_ZERO, TON_ZERO } from '../../core/address.js'
import type { Db } from '../../core/db.js'
import { assetCards, collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf } from '../finality.js'
import { assetFields } from './assets.js'
import { value } from './columns.js'
import type { Key } from './keyset.js'
import { iso, OPEN } from './market.js'

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
    /** Rows of a page, one more than `limit`, each with the value it is ranked by; none when the collection is not known. */
    ofCollection: async (filter: MarketFilter, key: Key | undefined, limit: number) => {
      const ranked = rankedAssets(filter, key, limit + 1)
      return await orm
        .select({
          answer: { ...asOf(collectionStats.lastBlock), history_complete: value(collectionStats.historyComplete) },
          present: sql<boolean>`${assetCards.assetId} IS NOT NULL`,
          rank: sql<string | null>`ranked.rank::text`,
          item: assetFields(assetCards),
        })
        .from(collectionStats)
        .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
        .leftJoin(sql`(${ranked}) AS ranked`, sql`true`)
        .leftJoin(assetCards, sql`${assetCards.assetId} = ranked.asset_id`)
        .where(eq(collectionStats.collectionId, filter.collectionId))
        .orderBy(sql`ranked.place`)
    },
  }
}

function rankedAssets(filter: MarketFilter, key: Key | undefined, limit: number): SQL {
  const descending = filter.sort !== 'price' && filter.sort !== 'token_id'
  const direction = sql.raw(descending ? 'DESC NULLS LAST' : 'ASC NULLS LAST')
  const ids = sql.raw(descending ? 'DESC' : 'ASC')
  const source = filter.sort === 'last_sale' ? soldAssets(filter) : listedAssets(filter)
  return sql`SELECT r.asset_id, r.rank, row_number() OVER (ORDER BY r.rank ${direction}, r.asset_id ${ids}) AS place
    FROM (${source}) r WHERE ${afterKey(key, descending, filter.sort)}
    ORDER BY r.rank ${direction}, r.asset_id ${ids} LIMIT ${limit}`
}

function afterKey(key: Key | undefined, descending: boolean, sort: MarketFilter['sort']): SQL {
  if (key === undefined) return sql`true`
  const beyond = sql.raw(descending ? '<' : '>')
  if (key.value === null) return sql`r.rank IS NULL AND r.asset_id ${beyond} ${key.id}::uuid`
  const rank = sort === 'last_sale' ? sql`${key.value}::text` : sql`${key.value}::numeric`
  return sql`((r.rank, r.asset_id) ${beyond} (${rank}, ${key.id}::uuid) OR r.rank IS NULL)`
}

/** Each asset that is for sale in the currency, with its lowest price or its token id. */
function listedAssets({ collectionId, owner, tokenId, currency, minPrice, maxPrice, sort }: MarketFilter): SQL {
  const best = sql`SELECT DISTINCT ON (asset_id) asset_id, unit_price FROM projection.listing_cards
    WHERE collection_id = ${collectionId} AND ${inCurrency(currency)} AND ${OPEN}
      AND unit_price >= ${minPrice ?? '0'}::numeric ${maxPrice === undefined ? sql`` : sql`AND unit_price <= ${maxPrice}::numeric`}
    ORDER BY asset_id, unit_price`
  const rank = sql.raw(sort.endsWith('token_id') ? 'c.token_id' : 'b.unit_price')
  return sql`SELECT b.asset_id, ${rank} AS rank FROM (${best}) b JOIN projection.asset_cards c USING (asset_id)
    WHERE ${ofAsset(owner, tokenId)}`
}

/** Each asset that was sold alone, with the time of its last sale; times as text that sorts like them. */
function soldAssets({ collectionId, owner, tokenId }: MarketFilter): SQL {
  return sql`SELECT s.asset_id, ${sql.raw(iso('s.sold_at'))} AS rank FROM projection.last_sales s
    JOIN projection.asset_cards c USING (asset_id) WHERE s.collection_id = ${collectionId} AND ${ofAsset(owner, tokenId)}`
}

function ofAsset(owner: string | undefined, tokenId: string | undefined): SQL {
  const byToken = tokenId === undefined ? sql`true` : sql`c.token_id = ${tokenId}::numeric`
  if (owner === undefined) return byToken
  return sql`${byToken} AND EXISTS (SELECT FROM projection.ownership_view v
    WHERE v.asset_id = c.asset_id AND v.account_address = ${addressToBytea(owner)}::bytea)`
}

const NATIVE = [EVM_ZERO, TON_ZERO].map(addressToBytea)

function inCurrency(currency: string | undefined): SQL {
  if (currency !== undefined) return sql`currency = ${addressToBytea(currency)}::bytea`
  return sql`currency IN (${sql.join(
    NATIVE.map((native) => sql`${native}::bytea`),
    sql`, `,
  )})`
}
