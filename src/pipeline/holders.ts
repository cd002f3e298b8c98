import { addressFromHex } from '../core/address.js'
import type { Db } from '../core/db.js'
import type { Network } from '../core/networks.js'
import { lockMarket } from './locks.js'
import { projectMarket } from './project/market.js'
import { applyListings } from './state/listings.js'

const AT_ONCE = 1_000

/**
 * Looks again at listings of which nobody could know whether their holder has what is listed, because history began too late for a balance.
 * Once it is complete it says so, also of those that no event touches any more. Does nothing before.
 * @returns how many were looked at
 */
export async function recheckHolders(db: Db, network: Network, atOnce = AT_ONCE): Promise<number> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (let total = 0; ; ) {
    const ids = await db.transaction(async (tx) => {
      await lockMarket(tx, network)
      const rows = await tx.query<{ listing_id: string; market: string; order_hash: string }>(
        `SELECT l.listing_id, l.market, l.order_hash FROM market.listings_current l JOIN ref.networks n USING (network_id)
         WHERE l.network_id = $1 AND n.history_complete AND NOT l.holder_known AND l.listing_id > $2 ORDER BY l.listing_id LIMIT $3`,
        [network.id, after, atOnce],
      )
      const listingIds = rows.map((row) => row.listing_id)
      const orders = rows.map((row) => ({
        listingId: row.listing_id,
        market: addressFromHex(row.market),
        order: addressFromHex(row.order_hash),
      }))
      await applyListings(tx, network, orders)
      await projectMarket(tx, network, { saleIds: [], listingIds })
      return listingIds
    })
    total += ids.length
    after = ids.at(-1) ?? after
    if (ids.length < atOnce) return total
  }
}
