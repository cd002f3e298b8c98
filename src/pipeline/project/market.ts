import type { Tx } from '../../core/db.js'
import type { Network } from '../../core/networks.js'
import { lockProjection } from '../locks.js'
import { hasCard } from './expiry.js'

/** The sales and listings that may have changed. */
interface Changes {
  readonly saleIds: readonly string[]
  readonly listingIds: readonly string[]
}

/*
 * As with holdings: the statement reads what the read models should say about the touched sales, compares it with what they do say,
 * and moves the statistics by the difference. The cost follows the batch, whatever the size of the collection.
 */
const PROJECT_SALES = `
WITH touched AS MATERIALIZED (SELECT DISTINCT event_id FROM unnest($1::uuid[]) AS t (event_id)),
old AS MATERIALIZED (SELECT a.* FROM touched JOIN projection.market_activity a USING (event_id)),
new AS MATERIALIZED (
  SELECT s.*, (u.n - 1)::integer AS item_index, u.asset_id AS item_asset, u.collection_id AS item_collection,
    row_number() OVER (PARTITION BY s.sale_id, u.collection_id ORDER BY u.n) = 1 AS of_collection,
    CASE WHEN u.n = 1 AND s.confirmed THEN s.collection_id END AS counted_collection
  FROM touched t JOIN market.sales_history s ON s.sale_id = t.event_id
  CROSS JOIN LATERAL unnest(s.asset_ids, s.collection_ids) WITH ORDINALITY AS u (asset_id, collection_id, n)),
gone AS (
  DELETE FROM projection.market_activity a USING old o
  WHERE a.event_id = o.event_id AND a.item_index = o.item_index
    AND (o.event_id, o.item_index) NOT IN (SELECT sale_id, item_index FROM new)),
written AS (
  INSERT INTO projection.market_activity AS a (event_id, item_index, kind, network_id, block_number, position, sub_index,
    happened_at, asset_id, collection_id, of_collection, counted_collection, bundle_size, seller, buyer, quantity, price, currency,
    currency_decimals, fees, royalties, side, marketplace, confirmed)
  SELECT sale_id, item_index, 'sale', network_id, block_number, position, sub_index, sold_at, item_asset, item_collection,
    of_collection, counted_collection, bundle_size, seller, buyer, quantity, price, currency, currency_decimals, fees, royalties,
    side, marketplace, confirmed
  FROM new
  ON CONFLICT (event_id, item_index) DO UPDATE SET block_number = EXCLUDED.block_number, position = EXCLUDED.position,
    happened_at = EXCLUDED.happened_at, asset_id = EXCLUDED.asset_id, collection_id = EXCLUDED.collection_id,
    of_collection = EXCLUDED.of_collection, counted_collection = EXCLUDED.counted_collection,
    bundle_size = EXCLUDED.bundle_size, seller = EXCLUDED.seller, buyer = EXCLUDED.buyer, quantity = EXCLUDED.quantity,
    price = EXCLUDED.price, currency = EXCLUDED.currency, currency_decimals = EXCLUDED.currency_decimals,
    fees = EXCLUDED.fees, royalties = EXCLUDED.royalties, side = EXCLUDED.side, marketplace = EXCLUDED.marketplace,
    confirmed = EXCLUDED.confirmed),
change AS MATERIALIZED (
  SELECT collection_id, currency, hour, max(decimals) FILTER (WHERE sales > 0) AS decimals, sum(sales) AS sales, sum(volume) AS volume
  FROM (SELECT counted_collection AS collection_id, coalesce(currency, '') AS currency, date_trunc('hour', happened_at, 'UTC') AS hour,
          currency_decimals AS decimals, -1 AS sales, -coalesce(price, 0) AS volume
        FROM old WHERE counted_collection IS NOT NULL
        UNION ALL
        SELECT counted_collection, coalesce(currency, ''), date_trunc('hour', sold_at, 'UTC'), currency_decimals, 1, coalesce(price, 0)
        FROM new WHERE counted_collection IS NOT NULL) x
  GROUP BY 1, 2, 3 HAVING sum(sales) <> 0 OR sum(volume) <> 0
    OR max(decimals) FILTER (WHERE sales > 0) IS DISTINCT FROM max(decimals) FILTER (WHERE sales < 0)),
hours AS (
  INSERT INTO projection.sale_hours AS h (collection_id, currency, hour, sales, volume)
  SELECT collection_id, currency, hour, sales, volume FROM change
  ON CONFLICT (collection_id, currency, hour) DO UPDATE SET sales = h.sales + EXCLUDED.sales, volume = h.volume + EXCLUDED.volume),
totals AS (
  INSERT INTO projection.sale_totals AS t (collection_id, currency, currency_decimals, sales, volume)
  SELECT collection_id, currency, max(decimals), sum(sales), sum(volume) FROM change GROUP BY 1, 2
  ON CONFLICT (collection_id, currency) DO UPDATE SET sales = t.sales + EXCLUDED.sales, volume = t.volume + EXCLUDED.volume,
    currency_decimals = coalesce(EXCLUDED.currency_decimals, t.currency_decimals))
SELECT
  (SELECT array_agg(DISTINCT asset_id)
   FROM (SELECT asset_id FROM old UNION ALL SELECT item_asset FROM new) a WHERE asset_id IS NOT NULL) AS asset_ids,
  (SELECT array_agg(DISTINCT collection_id) FROM change WHERE sales <= 0) AS shrunk`

/**
 * The last confirmed sale of each of these assets, of those that were sold alone; none, where all of them are gone. It is read from the
 * projected sales: one that is in the state before its message comes may be taken back again, and then nothing would name its asset.
 */
const PROJECT_LAST = `
WITH last AS MATERIALIZED (
  SELECT t.asset_id, s.* FROM unnest($1::uuid[]) AS t (asset_id) LEFT JOIN LATERAL (
    SELECT a.event_id AS sale_id, a.collection_id, a.network_id, a.block_number, a.happened_at AS sold_at, a.currency_decimals,
      a.marketplace, a.quantity, a.price, a.currency
    FROM projection.market_activity a
    WHERE a.asset_id = t.asset_id AND a.kind = 'sale' AND a.confirmed AND a.bundle_size = 1
    ORDER BY a.block_number DESC, a.position DESC, a.sub_index DESC LIMIT 1) s ON true),
gone AS (
  DELETE FROM projection.last_sales p WHERE p.asset_id IN (SELECT asset_id FROM last WHERE sale_id IS NULL))
INSERT INTO projection.last_sales (asset_id, collection_id, network_id, block_number, sold_at, currency_decimals, marketplace,
  quantity, price, currency)
SELECT asset_id, collection_id, network_id, block_number, sold_at, currency_decimals, marketplace, quantity, price, currency
FROM last WHERE sale_id IS NOT NULL
ON CONFLICT (asset_id) DO UPDATE SET collection_id = EXCLUDED.collection_id, block_number = EXCLUDED.block_number,
  sold_at = EXCLUDED.sold_at, currency_decimals = EXCLUDED.currency_decimals, marketplace = EXCLUDED.marketplace,
  quantity = EXCLUDED.quantity, price = EXCLUDED.price, currency = EXCLUDED.currency`

/** Cards of the listings that are open; whether their time has come, or was over a moment ago, is decided by who reads. */
const PROJECT_LISTINGS = `
WITH touched AS MATERIALIZED (SELECT DISTINCT listing_id FROM unnest($1::uuid[]) AS t (listing_id)),
new AS MATERIALIZED (SELECT l.* FROM touched JOIN market.listings_current l USING (listing_id) WHERE ${hasCard('l')}),
gone AS (
  DELETE FROM projection.listing_cards c
  WHERE c.listing_id IN (SELECT listing_id FROM touched EXCEPT SELECT listing_id FROM new))
INSERT INTO projection.listing_cards (listing_id, collection_id, asset_id, last_block, starts_at, ends_at, network_id,
  currency_decimals, source, marketplace, seller, quantity, price, currency, token_id, market, order_hash, taker, bundle_size,
  is_auction, available, unit_price, end_price, min_bid, last_bid, holder_known)
SELECT listing_id, collection_id, asset_id, last_block, starts_at, ends_at, network_id, currency_decimals, source, marketplace, seller,
  quantity, price, currency, token_id, market, order_hash, taker, bundle_size, is_auction, available, unit_price, end_price, min_bid,
  last_bid, holder_known
FROM new
ON CONFLICT (listing_id) DO UPDATE SET collection_id = EXCLUDED.collection_id, asset_id = EXCLUDED.asset_id,
  last_block = EXCLUDED.last_block, starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at,
  currency_decimals = EXCLUDED.currency_decimals, source = EXCLUDED.source, marketplace = EXCLUDED.marketplace,
  seller = EXCLUDED.seller, quantity = EXCLUDED.quantity, price = EXCLUDED.price, currency = EXCLUDED.currency,
  token_id = EXCLUDED.token_id, taker = EXCLUDED.taker, bundle_size = EXCLUDED.bundle_size, is_auction = EXCLUDED.is_auction,
  available = EXCLUDED.available, unit_price = EXCLUDED.unit_price, end_price = EXCLUDED.end_price, min_bid = EXCLUDED.min_bid,
  last_bid = EXCLUDED.last_bid, holder_known = EXCLUDED.holder_known`

/** That these orders were listed, as things that happened: one row per asset of the order, while its terms are on the chain. */
const PROJECT_LISTED = `
WITH touched AS MATERIALIZED (SELECT DISTINCT event_id FROM unnest($1::uuid[]) AS t (event_id)),
new AS MATERIALIZED (
  SELECT l.*, l.listed_at AS happened_at, i.asset_id AS item_asset, i.collection_id AS item_collection,
    (row_number() OVER (PARTITION BY l.listing_id ORDER BY i.asset_id) - 1)::integer AS item_index,
    row_number() OVER (PARTITION BY l.listing_id, i.collection_id ORDER BY i.asset_id) = 1 AS of_collection
  FROM touched t JOIN market.listings_current l ON l.listing_id = t.event_id JOIN market.listing_items i USING (listing_id)
  WHERE l.listed_at IS NOT NULL),
gone AS (
  DELETE FROM projection.market_activity a USING touched t
  WHERE a.event_id = t.event_id AND (a.event_id, a.item_index) NOT IN (SELECT listing_id, item_index FROM new))
INSERT INTO projection.market_activity (event_id, item_index, kind, network_id, block_number, position, sub_index, happened_at, asset_id,
  collection_id, of_collection, bundle_size, seller, quantity, price, currency, currency_decimals, marketplace, confirmed)
SELECT listing_id, item_index, 'list', network_id, block_number, position, 0, happened_at, item_asset, item_collection, of_collection,
  bundle_size, seller, quantity, price, currency, currency_decimals, marketplace, true
FROM new
ON CONFLICT (event_id, item_index) DO UPDATE SET block_number = EXCLUDED.block_number, position = EXCLUDED.position,
  happened_at = EXCLUDED.happened_at, asset_id = EXCLUDED.asset_id, collection_id = EXCLUDED.collection_id,
  of_collection = EXCLUDED.of_collection, bundle_size = EXCLUDED.bundle_size, seller = EXCLUDED.seller,
  quantity = EXCLUDED.quantity, price = EXCLUDED.price, currency = EXCLUDED.currency,
  currency_decimals = EXCLUDED.currency_decimals, marketplace = EXCLUDED.marketplace`

/** That orders were taken back: one row per asset of the order, at the place of the event that ended it. */
const PROJECT_CANCELLED = `
WITH touched AS MATERIALIZED (SELECT DISTINCT listing_id FROM unnest($1::uuid[]) AS t (listing_id)),
new AS MATERIALIZED (
  SELECT l.*, l.ended_at AS happened_at, i.asset_id AS item_asset, i.collection_id AS item_collection,
    (row_number() OVER (PARTITION BY l.listing_id ORDER BY i.asset_id) - 1)::integer AS item_index,
    row_number() OVER (PARTITION BY l.listing_id, i.collection_id ORDER BY i.asset_id) = 1 AS of_collection
  FROM touched t JOIN market.listings_current l USING (listing_id) JOIN market.listing_items i USING (listing_id)
  WHERE l.status = 'cancelled' AND l.ended_at IS NOT NULL),
gone AS (
  DELETE FROM projection.cancellations c USING touched t
  WHERE c.listing_id = t.listing_id AND (c.listing_id, c.item_index) NOT IN (SELECT listing_id, item_index FROM new))
INSERT INTO projection.cancellations (event_id, listing_id, item_index, network_id, block_number, position, sub_index, happened_at,
  asset_id, collection_id, of_collection, bundle_size, seller, quantity, price, currency, currency_decimals, marketplace)
SELECT md5('cancel ' || listing_id)::uuid, listing_id, item_index, network_id, ended_block, ended_position, ended_sub_index, happened_at,
  item_asset, item_collection, of_collection, bundle_size, seller, quantity, price, currency, currency_decimals, marketplace
FROM new
ON CONFLICT (listing_id, item_index) DO UPDATE SET block_number = EXCLUDED.block_number, position = EXCLUDED.position,
  sub_index = EXCLUDED.sub_index, happened_at = EXCLUDED.happened_at, asset_id = EXCLUDED.asset_id,
  collection_id = EXCLUDED.collection_id, of_collection = EXCLUDED.of_collection, bundle_size = EXCLUDED.bundle_size,
  seller = EXCLUDED.seller, quantity = EXCLUDED.quantity, price = EXCLUDED.price, currency = EXCLUDED.currency,
  currency_decimals = EXCLUDED.currency_decimals, marketplace = EXCLUDED.marketplace`

interface SalesChanged {
  readonly asset_ids: string[] | null
  readonly shrunk: string[] | null
}

/** Brings listing cards, last sales, sale statistics and market activity up to the state of the touched sales and listings. */
export async function projectMarket(tx: Tx, network: Network, { saleIds, listingIds }: Changes): Promise<void> {
  if (saleIds.length + listingIds.length === 0) return
  await lockProjection(tx, network)
  if (saleIds.length > 0) {
    const [changed] = await tx.query<SalesChanged>(PROJECT_SALES, [saleIds])
    if (changed?.asset_ids) tx.send(PROJECT_LAST, [changed.asset_ids])
    if (changed?.shrunk) await removeEmpty(tx, changed.shrunk)
  }
  if (listingIds.length === 0) return
  tx.send(PROJECT_LISTINGS, [listingIds])
  tx.send(PROJECT_LISTED, [listingIds])
  tx.send(PROJECT_CANCELLED, [listingIds])
}

/** Statistics of sales that were all taken back, of collections in which one was: no row, as if they had never been. */
async function removeEmpty(tx: Tx, collectionIds: readonly string[]): Promise<void> {
  tx.send('DELETE FROM projection.sale_hours WHERE collection_id = ANY($1::uuid[]) AND sales = 0', [collectionIds])
  tx.send('DELETE FROM projection.sale_totals WHERE collection_id = ANY($1::uuid[]) AND sales = 0', [collectionIds])
}
