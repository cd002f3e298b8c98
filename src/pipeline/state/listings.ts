import { addressFromHex } from '../../core/address.js'
import { bigint, bytea, columns, uuid } from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import type { NormalizedEvent } from '../../core/events.js'
import { normalizedEventId } from '../../core/ids.js'
import { type CancelAllDetails, type CancelDetails, type ListDetails, listingId } from '../../core/market.js'
import type { Network } from '../../core/networks.js'
import { type Listing, listingOf } from './listing.js'
import { removeListings, writeListings } from './listingRows.js'
import { type OrderRef, readOrders } from './orders.js'
import type { Touched } from './ownership.js'

/** What may have changed listings. */
export interface Causes {
  /** Entries of the kinds list, cancel and cancel_all. */
  readonly events: readonly NormalizedEvent[]
  /** Orders of which a sale used up something. */
  readonly filled: readonly string[]
  readonly owned: Touched
}

/** What an entry says, also one that was taken back: the entry it reverts says it. */
const SAID = `
SELECT e.event_kind, e.details
FROM unnest($2::bigint[], $3::uuid[]) AS i (block_number, normalized_event_id)
JOIN ledger.normalized_events e ON e.network_id = $1 AND e.block_number = i.block_number
  AND e.normalized_event_id = i.normalized_event_id`

type Said =
  | { readonly event_kind: 'list'; readonly details: ListDetails }
  | { readonly event_kind: 'cancel'; readonly details: CancelDetails }
  | { readonly event_kind: 'cancel_all'; readonly details: CancelAllDetails }

/*
 * Listings that are known and concerned: those of the orders that are named; those of makers who voided all of theirs; those whose
 * items moved. Who holds an ERC-721 concerns everybody who lists it, a balance of an ERC-1155 only its holder: of what everybody holds,
 * the listings of all are never read.
 */
const KNOWN = `
SELECT l.listing_id, l.market, l.order_hash FROM market.listings_current l
WHERE l.listing_id = ANY($2::uuid[])
UNION
SELECT l.listing_id, l.market, l.order_hash FROM unnest($3::bytea[], $4::bytea[]) AS m (maker, market)
JOIN market.listings_current l ON l.seller = m.maker AND l.market = m.market AND l.network_id = $1
UNION
SELECT l.listing_id, l.market, l.order_hash
FROM (SELECT i.listing_id
      FROM (SELECT unnest($5::uuid[]) AS asset_id
            EXCEPT SELECT asset_id FROM catalog.assets WHERE asset_id = ANY($5::uuid[]) AND standard = 'erc1155') a
      JOIN market.listing_items i USING (asset_id)
      UNION
      SELECT i.listing_id FROM unnest($6::uuid[], $7::bytea[]) AS h (asset_id, holder)
      JOIN market.listing_items i USING (asset_id, holder)) i
JOIN market.listings_current l USING (listing_id)`

/** The orders that `list` entries among these name, whether they put them up or take that back. */
export async function listedOrders(tx: Tx, network: Network, events: readonly NormalizedEvent[]): Promise<string[]> {
  const said = await whatTheySay(
    tx,
    network,
    events.filter(({ kind }) => kind === 'list'),
  )
  return said.flatMap(({ event_kind, details }) => (event_kind === 'list' ? [refOf(network, details).listingId] : []))
}

/**
 * The orders to be computed anew. An order of which only fills or cancellations are known is no listing: when its `list` arrives,
 * it finds them in the ledger.
 */
export async function touchedOrders(tx: Tx, network: Network, causes: Causes): Promise<OrderRef[]> {
  const said = await whatTheySay(tx, network, causes.events)
  const lists = said.flatMap(({ event_kind, details }) => (event_kind === 'list' ? [refOf(network, details)] : []))
  const cancels = said.flatMap(({ event_kind, details }) => (event_kind === 'cancel' ? [refOf(network, details)] : []))
  const makers = said.flatMap(({ event_kind, details }) => (event_kind === 'cancel_all' ? [details] : []))
  const known = await tx.query<{ listing_id: string; market: string; order_hash: string }>(KNOWN, [
    network.id,
    [...causes.filled, ...cancels.map((order) => order.listingId)],
    ...columns(
      makers,
      bytea((details) => details.maker),
      bytea((details) => details.market),
    ),
    ...columns(
      causes.owned.assetIds,
      uuid((assetId) => assetId),
    ),
    ...columns(
      causes.owned.holdings,
      uuid((holding) => holding.assetId),
      bytea((holding) => holding.account),
    ),
  ])
  const orders = known.map((row) => ({
    listingId: row.listing_id,
    market: addressFromHex(row.market),
    order: addressFromHex(row.order_hash),
  }))
  return [...new Map([...lists, ...orders].map((order) => [order.listingId, order])).values()]
}

async function whatTheySay(tx: Tx, network: Network, events: readonly NormalizedEvent[]): Promise<Said[]> {
  if (events.length === 0) return []
  return await tx.query<Said>(SAID, [
    network.id,
    ...columns(
      events,
      bigint((event) => event.blockNumber),
      uuid((event) => normalizedEventId(event.sourceEventId, event.subIndex, event.incarnation, 'apply')),
    ),
  ])
}

function refOf(network: Network, { market, order }: { readonly market: string; readonly order: string }): OrderRef {
  return { listingId: listingId(network.name, market, order), market, order }
}

/** Makes listings_current say what the ledger, the fills and the holders' balances say about these orders. */
export async function applyListings(tx: Tx, network: Network, orders: readonly OrderRef[]): Promise<void> {
  if (orders.length === 0) return
  const known = await readOrders(tx, network, orders)
  const listings: Listing[] = []
  const gone: string[] = []
  for (const order of orders) {
    const listing = listingOf(order.listingId, known)
    if (listing === null) gone.push(order.listingId)
    else listings.push(listing)
  }
  await removeListings(tx, gone)
  await writeListings(tx, network, listings)
}
