import type { Queryable } from '../core/db.js'
import type { Network } from '../core/networks.js'
import { CONSUMERS } from './consumers.js'

/** Blocks below the final and projected ones that are kept as they are: far more than any fork, a day or two on Polygon. */
export const SETTLED_MARGIN = 100_000

/**
 * Drops the records of what was applied for blocks below a height: partition by partition, each replaced by one range. Safe once
 * the read models contain these blocks and no fork can reach them: then every stage has seen all their messages.
 * @returns how many partitions were dropped
 */
export async function retireApplied(db: Queryable, network: Pick<Network, 'id'>, below: number): Promise<number> {
  const [row] = await db.query<{ dropped: number }>('SELECT system.retire_applied($1, $2, $3) AS dropped', [
    network.id,
    below,
    Object.values(CONSUMERS),
  ])
  return row?.dropped ?? 0
}
