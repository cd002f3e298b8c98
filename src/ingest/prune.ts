import type { Db } from '../core/db.js'
import type { Network } from '../core/networks.js'

/** Most blocks of one transaction: a few hundred milliseconds of look-ups. */
const STEP = 20_000
/** Name under which it is kept how far headers were looked through. */
const PRUNER = 'header_pruner'

/**
 * Removes the headers of blocks below a height that have no event: nothing refers to them any more, and no fork can reach them. The
 * ledger is asked too, because raw events may have been detached. Goes on where the last call stopped, at most 20,000 blocks at a time.
 * @returns how many headers were removed
 */
export async function pruneHeaders(db: Db, network: Pick<Network, 'id'>, below: number): Promise<number> {
  return await db.transaction(async (tx) => {
    const [row] = await tx.query<{ from: number | null }>(
      `SELECT coalesce(
         (SELECT upper(blocks) FROM ledger.applied_ranges WHERE network_id = $1 AND consumer_id = $2),
         (SELECT min(number) FROM ingest.blocks WHERE network_id = $1)) AS "from"`,
      [network.id, PRUNER],
    )
    const from = row?.from ?? below
    const to = Math.min(below, from + STEP)
    if (from >= to) return 0
    const [deleted] = await tx.query<{ count: number }>(
      `WITH gone AS (
         DELETE FROM ingest.blocks b WHERE b.network_id = $1 AND b.number >= $2 AND b.number < $3
           AND NOT EXISTS (SELECT FROM ingest.raw_events r
                           WHERE r.network_id = $1 AND r.block_number = b.number AND r.fork = b.fork
                             AND r.block_number >= $2 AND r.block_number < $3)
           AND NOT EXISTS (SELECT FROM ledger.normalized_events e
                           WHERE e.network_id = $1 AND e.block_number = b.number AND e.fork = b.fork
                             AND e.block_number >= $2 AND e.block_number < $3)
         RETURNING 1)
       SELECT count(*)::int AS count FROM gone`,
      [network.id, from, to],
    )
    await tx.query(
      `INSERT INTO ledger.applied_ranges AS r (network_id, consumer_id, blocks)
       VALUES ($1, $2, int8multirange(int8range($3, $4)))
       ON CONFLICT (network_id, consumer_id) DO UPDATE SET blocks = r.blocks + EXCLUDED.blocks`,
      [network.id, PRUNER, from, to],
    )
    return deleted?.count ?? 0
  })
}
