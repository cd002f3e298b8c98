import type { Tx } from '../core/db.js'

/** A batch of at most so many assets is small: index look-ups are right for it whatever the tables hold. */
export const SMALL_BATCH = 200

/**
 * Runs prepared statements by a plan that a connection makes once. The large statements of the read models take the planner longer
 * than they take to run for a few rows (12 of 15 ms of a sale), and with its own counting it would plan them anew each time. The plan may
 * be made while the tables are still empty; writers' sessions rule out what would be wrong later (`core/db.ts`). For small batches only.
 */
export async function plannedOnce<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await tx.query('SET LOCAL plan_cache_mode = force_generic_plan')
  const result = await work()
  await tx.query('SET LOCAL plan_cache_mode = auto')
  return result
}
