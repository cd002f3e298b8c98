import { addressFromHex } from '../../core/address.js'
import { bytea, columns } from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import type { BlockSpan } from '../../core/events.js'
import { listingId, saleId } from '../../core/market.js'
import type { Network } from '../../core/networks.js'
import { hasCard } from '../project/expiry.js'
import { LIMIT } from './letters.js'

/*
 * What the read models say otherwise than the state that they are made of. Their stage reads the state when it is told that
 * something changed, so it is enough to name it again.
 */

/** An asset whose card, or a holding of it that the read models show, is not what it should be since its last movement. */
export interface StaleAsset {
  readonly assetId: string
  /** Null: the card. */
  readonly account: string | null
  /** The movement that was missed, to tell one time from another. */
  readonly block: number | null
}

const MOVED = `SELECT DISTINCT e.asset_id FROM ledger.normalized_events e
  WHERE e.network_id = $1 AND e.block_number BETWEEN $2 AND $3 AND e.event_kind IN ('mint', 'transfer', 'burn')`

/**
 * The last live movement of each asset decides about its card, the sum of movements about holdings of several. Of a card with one holder its
 * recipient is compared, too: another block of the same height may have given it to somebody else. (Not on TON, where an item may be shown
 * as its seller's.) Holdings are looked up one by one (the limits keep the planner from reading all there are): a look costs what its
 * blocks hold, however long the history is.
 */
const STALE_ASSETS = `
WITH moved AS MATERIALIZED (${MOVED}),
asset AS MATERIALIZED (
  SELECT m.asset_id, s.single_owner, s.standard FROM moved m
  JOIN catalog.assets a USING (asset_id) JOIN ref.token_standards s ON s.standard = a.standard),
pair AS (
  SELECT DISTINCT e.asset_id, d.account_address
  FROM ledger.normalized_events e JOIN asset a ON a.asset_id = e.asset_id AND NOT a.single_owner
  JOIN ledger.normalized_event_deltas d ON d.network_id = $1 AND d.block_number = e.block_number
    AND d.normalized_event_id = e.normalized_event_id
  WHERE e.network_id = $1 AND e.block_number BETWEEN $2 AND $3),
last AS MATERIALIZED (
  SELECT m.asset_id, l.block_number, r.account_address AS owner FROM moved m LEFT JOIN LATERAL (
    SELECT e.block_number, e.normalized_event_id FROM ledger.normalized_events e
    JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
      AND k.incarnation = e.incarnation AND NOT k.is_reverted
    WHERE e.network_id = $1 AND e.asset_id = m.asset_id AND NOT e.reverts AND e.event_kind IN ('mint', 'transfer', 'burn')
    ORDER BY e.block_number DESC, e.position DESC, e.sub_index DESC LIMIT 1) l ON true
  LEFT JOIN LATERAL (
    SELECT d.account_address FROM ledger.normalized_event_deltas d
    WHERE d.network_id = $1 AND d.block_number = l.block_number AND d.normalized_event_id = l.normalized_event_id
      AND d.qty_delta > 0 LIMIT 1) r ON true)
SELECT l.asset_id AS "assetId", NULL::text AS account, l.block_number AS block
FROM last l LEFT JOIN asset a USING (asset_id) LEFT JOIN projection.asset_cards c USING (asset_id)
WHERE c.last_block IS DISTINCT FROM l.block_number OR a.standard = 'erc721' AND c.owner IS DISTINCT FROM l.owner
UNION ALL
SELECT p.asset_id, '0x' || encode(p.account_address, 'hex'), l.block_number
FROM pair p JOIN last l USING (asset_id)
LEFT JOIN LATERAL (SELECT o.quantity FROM market.ownership_current o
                   WHERE o.asset_id = p.asset_id AND o.account_address = p.account_address LIMIT 1) o ON true
LEFT JOIN LATERAL (SELECT v.quantity FROM projection.ownership_view v
                   WHERE v.asset_id = p.asset_id AND v.account_address = p.account_address LIMIT 1) v ON true
WHERE greatest(coalesce(o.quantity, 0), 0) <> coalesce(v.quantity, 0)
LIMIT ${LIMIT}`

/** Assets and holdings that the read models are behind with. */
export async function findStaleAssets(tx: Tx, network: Network, span: BlockSpan): Promise<StaleAsset[]> {
  const rows = await tx.query<StaleAsset>(STALE_ASSETS, [network.id, span.from, span.to])
  return rows.map((row) => ({ ...row, account: row.account === null ? null : addressFromHex(row.account) }))
}

/** Sales of these blocks that the read models do not show, or show although they were taken back. */
export async function findStaleSales(tx: Tx, network: Network, span: BlockSpan): Promise<string[]> {
  const events = await tx.query<{ id: string; subIndex: number }>(
    `SELECT DISTINCT source_event_id AS id, sub_index AS "subIndex" FROM ledger.normalized_events
     WHERE network_id = $1 AND block_number BETWEEN $2 AND $3 AND event_kind = 'sale'`,
    [network.id, span.from, span.to],
  )
  const rows = await tx.query<{ id: string }>(
    `SELECT i.id FROM unnest($1::uuid[]) AS i (id)
     LEFT JOIN market.sales_history s ON s.sale_id = i.id
     LEFT JOIN projection.market_activity a ON a.event_id = i.id AND a.item_index = 0
     WHERE s.block_number IS DISTINCT FROM a.block_number OR s.confirmed IS DISTINCT FROM a.confirmed LIMIT ${LIMIT}`,
    [events.map(({ id, subIndex }) => saleId(id, subIndex))],
  )
  return rows.map(({ id }) => id)
}

/** What these blocks say of orders by name, and of makers who voided all of theirs. */
const NAMED = `
SELECT DISTINCT e.details->>'market' AS market, o.name, e.details->>'maker' AS maker
FROM ledger.normalized_events e
CROSS JOIN LATERAL (
  SELECT e.details->>'order' AS name UNION SELECT f->>'order' FROM jsonb_array_elements(e.details->'fills') AS f) o
WHERE e.network_id = $1 AND e.block_number BETWEEN $2 AND $3 AND e.event_kind IN ('list', 'sale', 'cancel', 'cancel_all') AND NOT e.reverts`

/** One that was listed, or taken back, has its rows of activity with its card. */
const STALE_LISTINGS = `
WITH touched AS MATERIALIZED (
  SELECT DISTINCT e.asset_id FROM ledger.normalized_events e
  WHERE e.network_id = $1 AND e.block_number BETWEEN $2 AND $3 AND e.asset_id IS NOT NULL),
listing AS MATERIALIZED (
  SELECT i.listing_id FROM touched t JOIN market.listing_items i USING (asset_id)
  UNION SELECT * FROM unnest($4::uuid[])
  UNION SELECT l.listing_id FROM unnest($5::bytea[], $6::bytea[]) AS m (maker, market)
  JOIN market.listings_current l ON l.seller = m.maker AND l.market = m.market AND l.network_id = $1)
SELECT n.listing_id AS id
FROM listing n LEFT JOIN market.listings_current l USING (listing_id) LEFT JOIN projection.listing_cards c USING (listing_id)
LEFT JOIN projection.market_activity a ON a.event_id = n.listing_id AND a.item_index = 0
LEFT JOIN projection.cancellations x ON x.listing_id = n.listing_id AND x.item_index = 0
WHERE (l.listing_id IS NOT NULL AND ${hasCard('l')}) <> (c.listing_id IS NOT NULL)
  OR c.listing_id IS NOT NULL AND (c.last_block, c.available) IS DISTINCT FROM (l.last_block, l.available)
  OR l.listing_id IS NULL AND (a.event_id IS NOT NULL OR x.listing_id IS NOT NULL)
  OR EXISTS (SELECT FROM market.listing_items i WHERE i.listing_id = n.listing_id)
    AND (l.listed_at IS NOT NULL AND a.block_number IS DISTINCT FROM l.block_number
      OR l.status = 'cancelled' AND l.ended_at IS NOT NULL AND x.block_number IS DISTINCT FROM l.ended_block)
LIMIT ${LIMIT}`

/** Listings of what these blocks moved, listed, sold or took back, which are not shown as they should be. */
export async function findStaleListings(tx: Tx, network: Network, span: BlockSpan): Promise<string[]> {
  const place = [network.id, span.from, span.to]
  const named = await tx.query<{ market: string; name: string | null; maker: string | null }>(NAMED, place)
  const orders = named.flatMap(({ market, name }) => (name === null ? [] : [listingId(network.name, market, name)]))
  const makers = named.flatMap(({ market, name, maker }) =>
    name === null && maker !== null ? [{ market, maker }] : [],
  )
  const rows = await tx.query<{ id: string }>(STALE_LISTINGS, [
    ...place,
    orders,
    ...columns(
      makers,
      bytea(({ maker }) => maker),
      bytea(({ market }) => market),
    ),
  ])
  return rows.map(({ id }) => id)
}
