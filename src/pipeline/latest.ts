import { isMovement } from '../core/events.js'
import type { LedgerEvent } from './ledger.js'

/** The last movement of an asset, as far as a batch knows. */
export interface Latest {
  readonly assetId: string
  readonly blockNumber: number
  readonly position: number
  readonly fork: number
  /** Who received it and how much; null when it was burned. */
  readonly to: { readonly account: string; readonly quantity: string } | null
}

/**
 * The last movement of each asset among new entries of final blocks, so that projection need not look for it. Assets of which
 * something was reverted are left out: what is left of them only the ledger knows.
 */
export function latestMovements(events: readonly LedgerEvent[]): Latest[] {
  const last = new Map<string, LedgerEvent>()
  const reverted = new Set<string>()
  for (const event of events) {
    if (event.assetId === null || !isMovement(event.kind)) continue
    if (event.reverts) reverted.add(event.assetId)
    const other = last.get(event.assetId)
    if (other === undefined || isAfter(event, other)) last.set(event.assetId, event)
  }
  return [...last].flatMap(([assetId, { blockNumber, position, fork, deltas }]) => {
    if (reverted.has(assetId)) return []
    const to = deltas.find(({ quantity }) => BigInt(quantity) > 0n) ?? null
    return [{ assetId, blockNumber, position, fork, to }]
  })
}

function isAfter(a: LedgerEvent, b: LedgerEvent): boolean {
  return (a.blockNumber - b.blockNumber || a.position - b.position || a.subIndex - b.subIndex) > 0
}
