import type { Tx } from '../../core/db.js'
import type { Network } from '../../core/networks.js'
import { lockProjection } from '../locks.js'

/*
 * Listings that end because their time is over leave no event, so their cards would stay for ever, and every reader of prices would step
 * over them. A line is drawn per network (`network_status.listings_over_until`): a listing has a card if and only if it is active and does
 * not end at the line or before. The line is never above the time of the finalized block, of the block of the answers, and of the clock
 * that answers compare with: no answer shows what is removed. It rises with the removal, in one transaction, and only a rewind lowers it;
 * so projector, sweeper and rebuild agree about every listing at any time.
 */

/** How many cards one transaction removes: it holds up the projection of the network. Orders that end in the same second go together. */
const AT_ONCE = 20_000

/** Whether a row of `market.listings_current` has a card, in SQL. */
export const hasCard = (listing: string): string => `(${listing}.status = 'active' AND NOT EXISTS (
  SELECT FROM projection.network_status s WHERE s.network_id = ${listing}.network_id AND ${listing}.ends_at <= s.listings_over_until))`

/** Cards that no answer shows any more. */
const OVER = `SELECT c.ends_at FROM projection.listing_cards c
  WHERE c.network_id = $1 AND c.ends_at <= (
    SELECT least(finalized_time, projected_time, now()) FROM projection.network_status
    WHERE network_id = $1 AND finalized_time IS NOT NULL AND projected_time IS NOT NULL)
  ORDER BY c.ends_at`

/** Removes cards of listings whose time is over, those first that ended first. Gives how many; fewer than `atOnce` when none is left. */
export async function removeOver(tx: Tx, network: Network, atOnce = AT_ONCE): Promise<number> {
  const [found] = await tx.query<{ found: boolean }>(`SELECT EXISTS (${OVER}) AS found`, [network.id])
  if (found?.found !== true) return 0
  await lockProjection(tx, network)
  const [removed] = await tx.query<{ count: number }>(
    `WITH line AS MATERIALIZED (SELECT max(ends_at) AS upto FROM (${OVER} LIMIT $2) o),
     raised AS (
       UPDATE projection.network_status s SET listings_over_until = greatest(s.listings_over_until, line.upto)
       FROM line WHERE s.network_id = $1 AND line.upto IS NOT NULL),
     gone AS (
       DELETE FROM projection.listing_cards c USING line WHERE c.network_id = $1 AND c.ends_at <= line.upto RETURNING c.listing_id)
     SELECT count(*)::int AS count FROM gone`,
    [network.id, atOnce],
  )
  return removed?.count ?? 0
}

/** After a rewind: lowers the line to what is final and projected now. Gives the listings that have a card again. */
export async function lowerExpiry(tx: Tx, network: Network): Promise<string[]> {
  const rows = await tx.query<{ listing_id: string }>(
    `WITH line AS MATERIALIZED (
       SELECT listings_over_until AS old, least(listings_over_until, finalized_time, projected_time) AS new
       FROM projection.network_status WHERE network_id = $1),
     lowered AS (
       UPDATE projection.network_status s SET listings_over_until = line.new FROM line
       WHERE s.network_id = $1 AND line.new < line.old)
     SELECT l.listing_id FROM line JOIN market.listings_current l ON l.ends_at > line.new AND l.ends_at <= line.old
     WHERE l.network_id = $1 AND l.status = 'active'`,
    [network.id],
  )
  return rows.map((row) => row.listing_id)
}
