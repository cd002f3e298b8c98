import type { Queryable } from '../../../../src/core/db.js'
import { type Catalog, readObjects } from './catalog.js'

// What the table definitions cannot say. Grants to the owner are left out: its name is the installation's.
const QUERIES: readonly string[] = [
  `SELECT format('partitioning %s', c.oid::regclass) AS object, pg_get_partkeydef(c.oid) AS description
   FROM pg_class c
   WHERE c.relnamespace = ANY ($1::text[]::regnamespace[]) AND c.relkind = 'p' AND NOT c.relispartition`,
  `SELECT format('options %s', c.oid::regclass) AS object, array_to_string(c.reloptions, ', ') AS description
   FROM pg_class c
   WHERE c.relnamespace = ANY ($1::text[]::regnamespace[]) AND c.reloptions IS NOT NULL AND NOT c.relispartition`,
  `SELECT format('trigger %s.%s', c.oid::regclass, t.tgname) AS object, pg_get_triggerdef(t.oid) AS description
   FROM pg_class c
   JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
   WHERE c.relnamespace = ANY ($1::text[]::regnamespace[]) AND NOT c.relispartition`,
  `SELECT format('function %s', p.oid::regprocedure) AS object,
          concat_ws(', ', 'returns ' || pg_get_function_result(p.oid), CASE WHEN p.prosecdef THEN 'security definer' END,
                    array_to_string(p.proconfig, ', ')) AS description
   FROM pg_proc p
   WHERE p.pronamespace = ANY ($1::text[]::regnamespace[])`,
  `SELECT format('grant %s.%s', name, grantee) AS object, string_agg(privilege, ', ' ORDER BY privilege) AS description
   FROM (
     SELECT name, owner, CASE acl.grantee WHEN 0 THEN 'public' ELSE acl.grantee::regrole::text END AS grantee,
            acl.grantee AS grantee_oid, acl.privilege_type AS privilege
     FROM (
       SELECT nspname AS name, nspowner AS owner, coalesce(nspacl, acldefault('n', nspowner)) AS privileges
       FROM pg_namespace WHERE oid = ANY ($1::text[]::regnamespace[])
       UNION ALL
       SELECT oid::regclass::text, relowner, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
       FROM pg_class
       WHERE relnamespace = ANY ($1::text[]::regnamespace[]) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT relispartition
       UNION ALL
       SELECT oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner))
       FROM pg_proc WHERE pronamespace = ANY ($1::text[]::regnamespace[])
     ) AS objects, aclexplode(privileges) AS acl
   ) AS grants
   WHERE grantee_oid <> owner
   GROUP BY name, grantee`,
]

const KINDS = ['schema', 'enum', 'sequence', 'table', 'view', 'function']

/** What the migrations make beside the definitions: partitioning, storage options, triggers, functions, grants. */
export async function readStorage(db: Queryable, schemas: readonly string[]): Promise<Catalog> {
  return await readObjects(db, QUERIES, schemas)
}

/** The whole schema as text, one block per object and one line per part of it, in an order that does not depend on the server. */
export function renderSnapshot(...catalogs: readonly Catalog[]): string {
  const blocks = new Map<string, { head: string; parts: string[] }>()
  for (const [object, description] of catalogs.flatMap((catalog) => [...catalog])) {
    const [kind = '', ...words] = object.split(' ')
    const name = words.join(' ')
    const owner = ownerOf(name, kind)
    const block = blocks.get(owner) ?? { head: `schema ${owner}`, parts: [] }
    blocks.set(owner, block)
    if (KINDS.includes(kind)) block.head = line(kind, name, description)
    else block.parts.push(`  ${line(kind, name.slice(owner.length + 1), description)}`)
  }
  const text = [...blocks.keys()].sort().map((owner) => {
    const block = blocks.get(owner)
    return block === undefined ? '' : [block.head, ...block.parts.sort()].join('\n')
  })
  return `The schema after all migrations, written by tests/core/schema/drift.test.ts.\n\n${text.join('\n\n')}\n`
}

/** The schema, relation or function that a part belongs to: all but the last name, which is the part's own. */
function ownerOf(name: string, kind: string): string {
  const isWhole = KINDS.includes(kind) || kind === 'partitioning' || kind === 'options'
  return isWhole ? name : name.slice(0, name.lastIndexOf('.'))
}

function line(kind: string, name: string, description: string): string {
  const subject = name === '' ? kind : `${kind} ${name}`
  return description === '' ? subject : `${subject}: ${description}`
}
