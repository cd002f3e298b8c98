import { Column, type DriverValueDecoder, fillPlaceholders, is, SQL, type SQLWrapper } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { type Db, ormRows, type Queryable } from '../../core/db.js'

/** A prepared statement; `execute` gives its named parameters their values. */
export interface Statement<Row> {
  execute(values?: Record<string, unknown>): Promise<Row[]>
}

/** What is selected: names and what they stand for, in groups one deep. */
interface Selected {
  readonly [name: string]: SQL | Column | { readonly [name: string]: SQL }
}

/** A select of drizzle's, and the type of its rows. */
interface Select<Row> extends SQLWrapper {
  readonly _: { readonly selectedFields: object }
  prepare(name: string): { execute(): Promise<Row[]> }
}

const dialect = new PgDialect()

/**
 * A select of drizzle's as a prepared statement, whose rows are put together by a function made for them: drizzle's own looks at every
 * column of every row anew, which takes longer than all else that Node does for a page of 50 assets. `name` must differ wherever the
 * text does; the driver refuses a second text under a name. Without a name it is planned for its values, each time anew.
 */
export function statement<Row>(orm: Db['orm'], name: string | undefined, select: Select<Row>): Statement<Row> {
  return compiled(select, async (text, values) => await ormRows(orm, name, text, values))
}

/** The same for a select that finds a few rows by key: it is sent over connections that many use at once. */
export function lookUp<Row>(db: Pick<Db, 'lookUp'>, name: string, select: Select<Row>): Statement<Row> {
  return compiled(select, async (text, values) => await db.lookUp(name, text, values))
}

function compiled<Row>(
  select: Select<Row>,
  run: (text: string, values: readonly unknown[]) => Promise<unknown[][]>,
): Statement<Row> {
  const { sql: text, params } = dialect.sqlToQuery(select.getSQL())
  const toRow = rowReader<Row>(select._.selectedFields as Selected)
  return { execute: async (values = {}) => (await run(text, fillPlaceholders(params, values))).map(toRow) }
}

/**
 * Prepared statements of one kind, by name: each is made when it is first asked for, of the arguments that come with its name. What changes
 * the text must be in the name.
 */
export function statements<Args extends unknown[], Row>(
  orm: Db['orm'],
  make: (orm: Db['orm'], name: string, ...args: Args) => Statement<Row>,
): (name: string, ...args: Args) => Statement<Row> {
  const made = new Map<string, Statement<Row>>()
  return (name, ...args) => {
    const one = made.get(name) ?? make(orm, name, ...args)
    made.set(name, one)
    return one
  }
}

/** The same for a select that has to be planned for its values, each time anew; its columns are always those of the first one. */
export function planned<Args extends unknown[], Row>(
  orm: Db['orm'],
  select: (...args: Args) => Select<Row>,
): (...args: Args) => Promise<Row[]> {
  let toRow: ((row: unknown[]) => Row) | undefined
  return async (...args) => {
    const selected = select(...args)
    const { sql: text, params } = dialect.sqlToQuery(selected.getSQL())
    toRow ??= rowReader<Row>(selected._.selectedFields as Selected)
    return (await ormRows(orm, undefined, text, params)).map(toRow)
  }
}

/**
 * Runs a statement that is put together from parts, as a prepared one: over the ledger's partitions planning takes ten times as long as
 * reading. `name` as above.
 */
export async function prepared<R extends object>(db: Queryable, name: string, parts: SQL): Promise<R[]> {
  const { sql: text, params } = dialect.sqlToQuery(parts)
  return await db.prepared<R>(name, text, params)
}

/** Makes one object literal of what is selected, in which each value is read from its place: rows of one shape, without a loop. */
function rowReader<Row>(selected: Selected): (row: unknown[]) => Row {
  const decoders: Decoder[] = []
  const literal = (fields: Selected): string =>
    `{${Object.entries(fields).map(([name, field]) => `${JSON.stringify(name)}:${source(field)}`)}}`
  const source = (field: Selected[string]): string => {
    if (!is(field, SQL) && !is(field, Column)) return literal(field)
    const n = decoders.push(decoderOf(field)) - 1
    return `(row[${n}]===null?null:decoders[${n}].mapFromDriverValue(row[${n}]))`
  }
  const body = `return ${literal(selected)}`
  return new Function('decoders', 'row', body).bind(null, decoders) as (row: unknown[]) => Row
}

type Decoder = DriverValueDecoder<unknown, unknown>

/** How a value is read: a column knows it itself, an expression keeps what `mapWith` gave it in a field without a type. */
function decoderOf(field: SQL | Column): Decoder {
  if (is(field, Column)) return field
  const decoder: unknown = Reflect.get(field, 'decoder')
  if (!isDecoder(decoder)) throw new Error('this version of drizzle-orm keeps the decoder of an expression elsewhere')
  return decoder
}

function isDecoder(value: unknown): value is Decoder {
  return typeof value === 'object' && value !== null && 'mapFromDriverValue' in value
}
