import type { Tx } from '../../core/db.js'
import type { NormalizedEvent } from '../../core/events.js'
import { isMarketKind } from '../../core/market.js'
import type { Network } from '../../core/networks.js'
import { lockMarket } from '../locks.js'
import { applyListings, listedOrders, touchedOrders } from './listings.js'
import type { Touched } from './ownership.js'
import { applySales, salesWithoutPrice } from './sales.js'

/** Sales and listings that a batch may have changed. */
export interface MarketTouched {
  readonly saleIds: readonly string[]
  readonly listingIds: readonly string[]
}

/**
 * Brings sales and listings up to what the ledger says, as far as these entries or these changes of ownership concern them. Nothing
 * is added up: every touched sale and order is computed from the live events of the ledger, so neither order nor repetition
 * matters, and a reverted sale makes its listing active again. To be called after the ownership of the same entries is applied.
 */
export async function applyMarket(
  tx: Tx,
  network: Network,
  events: readonly NormalizedEvent[],
  owned: Touched,
): Promise<MarketTouched> {
  const market = events.filter(({ kind }) => isMarketKind(kind))
  if (market.length === 0 && owned.assetIds.length === 0) return { saleIds: [], listingIds: [] }
  await lockMarket(tx, network)
  const unpriced = await salesWithoutPrice(tx, await listedOrders(tx, network, market))
  const sales = await applySales(tx, network, [...market.filter(({ kind }) => kind === 'sale'), ...unpriced])
  const orders = await touchedOrders(tx, network, {
    events: market.filter(({ kind }) => kind !== 'sale'),
    filled: sales.filledIds,
    owned,
  })
  await applyListings(tx, network, orders)
  return { saleIds: sales.saleIds, listingIds: orders.map((order) => order.listingId) }
}
