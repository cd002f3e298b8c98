import type { Tx } from '../../core/db.js'
import {
  assetRows,
  baseModels,
  countedFrom,
  countedModels,
  type ReadModel,
  readModels,
  SHADOW,
  type Unit,
} from './readModels.js'
import type { RowCount } from './rowCount.js'

/** Which rows are meant, by the units that they belong to. */
export type Units = Readonly<Record<Unit, readonly string[]>>

/** Which rows a comparison is about: those of some units, or all. */
export type Scope = Units | 'all'

/** How a live row differs from the rebuilt one: it is missing, should not be there, or says something else. */
export type Kind = 'missing' | 'extra' | 'different'

/** Differences of one read model. */
export interface Differences {
  readonly table: string
  readonly count: Readonly<Record<Kind, number>>
  /** The units of all of them. */
  readonly units: readonly string[]
  readonly unit: Unit
  /** A few, with the columns that differ: what is there, and what should be. */
  readonly examples: readonly Example[]
}

export interface Example {
  readonly kind: Kind
  readonly row: Readonly<Record<string, unknown>>
  /** Columns as [live, rebuilt]; only of a row that is `different`. */
  readonly columns: Readonly<Record<string, readonly [unknown, unknown]>>
}

const EXAMPLES = 3

/** Builds read models in the shadow schema, which lives and ends with the transaction. */
export async function buildShadow(tx: Tx, scope: Scope, count: RowCount | null = null): Promise<void> {
  await tx.query(`CREATE SCHEMA ${SHADOW}`)
  const units = scope === 'all' ? null : scope
  await tx.query(`CREATE UNLOGGED TABLE ${SHADOW}.unit (unit text NOT NULL, id uuid NOT NULL, PRIMARY KEY (unit, id))`)
  for (const [unit, ids] of Object.entries(units ?? {})) {
    await tx.query(`INSERT INTO ${SHADOW}.unit SELECT DISTINCT $1, id FROM unnest($2::uuid[]) AS i (id)`, [unit, ids])
  }
  const among = (unit: Unit) => (column: string) =>
    units === null ? 'true' : `${column} = ANY (ARRAY(SELECT id FROM ${SHADOW}.unit WHERE unit = '${unit}'))`
  await tx.query(`CREATE UNLOGGED TABLE ${SHADOW}.asset AS ${assetRows(among('assets'))}`)
  await tx.query(`ANALYZE ${SHADOW}.asset`)
  await count?.built(tx, 'asset')
  const build = async (model: ReadModel): Promise<void> => {
    const columns = await columnsOf(tx, model)
    const rows = model.rows(among(model.unit))
    await tx.query(`CREATE UNLOGGED TABLE ${SHADOW}.${model.table} (LIKE projection.${model.table})`)
    await tx.query(`INSERT INTO ${SHADOW}.${model.table} (${columns}) SELECT ${columns} FROM (${rows}) r`)
    await tx.query(`ANALYZE ${SHADOW}.${model.table}`)
    await count?.built(tx, model.table)
  }
  for (const model of baseModels) await build(model)
  for (const view of countedFrom(units === null)) await tx.query(view)
  for (const model of countedModels) await build(model)
}

/** The shadow goes, with all that is in it. */
export async function dropShadow(tx: Tx): Promise<void> {
  await tx.query(`DROP SCHEMA ${SHADOW} CASCADE`)
}

/** What differs between the live read models and those in the shadow schema, table by table; tables that are equal are left out. */
export async function compareShadow(
  tx: Tx,
  scope: Scope,
  count: RowCount | null = null,
): Promise<readonly Differences[]> {
  const found: Differences[] = []
  for (const model of readModels) {
    const differing = differingRows(model, scope)
    const counts = await tx.query<{ kind: Kind; count: number; units: string[] }>(
      `SELECT kind, count(*)::int AS count, array_agg(DISTINCT unit) AS units FROM (${differing}) d GROUP BY kind`,
    )
    count?.compared(model.table)
    if (counts.length === 0) continue
    const rows = await tx.query<{ kind: Kind; live: Row | null; rebuilt: Row | null }>(
      `SELECT kind, live, rebuilt FROM (${differing}) d ORDER BY kind, unit LIMIT ${EXAMPLES}`,
    )
    const of = (kind: Kind): number => counts.find((row) => row.kind === kind)?.count ?? 0
    found.push({
      ...{ table: model.table, unit: model.unit },
      count: { missing: of('missing'), extra: of('extra'), different: of('different') },
      units: [...new Set(counts.flatMap(({ units }) => units))].sort(),
      examples: rows.map(exampleOf),
    })
  }
  return found
}

/** Makes the live rows of these units those of the shadow. Rows that are right stay untouched. */
export async function swapShadow(tx: Tx, scope: Units, tables: ReadonlySet<string>): Promise<void> {
  for (const model of readModels.filter(({ table }) => tables.has(table))) {
    const { table, key } = model
    const columns = await columnsOf(tx, model)
    const others = columns.split(', ').filter((column) => !key.includes(column))
    await tx.query(
      `DELETE FROM projection.${table} l WHERE ${ofUnits(model, scope)}
         AND NOT EXISTS (SELECT FROM ${SHADOW}.${table} s WHERE ${key.map((k) => `s.${k} = l.${k}`).join(' AND ')})`,
    )
    await tx.query(
      `INSERT INTO projection.${table} AS l (${columns}) SELECT ${columns} FROM ${SHADOW}.${table}
       ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${others.map((column) => `${column} = EXCLUDED.${column}`).join(', ')}
       WHERE ROW(l.*) IS DISTINCT FROM ROW(EXCLUDED.*)`,
    )
  }
}

type Row = Record<string, unknown>

function exampleOf({ kind, live, rebuilt }: { kind: Kind; live: Row | null; rebuilt: Row | null }): Example {
  const row = rebuilt ?? live ?? {}
  const columns =
    live === null || rebuilt === null
      ? {}
      : Object.fromEntries(
          Object.keys(row)
            .filter((column) => JSON.stringify(live[column]) !== JSON.stringify(rebuilt[column]))
            .map((column) => [column, [live[column], rebuilt[column]] as const]),
        )
  return { kind, row, columns }
}

function differingRows(model: ReadModel, scope: Scope): string {
  const { table, key, unitColumn } = model
  return `SELECT coalesce(s.${unitColumn}, l.${unitColumn}) AS unit, to_jsonb(l) AS live, to_jsonb(s) AS rebuilt,
      CASE WHEN l.${unitColumn} IS NULL THEN 'missing' WHEN s.${unitColumn} IS NULL THEN 'extra' ELSE 'different' END AS kind
    FROM ${SHADOW}.${table} s
    FULL JOIN (SELECT * FROM projection.${table} l WHERE ${ofUnits(model, scope)}) l
      ON ${key.map((k) => `s.${k} = l.${k}`).join(' AND ')}
    WHERE ROW(s.*) IS DISTINCT FROM ROW(l.*)`
}

/** Of the live table `l`, the rows that the comparison is about. */
function ofUnits({ unit, unitColumn }: ReadModel, scope: Scope): string {
  if (scope === 'all') return 'true'
  return `l.${unitColumn} = ANY (ARRAY(SELECT id FROM ${SHADOW}.unit WHERE unit = '${unit}'))`
}

async function columnsOf(tx: Tx, { table }: ReadModel): Promise<string> {
  const rows = await tx.query<{ attname: string }>(
    `SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [`projection.${table}`],
  )
  return rows.map(({ attname }) => attname).join(', ')
}
