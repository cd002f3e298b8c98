import { is, SQL } from 'drizzle-orm'
import {
  getTableConfig,
  getViewConfig,
  type Index,
  IndexedColumn,
  type PgColumn,
  PgDialect,
  PgEnumColumn,
  type PgTable,
  type PgView,
} from 'drizzle-orm/pg-core'
import type { Definitions } from './definitions.js'

const dialect = new PgDialect()

/** The statements that make an empty database what the definitions say, in an order in which they can run. */
export function ddl({ schemas, enums, sequences, tables, views }: Definitions): string[] {
  return [
    ...schemas.map(({ schemaName }) => `CREATE SCHEMA ${schemaName}`),
    ...enums.map(
      (type) => `CREATE TYPE ${type.schema}.${type.enumName} AS ENUM (${type.enumValues.map(quote).join(', ')})`,
    ),
    ...sequences.map((sequence) => `CREATE SEQUENCE ${sequence.schema}.${sequence.seqName}`),
    ...tables.map(createTable),
    ...tables.flatMap(addForeignKeys),
    ...tables.flatMap(createIndexes),
    ...views.map(createView),
  ]
}

/** The SQL type of a column, with the schema where it is a type of ours. */
export function columnType(column: PgColumn): string {
  return is(column, PgEnumColumn) ? `${column.enum.schema}.${column.enum.enumName}` : column.getSQLType()
}

/** The default of a column as SQL, if it has one. */
export function columnDefault(column: PgColumn): string | undefined {
  if (column.default === undefined) return undefined
  const value: unknown = column.default
  if (is(value, SQL)) return text(value)
  return typeof value === 'string' ? quote(value) : String(value)
}

/** An expression of the definitions as SQL text; it must not carry parameters, which no statement of DDL can have. */
export function text(expression: SQL): string {
  const query = dialect.sqlToQuery(expression)
  if (query.params.length > 0) throw new Error(`an expression of the definitions has parameters: ${query.sql}`)
  return query.sql
}

function createTable(table: PgTable): string {
  const { schema, name, columns, primaryKeys, uniqueConstraints, checks } = getTableConfig(table)
  const parts = [
    ...columns.map(createColumn),
    ...primaryKeys.map((key) => `PRIMARY KEY (${names(key.columns)})`),
    ...uniqueConstraints.map((unique) => `CONSTRAINT ${unique.name} UNIQUE (${names(unique.columns)})`),
    ...checks.map((check) => `CONSTRAINT ${check.name} CHECK (${text(check.value)})`),
  ]
  return `CREATE TABLE ${schema}.${name} (\n  ${parts.join(',\n  ')}\n)`
}

function createColumn(column: PgColumn): string {
  const fallback = columnDefault(column)
  return [
    `"${column.name}" ${columnType(column)}`,
    column.primary ? 'PRIMARY KEY' : '',
    column.notNull ? 'NOT NULL' : '',
    column.isUnique ? `CONSTRAINT ${column.uniqueName} UNIQUE` : '',
    fallback === undefined ? '' : `DEFAULT ${fallback}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function addForeignKeys(table: PgTable): string[] {
  const { schema, name, foreignKeys } = getTableConfig(table)
  return foreignKeys.map((key) => {
    const { columns, foreignTable, foreignColumns } = key.reference()
    const target = getTableConfig(foreignTable)
    return `ALTER TABLE ${schema}.${name} ADD FOREIGN KEY (${names(columns)})
      REFERENCES ${target.schema}.${target.name} (${names(foreignColumns)})`
  })
}

function createIndexes(table: PgTable): string[] {
  const { schema, name, indexes } = getTableConfig(table)
  return indexes.map(({ config }) => {
    const where = config.where === undefined ? '' : ` WHERE ${text(config.where)}`
    const unique = config.unique ? 'UNIQUE ' : ''
    const columns = config.columns.map(indexColumn).join(', ')
    return `CREATE ${unique}INDEX ${config.name} ON ${schema}.${name} USING ${config.method ?? 'btree'} (${columns})${where}`
  })
}

function indexColumn(column: Index['config']['columns'][number]): string {
  if (is(column, IndexedColumn)) {
    const { order = 'asc', nulls = 'last' } = column.indexConfig
    return `"${column.name}" ${order} NULLS ${nulls}`
  }
  if (is(column, SQL)) return `(${text(column)})`
  throw new Error('an index of the definitions is over something that is neither a column nor an expression')
}

function createView(view: PgView): string {
  const { schema, name, query } = getViewConfig(view)
  if (query === undefined) throw new Error(`view ${schema}.${name} is defined without a query`)
  return `CREATE VIEW ${schema}.${name} AS ${text(query)}`
}

function names(columns: readonly { name: string }[]): string {
  return columns.map((column) => `"${column.name}"`).join(', ')
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
