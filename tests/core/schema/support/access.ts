import type { Db, Queryable } from '../../../../src/core/db.js'

/** A table, partition or view of a database. */
export interface Relation {
  readonly schema: string
  /** Qualified and quoted. */
  readonly name: string
  readonly firstColumn: string
  readonly isView: boolean
  readonly isPartition: boolean
}

/** Whether a role may read a relation, write it, both or neither. `partly` means some kinds of writes only. */
export type Access = 'none' | 'read' | 'write' | 'read and write' | 'partly'

/** Every table, partition and view of the schemas that are not PostgreSQL's own. */
export async function readRelations(db: Queryable): Promise<Relation[]> {
  const rows = await db.query<{ schema: string; name: string; column: string; kind: string; partition: boolean }>(
    `SELECT n.nspname AS schema, format('%I.%I', n.nspname, c.relname) AS name, quote_ident(a.attname) AS column,
            c.relkind AS kind, c.relispartition AS partition
     FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     ORDER BY n.nspname, c.relname`,
  )
  return rows.map((row) => ({
    schema: row.schema,
    name: row.name,
    firstColumn: row.column,
    isView: row.kind === 'v',
    isPartition: row.partition,
  }))
}

/** Tries to read and to write a relation as the role of `db`, changing nothing. A view is only read: ours take no writes. */
export async function tryAccess(db: Db, relation: Relation): Promise<Access> {
  const read = await isAllowed(db, `SELECT FROM ${relation.name} LIMIT 1`)
  if (relation.isView) return read ? 'read' : 'none'
  const writes: boolean[] = []
  for (const statement of [
    `INSERT INTO ${relation.name} DEFAULT VALUES`,
    `UPDATE ${relation.name} SET ${relation.firstColumn} = DEFAULT WHERE false`,
    `DELETE FROM ${relation.name} WHERE false`,
  ]) {
    writes.push(await isAllowed(db, statement))
  }
  if (writes.some((allowed) => allowed !== writes[0])) return 'partly'
  if (writes[0] === true) return read ? 'read and write' : 'write'
  return read ? 'read' : 'none'
}

/** Whether the role of `db` may run a statement; rolled back. What fails for another reason than rights was allowed. */
export async function isAllowed(db: Db, statement: string): Promise<boolean> {
  const rolledBack = new Error('rolled back')
  try {
    await db.transaction(async (tx) => {
      await tx.query(statement)
      throw rolledBack
    })
  } catch (error) {
    if (error === rolledBack) return true
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    // class 23 is a constraint that the row broke: the rights were checked before
    if (code.startsWith('23')) return true
    if (code === '42501') return false
    throw error
  }
  return true
}
