import type { Tx } from './db.js'
import type { Network } from './networks.js'

/** The same as `currentBranch`, as an SQL expression of a statement whose first parameter is the network's id. */
export const BRANCH = '(SELECT coalesce(max(f.branch), 0) FROM ingest.forks f WHERE f.network_id = $1)'

/** How many forks of the network have been followed so far. What is read or said now holds under this count (docs/adr/0006). */
export async function currentBranch(tx: Tx, network: Network): Promise<number> {
  const [row] = await tx.query<{ branch: number }>(`SELECT ${BRANCH} AS branch`, [network.id])
  return row?.branch ?? 0
}
