import type { Queryable } from '../core/db.js'

/** Beyond this, the database is ill: a run that took too long proves nothing about its message. */
const HEALTHY_MS = 1_000

/** Whether the database answers, and soon. */
export async function answersQuickly(db: Queryable): Promise<boolean> {
  const start = performance.now()
  try {
    await db.query('SELECT 1')
  } catch {
    return false
  }
  return performance.now() - start < HEALTHY_MS
}
