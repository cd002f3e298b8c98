import type { ListDetails } from '../../core/market.js'

/** An order that is not on the chain, in the words of the market. */
export interface OffchainOrder {
  readonly details: ListDetails
  /** The counter of its maker that it was signed with; null where the protocol has none. */
  readonly counter: bigint | null
}

/** What a source gave: orders, and why others of the same page are none. */
export interface OffchainPage {
  readonly orders: readonly OffchainOrder[]
  readonly refused: readonly { readonly order: string; readonly reason: string }[]
}

/**
 * Somebody who keeps signed orders that the chain does not show, and lets them be read. What it says is a claim: who holds the items, what
 * was filled, cancelled or voided, is decided by the ledger, as for every listing.
 *
 * All methods throw FtError: rate_limited, rpc_transient, rpc_invalid (may succeed later), rpc_fatal (the key or the address is wrong),
 * and not before the source itself has tried again.
 */
export interface ListingSource {
  /** As answers name it: `opensea`. */
  readonly name: string
  /** The parts of the source that are read, each on its own: collections by the source's own names. */
  readonly scopes: readonly string[]
  /** The contracts whose listings a scope has, canonical. */
  contracts(scope: string, signal: AbortSignal): Promise<readonly string[]>
  /** All open listings of a scope, page by page. An order may come twice. */
  pages(scope: string, signal: AbortSignal): AsyncIterable<OffchainPage>
  close(): Promise<void>
}
