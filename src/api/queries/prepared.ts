import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Queryable } from '../../core/db.js'

const dialect = new PgDialect()

/**
 * Runs a statement that is put together from parts, as a prepared one: over the ledger's partitions planning takes ten times as long as
 * reading. `name` must differ wherever the text does; the driver refuses a second text under a name.
 */
export async function prepared<R extends object>(db: Queryable, name: string, statement: SQL): Promise<R[]> {
  const { sql: text, params } = dialect.sqlToQuery(statement)
  return await db.prepared<R>(name, text, params)
}
