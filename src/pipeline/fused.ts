import type { Tx } from '../core/db.js'
import type { BlockSpan, Parser, RawEvent } from '../core/events.js'
import { claimBlocks } from '../core/idempotency.js'
import type { Network } from '../core/networks.js'
import { CONSUMERS } from './consumers.js'
import { storeFailures } from './failures.js'
import { toMessage } from './ledger.js'
import { normalize } from './normalize.js'
import { projectHoldings } from './project/holdings.js'
import { projectProgress } from './project/status.js'
import { applyOwnership } from './state/ownership.js'

/**
 * All stages in the caller's transaction, for final blocks: what the bus does step by step when live, in one piece. The rows
 * that result are the same (`tests/pipeline/fused.test.ts`).
 * @returns how many ledger entries it made
 */
export async function applyBlocks(
  tx: Tx,
  network: Network,
  parse: Parser,
  blocks: BlockSpan,
  events: readonly RawEvent[],
): Promise<number> {
  const normalized = await normalize(tx, network, parse, events)
  await storeFailures(tx, network, normalized.failures)
  const touched = await applyOwnership(tx, normalized.events.map(toMessage))
  await claimBlocks(tx, network, CONSUMERS.ownership, blocks)
  await projectHoldings(tx, network, touched)
  await projectProgress(tx, network, { completes: [blocks], retracts: [] })
  return normalized.events.length
}
