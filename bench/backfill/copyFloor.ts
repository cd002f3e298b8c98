import { join } from 'node:path'
import type { Db } from '../../src/core/db.js'
import { SCHEMAS } from './storage.js'

/**
 * What storing cannot be faster than: the rows of all tables, as the run has left them, put by COPY into tables without an index, one
 * after the other. Gives seconds. `pgdata` is the data folder of the server, in which it may write the files that it copies from.
 */
export async function copyAlone(db: Db, pgdata: string): Promise<number> {
  const tables = await db.query<{ source: string; target: string }>(
    `SELECT format('%I.%I', nspname, relname) AS source, format('bench_copy.%I', nspname || '_' || relname) AS target
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE relkind IN ('r', 'p') AND NOT relispartition
       AND nspname = ANY($1)
     ORDER BY 1`,
    [SCHEMAS],
  )
  const file = join(pgdata, 'bench_copy.rows')
  let seconds = 0
  await db.query('CREATE SCHEMA bench_copy')
  for (const { source, target } of tables) {
    await db.query(`CREATE TABLE ${target} (LIKE ${source})`)
    await db.query(`COPY (SELECT * FROM ${source}) TO '${file}' (FORMAT binary)`)
    const start = performance.now()
    await db.query(`COPY ${target} FROM '${file}' (FORMAT binary)`)
    seconds += (performance.now() - start) / 1000
  }
  await db.query('DROP SCHEMA bench_copy CASCADE')
  return seconds
}
