import type { Tx } from '../core/db.js'
import type { BlockSpan, Parser, RawEvent } from '../core/events.js'
import { claim, claimBlocks } from '../core/idempotency.js'
import type { Network } from '../core/networks.js'
import { CONSUMERS } from './consumers.js'
import { storeFailures } from './failures.js'
import { type Latest, latestMovements } from './latest.js'
import { hasEntries, type LedgerEvent } from './ledger.js'
import { lockLedger, shareLedger } from './locks.js'
import { completeEntries, type Normalized, recordEntries } from './normalize.js'
import { appendReset } from './project/changes.js'
import { projectHoldings } from './project/holdings.js'
import { projectMarket } from './project/market.js'
import { projectProgress } from './project/status.js'
import { applyMarket } from './state/market.js'
import { applyOwnership } from './state/ownership.js'

/** Most assets and holdings of final blocks that the feed of changes is told of one by one: a block has fewer, a step of a backfill more. */
const TOLD_AT_ONCE = 1_000

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
  const complete = await recordBlocks(tx, network, parse, blocks, events, lockLedger)
  return await complete()
}

/**
 * The same in two steps, so that two transactions of one backfill can be at work: the ledger's rows now, which are of these blocks alone, and
 * everything else when the function that it gives is called, for which the transaction of the blocks before must have committed.
 * (docs/adr/0017)
 */
export async function recordBlocks(
  tx: Tx,
  network: Network,
  parse: Parser,
  blocks: BlockSpan,
  events: readonly RawEvent[],
  lock = shareLedger,
): Promise<() => Promise<number>> {
  await lock(tx, network)
  const isNew = !(await hasEntries(tx, network, blocks))
  const recorded = await recordEntries(tx, network, parse, events)
  return async () => await apply(tx, network, blocks, isNew, await completeEntries(tx, network, recorded))
}

async function apply(
  tx: Tx,
  network: Network,
  blocks: BlockSpan,
  isNew: boolean,
  normalized: Normalized,
): Promise<number> {
  await storeFailures(tx, network, normalized.failures)
  await recordApplied(tx, network, isNew ? blocks : null, normalized.events)
  await claimBlocks(tx, network, CONSUMERS.normalizer, blocks)
  await applyEntries(tx, network, normalized.events, isNew ? latestMovements(normalized.events) : null)
  await projectProgress(tx, network, { completes: [blocks], retracts: [] })
  return normalized.events.length
}

/**
 * Takes ledger entries that this transaction has made, and recorded as applied, through state and read models. For final blocks,
 * rewinds and repairs, which the bus has no part in. `latest` are the last movements of the assets of blocks that are new to the ledger:
 * if they are few, as in each block of a chain whose blocks are final at once, the feed is told of each change. Of what is taken back it is
 * not, as an asset that goes may never have been told of.
 */
export async function applyEntries(
  tx: Tx,
  network: Network,
  entries: readonly LedgerEvent[],
  latest: readonly Latest[] | null = null,
): Promise<void> {
  const touched = await applyOwnership(tx, entries)
  const traded = await applyMarket(tx, network, entries, touched)
  const tells = latest !== null && touched.assetIds.length + touched.holdings.length <= TOLD_AT_ONCE
  await projectHoldings(tx, network, touched, { latest: latest ?? [], tells })
  await projectMarket(tx, network, traded)
  if (!tells && touched.assetIds.length > 0) await appendReset(tx, network, highest(entries))
}

function highest(entries: readonly { readonly blockNumber: number }[]): number {
  return entries.reduce((top, { blockNumber }) => Math.max(top, blockNumber), 0)
}

/**
 * Blocks are recorded as a whole, because a row per entry would cost more than it is worth (docs/adr/0004). Not so where the ledger
 * had entries already (`whole` null): those of blocks that were forked away, whose reversing entries may still be on the bus and must be
 * applied; nor entries at other heights, of transactions that moved here from such a block.
 */
async function recordApplied(
  tx: Tx,
  network: Network,
  whole: BlockSpan | null,
  events: readonly LedgerEvent[],
): Promise<void> {
  const isCovered = ({ blockNumber }: LedgerEvent) =>
    whole !== null && whole.from <= blockNumber && blockNumber <= whole.to
  const single = events.filter((event) => !isCovered(event))
  await claim(tx, network, CONSUMERS.ownership, single)
  if (whole !== null) await claimBlocks(tx, network, CONSUMERS.ownership, whole)
}
