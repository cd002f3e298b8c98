import { bigint, columns, smallint } from '../core/columns.js'
import type { Tx } from '../core/db.js'
import type { ForkMessage } from '../core/events.js'
import type { Network } from '../core/networks.js'
import { recomputeStubs } from './catalog.js'
import { type LedgerEvent, revertEvents } from './ledger.js'
import { lockLedger } from './locks.js'
import { assetsOf } from './normalize.js'

/**
 * Takes the events of orphaned blocks back: a reversing entry for each that is still live there, and the catalog of the touched
 * assets as the remaining events have it. Blocks that have become canonical again in the meantime are left alone.
 * @returns the reversing entries, for the stages downstream
 */
export async function revertBlocks(tx: Tx, network: Network, fork: ForkMessage): Promise<LedgerEvent[]> {
  await lockLedger(tx, network)
  const live = await tx.query<{ source_event_id: string; sub_index: number }>(
    `SELECT DISTINCT e.source_event_id, e.sub_index
     FROM unnest($2::bigint[], $3::smallint[]) AS i (number, fork)
     JOIN ingest.blocks b ON b.network_id = $1 AND b.number = i.number AND b.fork = i.fork AND NOT b.canonical
     JOIN ledger.normalized_events e ON e.network_id = $1 AND e.block_number = i.number AND e.fork = i.fork AND NOT e.reverts
     JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
       AND k.incarnation = e.incarnation AND NOT k.is_reverted`,
    [
      network.id,
      ...columns(
        fork.blocks,
        bigint((block) => block.number),
        smallint((block) => block.fork),
      ),
    ],
  )
  const reverted = await revertEvents(
    tx,
    network,
    live.map((row) => ({ sourceEventId: row.source_event_id, subIndex: row.sub_index })),
  )
  await recomputeStubs(tx, network, assetsOf(reverted))
  return reverted
}
