import { BRANCH } from '../../core/branch.js'
import { bigint, columns } from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import type { BlockRef, CompletedSpan, HeadsMessage } from '../../core/events.js'
import type { Network } from '../../core/networks.js'
import { lockProjection } from '../locks.js'

/*
 * How far the read models are. Answers name a block: everything of the chain up to it is in the read models, and nothing of a block
 * that it replaced.
 *
 * Forks are counted (`ingest.forks`), and what was written under an earlier count (`branch`) holds only up to the ancestors of the
 * forks since. The count is read in the statement, after the read models were written: whatever consequence of a fork is in them, the
 * fork is seen too. So no order of messages matters, and none can be too late.
 */

/** The highest block up to which what was written under branch `branch` (an SQL expression) still holds; null: all of it. */
const heldUntil = (branch: string): string =>
  `(SELECT min(f.ancestor) FROM ingest.forks f WHERE f.network_id = $1 AND f.branch > ${branch})`

/**
 * Head, finality and state as ingestion saw them. A message that comes late, or again, changes nothing: not the state, not the
 * head, and the finalized height never goes down. Only a rewind lowers that, and what was said before does not raise it again. The safe
 * block can go back: it is the one that was named with this head, or none, and `projectProgress` keeps it only as long as it holds.
 */
export async function projectHeads(tx: Tx, network: Network, heads: HeadsMessage): Promise<void> {
  const { head, finalized, safe, state, branch = 0, order = 0 } = heads
  tx.send(
    `UPDATE projection.network_status SET state = $2, updated_at = now(),
       head_number = $3, head_hash = decode($4, 'hex'), head_time = to_timestamp($5), heads_order = $6,
       safe_number = $7, safe_hash = decode($8, 'hex'), safe_time = to_timestamp($9), safe_branch = $10
     WHERE network_id = $1 AND heads_order <= $6`,
    [
      ...[network.id, state, head.number, head.hash.slice(2), head.time, order],
      ...[safe?.number ?? null, safe?.hash.slice(2) ?? null, safe?.time ?? null, branch],
    ],
  )
  if (finalized === null) return
  tx.send(
    `UPDATE projection.network_status
     SET finalized_number = $2, finalized_hash = decode($3, 'hex'), finalized_time = to_timestamp($4)
     WHERE network_id = $1 AND (finalized_number IS NULL OR finalized_number < $2) AND coalesce($2 <= ${heldUntil('$5')}, true)`,
    [network.id, finalized.number, finalized.hash.slice(2), finalized.time, branch],
  )
}

/** What a rewind says instead of a heads message: finality is lowered to `finalized` when that is not null. */
export async function lowerStatus(
  tx: Tx,
  network: Network,
  status: { readonly finalized: BlockRef | null; readonly order: number; readonly state: HeadsMessage['state'] | null },
): Promise<void> {
  const { finalized, order, state } = status
  await lockProjection(tx, network)
  tx.send(
    `UPDATE projection.network_status SET state = coalesce($2, state), heads_order = $3, updated_at = now(),
       finalized_number = coalesce($4, finalized_number), finalized_hash = coalesce(decode($5, 'hex'), finalized_hash),
       finalized_time = coalesce(to_timestamp($6), finalized_time)
     WHERE network_id = $1`,
    [network.id, state, order, finalized?.number ?? null, finalized?.hash.slice(2) ?? null, finalized?.time ?? null],
  )
}

/** What is whole in the read models from now on: blocks, and forks whose reversing entries were applied. */
export interface Progress {
  /** A span without a branch is of the current one: the caller is the network's only writer. */
  readonly completes: readonly CompletedSpan[]
  readonly retracts: readonly number[]
}

/**
 * Takes note of progress and of where history starts, and takes back what forks have undone since the last time. To be called at the end of every transaction
 * that writes read models. Answers are computed at the end of the first gapless range, but not above the ancestor of a fork whose
 * reversing entries are still on their way: a later block whose message overtook an earlier one does not count yet. There is a safe block
 * as long as it lies between the finalized one and the head, and no fork has undone it.
 */
export async function projectProgress(tx: Tx, network: Network, { completes, retracts }: Progress): Promise<void> {
  await lockProjection(tx, network)
  tx.send(
    `UPDATE projection.network_status s
     SET projected = s.projected * int8multirange(int8range(NULL, ${heldUntil('s.branch')} + 1)) + coalesce(i.blocks, '{}'),
       retracted = s.retracted + coalesce((SELECT range_agg(int8range(b, b, '[]')) FROM unnest($5::bigint[]) AS b), '{}'),
       branch = now_at.branch, updated_at = now(), start_block = n.start_block, history_complete = n.history_complete,
       (safe_number, safe_hash, safe_time, safe_branch) = (SELECT s.safe_number, s.safe_hash, s.safe_time, s.safe_branch
         WHERE s.safe_number BETWEEN coalesce(s.finalized_number, 0) AND s.head_number
           AND coalesce(s.safe_number <= ${heldUntil('s.safe_branch')}, true))
     FROM (SELECT ${BRANCH} AS branch) AS now_at,
       (SELECT range_agg(int8range(i.first, i.last, '[]') * int8range(NULL, ${heldUntil('i.branch')} + 1)) AS blocks
        FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS i (first, last, branch)) AS i,
       ref.networks n
     WHERE s.network_id = $1 AND n.network_id = $1`,
    [
      network.id,
      ...columns(
        completes,
        bigint((span) => span.from),
        bigint((span) => span.to),
        bigint((span) => span.branch ?? null),
      ),
      retracts,
    ],
  )
  tx.send(
    `UPDATE projection.network_status s
     SET projected_number = b.number, projected_hash = b.hash, projected_time = b.time
     FROM (SELECT min(least(upper(r) - 1, on_its_way.ancestor)) AS number
           FROM projection.network_status p CROSS JOIN unnest(p.projected) AS r
           CROSS JOIN LATERAL (SELECT min(f.ancestor) AS ancestor FROM ingest.forks f
                               WHERE f.network_id = $1 AND NOT p.retracted @> f.branch) AS on_its_way
           WHERE p.network_id = $1) AS upto
     LEFT JOIN LATERAL (
       SELECT b.number, b.hash, b.time FROM ingest.blocks b
       WHERE b.network_id = $1 AND b.canonical AND b.number <= upto.number ORDER BY b.number DESC LIMIT 1) AS b ON true
     WHERE s.network_id = $1`,
    [network.id],
  )
}
