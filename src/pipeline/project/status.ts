import type { Tx } from '../../core/db.js'
import type { BlockSpan, HeadsMessage } from '../../core/events.js'
import type { Network } from '../../core/networks.js'

/** Head, finality and state as ingestion saw them. The finalized height never goes down, in whatever order messages come. */
export async function projectHeads(tx: Tx, network: Network, heads: HeadsMessage): Promise<void> {
  const { head, finalized, state } = heads
  await tx.query(
    `UPDATE projection.network_status SET state = $2, updated_at = now(),
       start_block = n.start_block, history_complete = n.history_complete,
       head_number = $3, head_hash = decode($4, 'hex'), head_time = to_timestamp($5)
     FROM ref.networks n WHERE n.network_id = $1 AND network_status.network_id = $1`,
    [network.id, state, head.number, head.hash.slice(2), head.time],
  )
  if (finalized === null) return
  await tx.query(
    `UPDATE projection.network_status
     SET finalized_number = $2, finalized_hash = decode($3, 'hex'), finalized_time = to_timestamp($4)
     WHERE network_id = $1 AND (finalized_number IS NULL OR finalized_number < $2)`,
    [network.id, finalized.number, finalized.hash.slice(2), finalized.time],
  )
}

/**
 * Says that the read models contain these blocks. Answers are computed at the end of the first gapless range: a later block
 * whose message overtook an earlier one does not count yet.
 */
export async function projectBlocks(tx: Tx, network: Network, blocks: BlockSpan): Promise<void> {
  await tx.query(
    `UPDATE projection.network_status s
     SET projected = s.projected + int8multirange(int8range($2, $3, '[]')), updated_at = now()
     WHERE s.network_id = $1`,
    [network.id, blocks.from, blocks.to],
  )
  await tx.query(
    `UPDATE projection.network_status s
     SET projected_number = b.number, projected_hash = b.hash, projected_time = b.time
     FROM (SELECT b.number, b.hash, b.time FROM ingest.blocks b
           WHERE b.network_id = $1 AND b.canonical AND b.number <=
             (SELECT min(upper(r)) - 1 FROM projection.network_status p, unnest(p.projected) AS r WHERE p.network_id = $1)
           ORDER BY b.number DESC LIMIT 1) b
     WHERE s.network_id = $1`,
    [network.id],
  )
}
