import type { Db } from '../../src/core/db.js'
import type { RunningBenchChain } from '../chain/start.js'

/** Compares every holding in the read models with the generator's truth. @throws Error that says how many differ */
export async function verifyOwnership(db: Db, chain: RunningBenchChain): Promise<number> {
  const rows = await db.query<{ line: string }>(
    `SELECT '0x' || encode(c.address, 'hex') || ':' || a.token_id || ':0x' || encode(v.account_address, 'hex') || ':' || v.quantity AS line
     FROM projection.ownership_view v JOIN projection.asset_cards a USING (asset_id)
     JOIN projection.collection_stats c USING (collection_id)`,
  )
  const found = new Set(rows.map(({ line }) => line))
  const truth = (await chain.truth()).map((row) => `${row.contract}:${row.tokenId}:${row.owner}:${row.quantity}`)
  const missing = truth.filter((line) => !found.delete(line))
  if (missing.length > 0 || found.size > 0) {
    throw new Error(
      `ownership is wrong: ${missing.length} holdings missing (${missing[0]}), ${found.size} made up (${[...found][0]})`,
    )
  }
  return truth.length
}
