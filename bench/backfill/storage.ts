import type { Db } from '../../src/core/db.js'

export interface TableSize {
  readonly table: string
  readonly rows: number
  readonly bytes: number
}

export const SCHEMAS = ['ref', 'ingest', 'ledger', 'catalog', 'market', 'projection', 'system']

/** Rows and bytes (heap, indexes, TOAST) of every table of the seven schemas, partitions summed up, largest first. */
export async function tableSizes(db: Db): Promise<TableSize[]> {
  await db.query('ANALYZE')
  const tables = await db.query<{ table: string; bytes: number; rows: number }>(
    `SELECT n.nspname || '.' || c.relname AS table,
       coalesce(sum(pg_total_relation_size(l.oid)), 0)::bigint AS bytes, coalesce(sum(greatest(l.reltuples, 0)), 0)::bigint AS rows
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (SELECT p.oid, p.reltuples FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid WHERE t.isleaf
                         UNION ALL SELECT c.oid, c.reltuples WHERE c.relkind = 'r') l
     WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     GROUP BY 1 ORDER BY 2 DESC`,
    [SCHEMAS],
  )
  return tables.filter(({ rows }) => rows > 0)
}
