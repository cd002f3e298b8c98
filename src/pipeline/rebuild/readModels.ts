import { tonFromBytea, tonToBytea } from '../../core/address.js'
import { hasCard } from '../project/expiry.js'

/*
 * What each read model is, as one statement over ledger, catalog and state: the whole of it at once, and nothing of how it came
 * there. Beside the statements of `project/`, which move the read models by what a batch has changed, this is the second opinion.
 */

/** Rows of a read model belong to assets, to collections, or to sales and listings: what can be built anew on its own. */
export type Unit = 'assets' | 'collections' | 'events'

/** A table of `projection` that is a function of ledger, catalog and state. */
export interface ReadModel {
  readonly table: string
  readonly unit: Unit
  /** The column that names the unit of a row. */
  readonly unitColumn: string
  readonly key: readonly string[]
  /** Its rows. `among(column)` is a condition that restricts them to the units to be built. */
  rows(among: (column: string) => string): string
}

/** Where read models are built: a schema that no other transaction ever sees. */
export const SHADOW = 'projection_rebuild'

/** Assets with their last live movement: what several read models begin with. */
export const assetRows = (among: (column: string) => string): string => `
SELECT a.asset_id, a.collection_id, a.network_id, a.standard, a.first_kind, a.is_stub, a.token_id, a.address, s.single_owner,
  l.block_number AS last_block, b.time AS last_event_at,
  CASE WHEN s.single_owner THEN coalesce(o.seller, r.account_address) END AS owner,
  CASE WHEN s.single_owner THEN r.qty_delta END AS owned
FROM (
  SELECT DISTINCT ON (e.asset_id) e.network_id, e.asset_id, e.block_number, e.position, e.fork, e.normalized_event_id
  FROM ledger.normalized_events e
  JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
    AND k.incarnation = e.incarnation AND NOT k.is_reverted
  WHERE NOT e.reverts AND e.event_kind IN ('mint', 'transfer', 'burn') AND ${among('e.asset_id')}
  ORDER BY e.asset_id, e.block_number DESC, e.position DESC, e.sub_index DESC) l
JOIN catalog.assets a USING (asset_id)
JOIN ref.token_standards s ON s.standard = a.standard
JOIN ingest.blocks b ON b.network_id = l.network_id AND b.number = l.block_number AND b.fork = l.fork
LEFT JOIN ledger.normalized_event_deltas r ON r.network_id = l.network_id AND r.block_number = l.block_number
  AND r.normalized_event_id = l.normalized_event_id AND r.qty_delta > 0 AND s.single_owner
LEFT JOIN LATERAL (
  -- an item that is for sale is held by its sale contract, and shown as its seller's until it moves again
  SELECT ${tonToBytea("e.details->>'seller'")} AS seller
  FROM ledger.normalized_events e
  JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
    AND k.incarnation = e.incarnation AND NOT k.is_reverted
  WHERE a.standard = 'tep62' AND e.network_id = a.network_id AND e.asset_id = a.asset_id AND e.block_number >= l.block_number
    AND (e.block_number, e.position) >= (l.block_number, l.position) AND NOT e.reverts
    AND e.event_kind = 'list' AND e.details->>'holder' = ${tonFromBytea('r.account_address')}
  ORDER BY e.block_number DESC, e.position DESC, e.sub_index DESC LIMIT 1) o ON true`

/**
 * What the counted models are counted from: assets, holdings and sales that are built. Where only some are, the others are taken as they
 * are live, which is right, because they are not among those that were found to be wrong; what is in the state and on its way to the
 * read models is not counted before its message counts it.
 */
export const countedFrom = (all: boolean): readonly string[] => {
  const isBuilt = (unit: Unit, column: string): string =>
    `EXISTS (SELECT FROM ${SHADOW}.unit u WHERE u.unit = '${unit}' AND u.id = ${column})`
  const others = (
    column: string,
  ): string => `c.collection_id = ANY (ARRAY(SELECT id FROM ${SHADOW}.unit WHERE unit = 'collections'))
    AND NOT ${isBuilt('assets', column)}`
  const cards = `SELECT asset_id, collection_id, last_block, last_event_at, supply FROM`
  const holdings = `SELECT v.asset_id, v.account_address, v.quantity FROM`
  const liveCards = `UNION ALL ${cards} projection.asset_cards c WHERE ${others('c.asset_id')}`
  const liveHoldings = `UNION ALL ${holdings} projection.ownership_view v JOIN projection.asset_cards c USING (asset_id)
    WHERE ${others('v.asset_id')}`
  const sales = (schema: string): string =>
    `SELECT * FROM ${schema}.market_activity a WHERE a.kind = 'sale' AND a.confirmed`
  const liveSales = `UNION ALL ${sales('projection')} AND NOT ${isBuilt('events', 'a.event_id')}`
  return [
    `CREATE VIEW ${SHADOW}.cards AS ${cards} ${SHADOW}.asset_cards ${all ? '' : liveCards}`,
    `CREATE VIEW ${SHADOW}.holdings AS ${holdings} ${SHADOW}.ownership_view v ${all ? '' : liveHoldings}`,
    `CREATE VIEW ${SHADOW}.sales AS ${sales(SHADOW)} ${all ? '' : liveSales}`,
  ]
}

/** Read out of ledger and state alone. */
export const baseModels: readonly ReadModel[] = [
  {
    ...{ table: 'ownership_view', unit: 'assets', unitColumn: 'asset_id', key: ['asset_id', 'account_address'] },
    rows: () => `
SELECT asset_id, owner AS account_address, owned AS quantity FROM ${SHADOW}.asset WHERE owner IS NOT NULL
UNION ALL
SELECT o.asset_id, o.account_address, o.quantity FROM ${SHADOW}.asset a JOIN market.ownership_current o USING (asset_id)
WHERE NOT a.single_owner AND o.quantity > 0`,
  },
  {
    ...{ table: 'asset_cards', unit: 'assets', unitColumn: 'asset_id', key: ['asset_id'] },
    rows: () => `
SELECT a.asset_id, a.collection_id, a.network_id, a.standard, a.token_id, a.address, a.is_stub, a.last_block, a.last_event_at, a.owner,
  n.history_complete OR (a.single_owner AND a.first_kind = 'mint') AS history_complete,
  coalesce(v.supply, 0) AS supply, coalesce(v.owners, 0) AS owners
FROM ${SHADOW}.asset a JOIN ref.networks n USING (network_id)
LEFT JOIN (SELECT asset_id, sum(quantity) AS supply, count(*) AS owners FROM ${SHADOW}.ownership_view GROUP BY asset_id) v
  USING (asset_id)`,
  },
  {
    ...{ table: 'market_activity', unit: 'events', unitColumn: 'event_id', key: ['event_id', 'item_index'] },
    rows: (among) => `
SELECT s.sale_id AS event_id, (u.n - 1)::integer AS item_index, 'sale' AS kind, s.network_id, s.block_number, s.position, s.sub_index,
  s.sold_at AS happened_at, u.asset_id, u.collection_id,
  row_number() OVER (PARTITION BY s.sale_id, u.collection_id ORDER BY u.n) = 1 AS of_collection,
  CASE WHEN u.n = 1 AND s.confirmed THEN s.collection_id END AS counted_collection, s.bundle_size, s.seller, s.buyer, s.quantity,
  s.price, s.currency, s.currency_decimals, s.fees, s.royalties, s.side, s.marketplace, s.confirmed
FROM market.sales_history s
CROSS JOIN LATERAL unnest(s.asset_ids, s.collection_ids) WITH ORDINALITY AS u (asset_id, collection_id, n)
WHERE ${among('s.sale_id')}
UNION ALL
SELECT l.listing_id, (row_number() OVER (PARTITION BY l.listing_id ORDER BY i.asset_id) - 1)::integer, 'list', l.network_id,
  l.block_number, l.position, 0, l.listed_at, i.asset_id, i.collection_id,
  row_number() OVER (PARTITION BY l.listing_id, i.collection_id ORDER BY i.asset_id) = 1, NULL, l.bundle_size, l.seller, NULL,
  l.quantity, l.price, l.currency, l.currency_decimals, NULL, NULL, NULL, l.marketplace, true
FROM market.listings_current l JOIN market.listing_items i USING (listing_id)
WHERE l.listed_at IS NOT NULL AND ${among('l.listing_id')}`,
  },
  {
    ...{ table: 'listing_cards', unit: 'events', unitColumn: 'listing_id', key: ['listing_id'] },
    rows: (among) => `
SELECT listing_id, collection_id, asset_id, last_block, starts_at, ends_at, network_id, currency_decimals, source, marketplace, seller,
  quantity, price, currency, token_id, market, order_hash, taker, bundle_size, is_auction, available, unit_price, end_price, min_bid,
  last_bid, holder_known
FROM market.listings_current l WHERE ${hasCard('l')} AND ${among('listing_id')}`,
  },
  {
    ...{ table: 'cancellations', unit: 'events', unitColumn: 'listing_id', key: ['listing_id', 'item_index'] },
    rows: (among) => `
SELECT md5('cancel ' || l.listing_id)::uuid AS event_id, l.listing_id,
  (row_number() OVER (PARTITION BY l.listing_id ORDER BY i.asset_id) - 1)::integer AS item_index, l.network_id,
  l.ended_block AS block_number, l.ended_position AS position, l.ended_sub_index AS sub_index, l.ended_at AS happened_at, i.asset_id,
  i.collection_id, row_number() OVER (PARTITION BY l.listing_id, i.collection_id ORDER BY i.asset_id) = 1 AS of_collection,
  l.bundle_size, l.seller, l.quantity, l.price, l.currency, l.currency_decimals, l.marketplace
FROM market.listings_current l JOIN market.listing_items i USING (listing_id)
WHERE l.status = 'cancelled' AND l.ended_at IS NOT NULL AND ${among('l.listing_id')}`,
  },
]

/** Read out of what `countedFrom` names; in this order, as later ones are read out of earlier ones. */
export const countedModels: readonly ReadModel[] = [
  {
    ...{ table: 'last_sales', unit: 'assets', unitColumn: 'asset_id', key: ['asset_id'] },
    rows: (among) => `
SELECT DISTINCT ON (a.asset_id) a.asset_id, a.collection_id, a.network_id, a.block_number, a.happened_at AS sold_at, a.currency_decimals,
  a.marketplace, a.quantity, a.price, a.currency
FROM ${SHADOW}.sales a WHERE a.bundle_size = 1 AND a.asset_id IS NOT NULL AND ${among('a.asset_id')}
ORDER BY a.asset_id, a.block_number DESC, a.position DESC, a.sub_index DESC`,
  },
  {
    ...{ table: 'collection_owners', unit: 'collections', unitColumn: 'collection_id' },
    key: ['collection_id', 'account_address'],
    rows: (among) => `
SELECT a.collection_id, v.account_address, count(*) AS assets, sum(v.quantity) AS quantity
FROM ${SHADOW}.holdings v JOIN ${SHADOW}.cards a USING (asset_id)
WHERE a.collection_id IS NOT NULL AND ${among('a.collection_id')}
GROUP BY a.collection_id, v.account_address`,
  },
  {
    ...{ table: 'collection_stats', unit: 'collections', unitColumn: 'collection_id', key: ['collection_id'] },
    rows: (among) => `
SELECT c.collection_id, c.network_id, c.address, c.standard, c.name, c.is_stub, n.history_complete, c.standard_confidence,
  c.derivable, x.last_block, x.last_event_at, x.items, coalesce(o.owners, 0) AS owners, x.supply
FROM (SELECT collection_id, max(last_block) AS last_block, max(last_event_at) AS last_event_at,
        count(*) FILTER (WHERE supply > 0) AS items, sum(supply) AS supply
      FROM ${SHADOW}.cards WHERE collection_id IS NOT NULL AND ${among('collection_id')} GROUP BY collection_id) x
JOIN catalog.collections c USING (collection_id) JOIN ref.networks n USING (network_id)
LEFT JOIN (SELECT collection_id, count(*) AS owners FROM ${SHADOW}.collection_owners GROUP BY collection_id) o USING (collection_id)`,
  },
  {
    ...{
      table: 'sale_hours',
      unit: 'collections',
      unitColumn: 'collection_id',
      key: ['collection_id', 'currency', 'hour'],
    },
    rows: (among) => `
SELECT a.counted_collection AS collection_id, coalesce(a.currency, '') AS currency, date_trunc('hour', a.happened_at, 'UTC') AS hour,
  count(*) AS sales, sum(coalesce(a.price, 0)) AS volume
FROM ${SHADOW}.sales a WHERE a.counted_collection IS NOT NULL AND ${among('a.counted_collection')}
GROUP BY 1, 2, 3`,
  },
  {
    ...{ table: 'sale_totals', unit: 'collections', unitColumn: 'collection_id', key: ['collection_id', 'currency'] },
    rows: (among) => `
SELECT a.counted_collection AS collection_id, coalesce(a.currency, '') AS currency, max(a.currency_decimals) AS currency_decimals,
  count(*) AS sales, sum(coalesce(a.price, 0)) AS volume
FROM ${SHADOW}.sales a WHERE a.counted_collection IS NOT NULL AND ${among('a.counted_collection')}
GROUP BY 1, 2`,
  },
]

/** All of them. */
export const readModels: readonly ReadModel[] = [...baseModels, ...countedModels]
