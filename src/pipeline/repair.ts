import type { Tx } from '../core/db.js'
import type { Parser, RawEvent } from '../core/events.js'
import { claim } from '../core/idempotency.js'
import type { Network } from '../core/networks.js'
import { recomputeStubs } from './catalog.js'
import { CONSUMERS } from './consumers.js'
import { closeLetters, storeFailures } from './failures.js'
import { applyEntries } from './fused.js'
import { type EventKey, revertEvents, toMessage } from './ledger.js'
import { lockLedger } from './locks.js'
import { assetsOf, normalize } from './normalize.js'
import { reopen } from './openings.js'
import { projectProgress } from './project/status.js'

/**
 * Puts final events right, through the ledger: what `revert` names is taken back by reversing entries, then `events` (of whole
 * transactions) are applied, with the next incarnation where they were there before; dead letters of what can be read now are closed.
 * All stages in the caller's transaction.
 */
export async function repairEvents(
  tx: Tx,
  network: Network,
  parse: Parser,
  { revert, events }: { readonly revert: readonly string[]; readonly events: readonly RawEvent[] },
): Promise<void> {
  await lockLedger(tx, network)
  const reversing = await revertEvents(tx, network, await liveKeys(tx, network, revert))
  await recomputeStubs(tx, network, assetsOf(reversing))
  const normalized = await normalize(tx, network, parse, events)
  await storeFailures(tx, network, normalized.failures)
  const failed = new Set(normalized.failures.map(({ raw }) => raw.sourceEventId))
  await closeLetters(
    tx,
    events.filter(({ sourceEventId }) => !failed.has(sourceEventId)),
  )
  const entries = [...reversing, ...normalized.events]
  await claim(tx, network, CONSUMERS.ownership, entries.map(toMessage))
  await applyEntries(tx, network, [...entries, ...(await reopen(tx, network, entries))])
  await projectProgress(tx, network, { completes: [], retracts: [] })
}

async function liveKeys(tx: Tx, network: Network, sourceEventIds: readonly string[]): Promise<EventKey[]> {
  const rows = await tx.query<{ source_event_id: string; sub_index: number }>(
    `SELECT source_event_id, sub_index FROM ledger.normalized_event_keys
     WHERE source_event_id = ANY($2::uuid[]) AND network_id = $1 AND NOT is_reverted`,
    [network.id, sourceEventIds],
  )
  return rows.map((row) => ({ sourceEventId: row.source_event_id, subIndex: row.sub_index }))
}
