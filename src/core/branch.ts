import type { Tx } from './db.js'
import type { Network } from './networks.js'

/** How many forks of the network have been followed so far. What is read or said now holds under this count (docs/adr/0006). */
export async function currentBranch(tx: Tx, network: Network): Promise<number> {
  const [row] = await tx.query<{ branch: number }>(
    'SELECT coalesce(max(branch), 0) AS branch FROM ingest.forks WHERE network_id = $1',
    [network.id],
  )
  return row?.branch ?? 0
}
