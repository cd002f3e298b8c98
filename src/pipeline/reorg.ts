import { bigint, columns, smallint } from '../core/columns.js'
import type { Tx } from '../core/db.js'
import type { ForkMessage } from '../core/events.js'
import type { Network } from '../core/networks.js'
import { recomputeStubs } from './catalog.js'
import { type LedgerEvent, revertEvents } from './ledger.js'
import { lockLedger } from './locks.js'
import { assetsOf } from './normalize.js'

type OrphanedBlocks = ForkMessage['blocks']

/**
 * How much of a fork one transaction takes back: blocks that it looks at, and entries that it reverts. Neither the memory of a process nor
 * the time for which others wait for the ledger's lock grows with the fork.
 */
export interface TakenAtOnce {
  readonly blocks: number
  readonly entries: number
}

export const TAKEN_AT_ONCE: TakenAtOnce = { blocks: 16, entries: 5_000 }

/**
 * Takes the events of orphaned blocks back: a reversing entry for each that is still live there, and the catalog of the touched
 * assets as the remaining events have it. Blocks that have become canonical again in the meantime are left alone.
 * @returns the reversing entries, for the stages downstream
 */
export async function revertBlocks(tx: Tx, network: Network, blocks: OrphanedBlocks): Promise<LedgerEvent[]> {
  await lockLedger(tx, network)
  return await revert(tx, network, await liveEntries(tx, network, blocks))
}

/**
 * The same for the lowest of the blocks. Not the highest first: the lower ones could return to the chain without them before their turn, and
 * nothing would then bring the assets of the higher ones to the read models again. A higher one returns with all below it, which come anew.
 * @returns the reversing entries, and the blocks that are still to be taken back: none, when that was all
 */
export async function revertLowest(
  tx: Tx,
  network: Network,
  blocks: OrphanedBlocks,
  atOnce: TakenAtOnce,
): Promise<{ readonly events: LedgerEvent[]; readonly rest: OrphanedBlocks }> {
  await lockLedger(tx, network)
  const lowestFirst = blocks.toSorted((a, b) => a.number - b.number)
  const looked = lowestFirst.slice(0, atOnce.blocks)
  const live = await liveEntries(tx, network, looked)
  const taken = live.slice(0, atOnce.entries)
  const reached = live[taken.length]?.block_number
  const rest = reached === undefined ? lowestFirst.slice(looked.length) : lowestFirst.filter((b) => b.number >= reached)
  return { events: await revert(tx, network, taken), rest }
}

interface LiveEntry {
  readonly source_event_id: string
  readonly sub_index: number
  readonly block_number: number
}

/** What the ledger has of these blocks, as far as they are orphaned; of the lowest block first. */
async function liveEntries(tx: Tx, network: Network, blocks: OrphanedBlocks): Promise<LiveEntry[]> {
  return await tx.query<LiveEntry & Record<string, unknown>>(
    `SELECT DISTINCT e.source_event_id, e.sub_index, e.block_number
     FROM unnest($2::bigint[], $3::smallint[]) AS i (number, fork)
     JOIN ingest.blocks b ON b.network_id = $1 AND b.number = i.number AND b.fork = i.fork AND NOT b.canonical
     JOIN ledger.normalized_events e ON e.network_id = $1 AND e.block_number = i.number AND e.fork = i.fork AND NOT e.reverts
     JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
       AND k.incarnation = e.incarnation AND NOT k.is_reverted
     ORDER BY e.block_number`,
    [
      network.id,
      ...columns(
        blocks,
        bigint((block) => block.number),
        smallint((block) => block.fork),
      ),
    ],
  )
}

async function revert(tx: Tx, network: Network, entries: readonly LiveEntry[]): Promise<LedgerEvent[]> {
  const reverted = await revertEvents(
    tx,
    network,
    entries.map((row) => ({ sourceEventId: row.source_event_id, subIndex: row.sub_index })),
  )
  await recomputeStubs(tx, network, assetsOf(reverted))
  return reverted
}
