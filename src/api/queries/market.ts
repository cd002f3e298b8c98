import { type AnyColumn, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { addressFromHex } from '../../core/address.js'
import type { bestListing, lastSale, marketStats } from '../cards/marketCard.js'

/*
 * The market's part of cards, as JSON out of the statement that reads the card: whatever is said about prices is of the same snapshot
 * as the rest. Amounts are text, so that no digit is lost on the way.
 */

/** Listings that can be bought now, compared by price. The chain compares times with the next block's, which is about now. */
export const open = (table: string): string =>
  `${table}.unit_price IS NOT NULL AND (${table}.starts_at IS NULL OR ${table}.starts_at <= now())
    AND (${table}.ends_at IS NULL OR ${table}.ends_at > now())`
const OPEN = sql.raw(open('l'))

type LastSale = z.infer<typeof lastSale>
type BestListing = z.infer<typeof bestListing>
type MarketStats = z.infer<typeof marketStats>

/** A time as ISO 8601 in UTC, in SQL. */
export const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const money = (amount: string, table: string): string =>
  `'price', ${amount}::text, 'currency', '0x' || encode(${table}.currency, 'hex'), 'currency_decimals', ${table}.currency_decimals`

const sale =
  sql.raw(`json_build_object(${money('s.price', 's')}, 'sold_at', ${iso('s.sold_at')}, 'block_number', s.block_number,
  'quantity', s.quantity::text, 'marketplace', s.marketplace)`)

const listing = sql.raw(`json_build_object(${money('l.unit_price', 'l')}, 'listing_id', l.listing_id,
  'seller', '0x' || encode(l.seller, 'hex'), 'available', l.available::text, 'ends_at', ${iso('l.ends_at')},
  'marketplace', l.marketplace, 'source', l.source)`)

/**
 * What the market says about an asset, to be joined as `market`: the last confirmed sale of it on its own, the cheapest open listing per
 * unit (in the native currency if there is one, else in any), and the newest block of the two. LIMIT keeps both a search per asset: a plan
 * made for any page would read all sales there are.
 */
export function assetMarketOf(assetId: AnyColumn): SQL {
  return sql`LATERAL (SELECT sale.card AS last_sale, listing.card AS best_listing, greatest(sale.block, listing.block) AS last_block
    FROM (SELECT) AS one
    LEFT JOIN (SELECT ${sale} AS card, s.block_number AS block FROM projection.last_sales s
      WHERE s.asset_id = ${assetId} LIMIT 1) sale ON true
    LEFT JOIN (SELECT ${listing} AS card, l.last_block AS block FROM projection.listing_cards l
      WHERE l.asset_id = ${assetId} AND ${OPEN} ORDER BY l.currency, l.unit_price, l.listing_id LIMIT 1) listing ON true) AS market`
}

/** The columns of `assetMarketOf`. */
export const assetMarket = {
  lastSale: sql<LastSale | null>`market.last_sale`.mapWith(withAddresses<LastSale>),
  bestListing: sql<BestListing | null>`market.best_listing`.mapWith(withAddresses<BestListing>),
  lastBlock: sql`market.last_block`,
}

/*
 * Windows end now: whole hours from the buckets, and the sales of the hour in which the window begins one by one, so that a window is
 * right to the second although no row ever moves.
 */
const windows = (['24 hours', '7 days', '30 days'] as const).map((width, n) => ({
  name: ['24h', '7d', '30d'][n],
  width,
}))

const windowColumns = windows
  .map(
    ({ name }) => `
  'sales_${name}', coalesce(h.sales_${name}, 0) + coalesce(e.sales_${name}, 0),
  'volume_${name}', (coalesce(h.volume_${name}, 0) + coalesce(e.volume_${name}, 0))::text`,
  )
  .join(',')

const wholeHours = windows
  .map(({ name, width }) => {
    const whole = `FILTER (WHERE hour >= now() - interval '${width}')`
    return `sum(sales) ${whole} AS sales_${name}, sum(volume) ${whole} AS volume_${name}`
  })
  .join(', ')

/** The part of the hour in which a window begins that lies inside the window; its bucket began before the window and is not counted. */
const firstHours = windows
  .map(({ name, width }) => {
    const inside = `FILTER (WHERE happened_at > now() - interval '${width}'
      AND date_trunc('hour', happened_at, 'UTC') < now() - interval '${width}')`
    return `count(*) ${inside} AS sales_${name}, sum(coalesce(price, 0)) ${inside} AS volume_${name}`
  })
  .join(', ')

const inFirstHours = windows
  .map(
    ({ width }) =>
      `(happened_at > now() - interval '${width}' AND happened_at < date_trunc('hour', now() - interval '${width}', 'UTC') + interval '1 hour')`,
  )
  .join(' OR ')

/**
 * The cheapest open listing in each currency: from one currency to the next in the index, so that not every listing is read where there
 * are many of few currencies.
 */
function floorsOf(collectionId: AnyColumn): SQL {
  const first = (condition: string): SQL => sql`SELECT l.currency FROM projection.listing_cards l
    WHERE l.collection_id = ${collectionId} AND l.unit_price IS NOT NULL ${sql.raw(condition)} ORDER BY l.currency LIMIT 1`
  return sql`WITH RECURSIVE used (currency) AS ((${first('')})
      UNION ALL SELECT (${first('AND l.currency > used.currency')}) FROM used WHERE used.currency IS NOT NULL)
    SELECT cheapest.* FROM used CROSS JOIN LATERAL (
      SELECT l.* FROM projection.listing_cards l WHERE l.collection_id = ${collectionId} AND l.currency = used.currency AND ${OPEN}
      ORDER BY l.unit_price, l.listing_id LIMIT 1) cheapest`
}

/** Whether OpenSea's listings of a collection are read, and were not too long ago. */
export function coversOpensea(collectionId: AnyColumn | SQL): SQL<boolean> {
  return sql<boolean>`EXISTS (SELECT FROM projection.listing_sources o
    WHERE o.collection_id = ${collectionId} AND o.source = 'opensea' AND o.fresh_until > now())`
}

/** Where listings are known from, floor per currency, how many assets are listed, and sales and volume of a collection by window. */
export function marketStatsOf(collectionId: AnyColumn): SQL<MarketStats> {
  return sql`(SELECT json_build_object(
    'coverage', json_build_object('onchain', true, 'opensea', ${coversOpensea(collectionId)}),
    'listed', (SELECT count(DISTINCT l.asset_id) FROM projection.listing_cards l
               WHERE l.collection_id = ${collectionId} AND ${OPEN}),
    'floors', (SELECT coalesce(json_agg(json_build_object(${sql.raw(money('f.unit_price', 'f'))}, 'listing_id', f.listing_id,
                 'asset_id', f.asset_id) ORDER BY f.currency), '[]')
               FROM (${floorsOf(collectionId)}) f),
    'sales', (SELECT coalesce(json_agg(json_build_object('currency', '0x' || encode(t.currency, 'hex'),
                'currency_decimals', t.currency_decimals, ${sql.raw(windowColumns)},
                'sales_all', t.sales, 'volume_all', t.volume::text) ORDER BY t.currency), '[]')
              FROM projection.sale_totals t
              LEFT JOIN LATERAL (SELECT ${sql.raw(wholeHours)} FROM projection.sale_hours
                WHERE collection_id = t.collection_id AND currency = t.currency AND hour > now() - interval '30 days') h ON true
              LEFT JOIN LATERAL (SELECT ${sql.raw(firstHours)} FROM projection.market_activity
                WHERE counted_collection = t.collection_id AND coalesce(currency, '') = t.currency
                  AND (${sql.raw(inFirstHours)})) e ON true
              WHERE t.collection_id = ${collectionId})))`.mapWith(withAddresses<MarketStats>)
}

/**
 * The newest block in which something of the collection was listed, sold or taken back: a step along an index each, where the newest of
 * the listings that are open would be a search among all of them.
 */
export function marketBlockOf(collectionId: AnyColumn): SQL {
  const newest = (table: string): SQL => sql`(SELECT a.block_number FROM projection.${sql.raw(table)} a
    WHERE a.collection_id = ${collectionId} AND a.of_collection ORDER BY a.block_number DESC LIMIT 1)`
  return sql`greatest(${newest('market_activity')}, ${newest('cancellations')})`
}

const ADDRESSES = new Set(['currency', 'seller', 'buyer', 'from', 'to', 'contract'])

/** JSON out of PostgreSQL with addresses in their canonical form; an empty one is none. */
export function withAddresses<T>(json: T): T {
  if (Array.isArray(json)) return json.map((item: unknown) => withAddresses(item)) as T
  if (typeof json !== 'object' || json === null) return json
  const entries = Object.entries(json).map(([name, value]: [string, unknown]) => {
    if (!ADDRESSES.has(name) || typeof value !== 'string') return [name, withAddresses(value)]
    return [name, value === '0x' ? null : addressFromHex(value)]
  })
  return Object.fromEntries(entries) as T
}
