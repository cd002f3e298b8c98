import type { Tx } from '../core/db.js'
import type { BlockRef, ForkMessage } from '../core/events.js'
import { claim } from '../core/idempotency.js'
import type { Network } from '../core/networks.js'
import { CONSUMERS, OPENING_BALANCES } from './consumers.js'
import { applyEntries } from './fused.js'
import { toMessage } from './ledger.js'
import { lockLedger } from './locks.js'
import { openingsOf, revertOpenings } from './openings.js'
import { lowerExpiry } from './project/expiry.js'
import { projectMarket } from './project/market.js'
import { lowerStatus, projectProgress } from './project/status.js'
import { revertBlocks } from './reorg.js'

/** A step of a rewind: the blocks it takes back, and what the network's status says from now on. */
export interface RewindStep {
  readonly fork: ForkMessage & { readonly branch: number }
  readonly finalized: BlockRef | null
  readonly order: number
  readonly state: 'backfilling' | null
}

/**
 * Takes blocks back, final ones too, through all stages in the caller's transaction: an operator's decision does not wait for the
 * bus. Entries of these blocks that are still on the bus are applied when they arrive, and sum up with their reversing ones to nothing.
 * @returns how many reversing entries it made
 */
export async function takeBackBlocks(tx: Tx, network: Network, step: RewindStep): Promise<number> {
  const { fork } = step
  // Those of what was applied are dropped far below the head, and a rewind may go there. Before the ledger's lock, as everybody asks for the two.
  const highest = fork.blocks.at(-1)?.number ?? fork.ancestor.number
  tx.send('SELECT system.ensure_partitions($1, $2, $3)', [network.id, fork.ancestor.number, highest])
  await lockLedger(tx, network)
  const consumers = await unrecordRanges(tx, network, fork.ancestor.number)
  const reversing = await revertBlocks(tx, network, fork.blocks)
  await claim(tx, network, CONSUMERS.ownership, reversing.map(toMessage))
  const openings = consumers.includes(OPENING_BALANCES) ? await revertOpenings(tx, network, openingsOf(reversing)) : []
  await applyEntries(tx, network, [...reversing, ...openings])
  await lowerStatus(tx, network, step)
  await projectProgress(tx, network, { completes: [], retracts: [fork.branch] })
  await projectMarket(tx, network, { saleIds: [], listingIds: await lowerExpiry(tx, network) })
  return reversing.length
}

/**
 * Blocks above a height are no longer recorded as applied in one piece, nor as looked through: other blocks at these heights will come over the
 * bus. What was applied of them is recorded entry by entry instead, so that nothing is ever applied twice. Others keep ranges only to say how far they are.
 * @returns who keeps ranges
 */
async function unrecordRanges(tx: Tx, network: Network, height: number): Promise<string[]> {
  await tx.query(
    `INSERT INTO ledger.applied_events (network_id, consumer_id, block_number, normalized_event_id)
     SELECT $1, r.consumer_id, e.block_number, e.normalized_event_id
     FROM ledger.applied_ranges r
     JOIN ledger.normalized_events e ON e.network_id = $1 AND e.block_number > $2 AND r.blocks @> e.block_number
     WHERE r.network_id = $1 AND r.consumer_id = $3 AND r.blocks && int8range($2, NULL, '()')
     ON CONFLICT DO NOTHING`,
    [network.id, height, CONSUMERS.ownership],
  )
  const rows = await tx.query<{ consumer_id: string }>(
    `UPDATE ledger.applied_ranges SET blocks = blocks - int8multirange(int8range($2, NULL)) WHERE network_id = $1
     RETURNING consumer_id`,
    [network.id, height + 1],
  )
  return rows.map((row) => row.consumer_id)
}
