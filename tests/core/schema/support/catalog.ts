import type { Queryable } from '../../../../src/core/db.js'

/** What a database holds: the name of each object ("column ref.networks.name") and its description, normalised. */
export type Catalog = ReadonlyMap<string, string>

// A partition is storage: parents only. Not-null constraints are compared as nullability of columns.
const QUERIES: readonly string[] = [
  `SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.oid::regclass AS object,
          CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid)
            WHEN 'S' THEN (SELECT format('%s start %s increment %s', format_type(seqtypid, NULL), seqstart, seqincrement)
                           FROM pg_sequence WHERE seqrelid = c.oid)
            ELSE '' END AS description
   FROM pg_class c
   WHERE c.relnamespace = ANY ($1::text[]::regnamespace[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
     AND NOT c.relispartition`,
  `SELECT format('column %s.%s', c.oid::regclass, a.attname) AS object,
          concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
                    'default ' || pg_get_expr(d.adbin, d.adrelid), nullif('identity ' || a.attidentity::text, 'identity '),
                    nullif('generated ' || a.attgenerated::text, 'generated ')) AS description
   FROM pg_class c
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relnamespace = ANY ($1::text[]::regnamespace[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     AND NOT c.relispartition`,
  `SELECT format('constraint %s.%s', c.oid::regclass, k.conname) AS object, pg_get_constraintdef(k.oid) AS description
   FROM pg_class c
   JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n'
   WHERE c.relnamespace = ANY ($1::text[]::regnamespace[]) AND NOT c.relispartition`,
  `SELECT format('index %s.%s', c.oid::regclass, x.relname) AS object,
          replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') AS description
   FROM pg_class c
   JOIN pg_index i ON i.indrelid = c.oid
   JOIN pg_class x ON x.oid = i.indexrelid
   WHERE c.relnamespace = ANY ($1::text[]::regnamespace[]) AND NOT c.relispartition
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = c.oid)`,
  `SELECT format('enum %s', t.oid::regtype) AS object,
          (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
            AS description
   FROM pg_type t
   WHERE t.typnamespace = ANY ($1::text[]::regnamespace[]) AND t.typtype = 'e'`,
]

/** Reads the tables, columns, constraints, indexes, enum types, sequences and views of some schemas. */
export async function readCatalog(db: Queryable, schemas: readonly string[]): Promise<Catalog> {
  return await readObjects(db, QUERIES, schemas)
}

/** Runs queries that give `object` and `description` of what some schemas hold. */
export async function readObjects(
  db: Queryable,
  queries: readonly string[],
  schemas: readonly string[],
): Promise<Catalog> {
  const catalog = new Map<string, string>()
  for (const query of queries) {
    for (const row of await db.query<{ object: string; description: string }>(query, [schemas])) {
      catalog.set(row.object, row.description.replaceAll(/\s+/g, ' ').trim())
    }
  }
  return catalog
}

/** The schemas of a database that are not PostgreSQL's own and hold something. */
export async function readSchemas(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace n
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
       AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid)
     ORDER BY nspname`,
  )
  return rows.map((row) => row.name)
}

/** Every object in which two databases differ, one line each; empty when they are the same. */
export function differences(migrated: Catalog, defined: Catalog): string[] {
  const objects = [...new Set([...migrated.keys(), ...defined.keys()])].sort()
  return objects.flatMap((object) => {
    const [inMigrations, inDefinitions] = [migrated.get(object), defined.get(object)]
    if (inMigrations === inDefinitions) return []
    if (inMigrations === undefined) return [`${object}: only in the definitions`]
    if (inDefinitions === undefined) return [`${object}: only in the migrations`]
    return [`${object}: migrations say "${inMigrations}", definitions "${inDefinitions}"`]
  })
}
