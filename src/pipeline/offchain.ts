import { columns, jsonb, numeric, uuid } from '../core/columns.js'
import type { Tx } from '../core/db.js'
import { collectionId } from '../core/ids.js'
import { detailsProblem, type ListDetails, listingId } from '../core/market.js'
import type { Network } from '../core/networks.js'
import { lockMarket } from './locks.js'
import { projectMarket } from './project/market.js'
import { applyListings } from './state/listings.js'
import type { OrderRef } from './state/orders.js'

/*
 * Orders of listing sources. They are terms like those of an event; everything else about them is decided by the ledger. What a source does
 * not have any more is closed when it was read to its end, and all of it when the source has not been heard of for too long: a price
 * that may be gone is worse than none.
 */

/** An order as a source gives it. */
export interface GivenOrder {
  readonly details: ListDetails
  readonly counter: bigint | null
}

/** A part of a source that is read on its own. */
export interface SourceScope {
  readonly source: string
  readonly scope: string
}

/** Keeps a page of orders: each open, with these terms. Only orders that are new or say something else are computed anew. */
export async function keepOrders(
  tx: Tx,
  network: Network,
  from: SourceScope,
  given: readonly GivenOrder[],
): Promise<void> {
  const orders = given.filter(({ details }) => detailsProblem({ kind: 'list', details }) === null)
  if (orders.length === 0) return
  await lockMarket(tx, network)
  const changed = await tx.query<OrderRow>(
    `WITH given AS MATERIALIZED (
       SELECT DISTINCT ON (listing_id) * FROM unnest($4::uuid[], $5::numeric[], $6::jsonb[]) AS g (listing_id, counter, details)
       ORDER BY listing_id),
     changed AS MATERIALIZED (
       SELECT g.listing_id, g.details FROM given g LEFT JOIN market.offchain_orders o USING (listing_id)
       WHERE (o.is_open, o.counter, o.details) IS DISTINCT FROM (true, g.counter, g.details)),
     written AS (
       INSERT INTO market.offchain_orders AS o (listing_id, network_id, source, scope, is_open, seen_at, counter, details)
       SELECT listing_id, $1, $2, $3, true, now(), counter, details FROM given
       ON CONFLICT (listing_id) DO UPDATE SET source = EXCLUDED.source, scope = EXCLUDED.scope, is_open = true,
         seen_at = EXCLUDED.seen_at, counter = EXCLUDED.counter, details = EXCLUDED.details)
     SELECT listing_id, details->>'market' AS market, details->>'order' AS order_name FROM changed`,
    [
      ...[network.id, from.source, from.scope],
      ...columns(
        orders,
        uuid(({ details }) => listingId(network.name, details.market, details.order)),
        numeric(({ counter }) => counter),
        jsonb(({ details }) => JSON.stringify(details)),
      ),
    ],
  )
  await recompute(tx, network, changed)
}

/** When a reading begins, by the clock that `finishScope` compares with. */
export async function beginScope(tx: Tx): Promise<string> {
  const [row] = await tx.query<{ began: string }>('SELECT now()::text AS began')
  return row?.began ?? ''
}

/** The scope was read to its end: orders that were not in it since `began` are closed, and its contracts are covered until then. */
export async function finishScope(
  tx: Tx,
  network: Network,
  from: SourceScope,
  read: { readonly began: string; readonly contracts: readonly string[]; readonly freshMs: number },
): Promise<void> {
  await lockMarket(tx, network)
  const closed = await tx.query<OrderRow>(
    `UPDATE market.offchain_orders SET is_open = false
     WHERE network_id = $1 AND source = $2 AND scope = $3 AND is_open AND seen_at < $4::timestamptz
     RETURNING listing_id, details->>'market' AS market, details->>'order' AS order_name`,
    [network.id, from.source, from.scope, read.began],
  )
  await recompute(tx, network, closed)
  const ids = read.contracts.map((contract) => collectionId(network.name, contract))
  await tx.query(
    'DELETE FROM projection.listing_sources WHERE network_id = $1 AND source = $2 AND scope = $3 AND collection_id <> ALL ($4::uuid[])',
    [network.id, from.source, from.scope, ids],
  )
  await tx.query(
    `INSERT INTO projection.listing_sources (collection_id, source, network_id, scope, read_at, fresh_until)
     SELECT DISTINCT id, $2, $1::smallint, $3, now(), now() + make_interval(secs => $5::double precision / 1000)
     FROM unnest($4::uuid[]) AS i (id)
     ON CONFLICT (collection_id, source) DO UPDATE SET network_id = EXCLUDED.network_id, scope = EXCLUDED.scope,
       read_at = EXCLUDED.read_at, fresh_until = EXCLUDED.fresh_until`,
    [network.id, from.source, from.scope, ids, read.freshMs],
  )
}

/** Closes the orders of scopes that are not fresh any more, whether their source fails or was switched off. Gives how many. */
export async function closeStale(tx: Tx, network: Network): Promise<number> {
  const [stale] = await tx.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM market.offchain_orders o WHERE o.network_id = $1 AND ${IS_STALE}) AS found`,
    [network.id],
  )
  if (stale?.found !== true) return 0
  await lockMarket(tx, network)
  const closed = await tx.query<OrderRow>(
    `UPDATE market.offchain_orders o SET is_open = false WHERE o.network_id = $1 AND ${IS_STALE}
     RETURNING listing_id, details->>'market' AS market, details->>'order' AS order_name`,
    [network.id],
  )
  await recompute(tx, network, closed)
  return closed.length
}

/** A first reading that is still under way has no word of freshness yet: its orders get the time of one. */
const IS_STALE = `o.is_open AND o.seen_at < now() - interval '15 minutes' AND NOT EXISTS (
  SELECT FROM projection.listing_sources s
  WHERE s.network_id = o.network_id AND s.source = o.source AND s.scope = o.scope AND s.fresh_until > now())`

interface OrderRow {
  readonly listing_id: string
  readonly market: string
  readonly order_name: string
}

async function recompute(tx: Tx, network: Network, rows: readonly OrderRow[]): Promise<void> {
  if (rows.length === 0) return
  const orders: OrderRef[] = rows.map((row) => ({
    listingId: row.listing_id,
    market: row.market,
    order: row.order_name,
  }))
  await applyListings(tx, network, orders)
  await projectMarket(tx, network, { saleIds: [], listingIds: orders.map((order) => order.listingId) })
}
