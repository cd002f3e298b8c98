import type { Queryable } from '../core/db.js'

/** The advisory lock of work that one process does at a time, as the task that does it and the key it locks. */
export interface LeaderLock {
  readonly task: string
  /** One 64-bit key, or a name (hashed) with a number. */
  readonly key: bigint | readonly [name: string, number: number]
}

/** Which of these locks are held by a session on this database. */
export async function heldLocks(db: Queryable, locks: readonly LeaderLock[]): Promise<ReadonlyMap<string, boolean>> {
  const pairs = locks.filter(({ key }) => typeof key !== 'bigint')
  const singles = locks.filter(({ key }) => typeof key === 'bigint')
  const rows = await db.query<{ task: string; held: boolean }>(
    `WITH held AS (
       SELECT classid, objid, objsubid FROM pg_locks WHERE locktype = 'advisory' AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
     wanted AS (
       SELECT task, hashtext(name)::oid AS classid, number::oid AS objid, 2 AS objsubid
       FROM unnest($1::text[], $2::text[], $3::int[]) AS p (task, name, number)
       UNION ALL
       SELECT task, (key >> 32)::oid, (key & 4294967295)::oid, 1
       FROM unnest($4::text[], $5::bigint[]) AS s (task, key))
     SELECT w.task, EXISTS (SELECT FROM held h WHERE h.classid = w.classid AND h.objid = w.objid AND h.objsubid = w.objsubid) AS held
     FROM wanted w`,
    [
      pairs.map(({ task }) => task),
      pairs.map(({ key }) => (typeof key === 'bigint' ? '' : key[0])),
      pairs.map(({ key }) => (typeof key === 'bigint' ? 0 : key[1])),
      singles.map(({ task }) => task),
      singles.map(({ key }) => String(key)),
    ],
  )
  return new Map(rows.map(({ task, held }) => [task, held]))
}
