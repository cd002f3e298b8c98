import { is } from 'drizzle-orm'
import { getTableConfig, getViewConfig, PgColumn, type PgTable, type PgView } from 'drizzle-orm/pg-core'
import { type Comments, readComments } from './comments.js'
import { columnDefault, columnType, text } from './ddl.js'
import { definitions } from './definitions.js'

const MIGRATIONS = new URL('../../../../migrations/', import.meta.url)
const DEFINITIONS = new URL('../../../../src/core/schema/', import.meta.url)

const HEAD = `# Data model

Written from the table definitions in \`src/core/schema\` and the comments there and in \`migrations\`; do not edit. After a change:
\`UPDATE_SNAPSHOT=1 npx vitest run tests/core/schema\`.

What is one word of a contract (a token id) is \`numeric(78, 0)\`; quantities and money, which may be sums, are \`numeric\`.
Addresses, hashes and keys are \`bytea\`: an EVM address has 20 bytes, a TON address 33 (workchain, account); as a currency, the zero address is the native one. Times are \`timestamptz\`. What each
database role may do is in \`migrations/schema.snapshot.txt\`.
`

/** A relation as the document shows it. */
interface Relation {
  readonly schema: string
  readonly name: string
  readonly columns: readonly PgColumn[]
  /** Keys, constraints and indexes, one line each. */
  readonly rules: readonly string[]
}

/** The text of `docs/data-model.md`: per schema its tables and what they hold, per table its columns, keys and indexes. */
export async function dataModelDoc(): Promise<string> {
  const comments = await readComments(MIGRATIONS, DEFINITIONS)
  const relations = [...definitions.tables.map(tableRelation), ...definitions.views.map(viewRelation)]
  const sections = definitions.schemas.map(({ schemaName }) => {
    const own = relations.filter((relation) => relation.schema === schemaName)
    return schemaSection(schemaName, own, comments)
  })
  return `${[HEAD, ...sections].join('\n')}`
}

/** The relations that no comment describes; the document has nothing to say about them. */
export async function undescribed(): Promise<string[]> {
  const comments = await readComments(MIGRATIONS, DEFINITIONS)
  const names = [...definitions.tables.map(tableRelation), ...definitions.views.map(viewRelation)].map(
    (relation) => `${relation.schema}.${relation.name}`,
  )
  return [...definitions.schemas.map((schema) => schema.schemaName), ...names].filter((name) => !comments.has(name))
}

function schemaSection(schema: string, relations: readonly Relation[], comments: Comments): string {
  const overview = relations.map(
    ({ name }) => `| [\`${name}\`](#${schema}${name}) | ${cell(comments.get(`${schema}.${name}`))} |`,
  )
  const enums = definitions.enums
    .filter((type) => type.schema === schema)
    .map(
      (type) => `Type \`${schema}.${type.enumName}\`: ${type.enumValues.map((value) => `\`${value}\``).join(', ')}.\n`,
    )
  return [
    `## ${schema}\n`,
    `${capitalised(comments.get(schema))}\n`,
    '| Table | What it holds |',
    '|---|---|',
    ...overview,
    '',
    ...enums,
    ...relations.map((relation) => relationSection(relation, comments)),
  ].join('\n')
}

function relationSection({ schema, name, columns, rules }: Relation, comments: Comments): string {
  const lines = columns.map((column) => {
    const fallback = columnDefault(column)
    const type = `${columnType(column)}${column.notNull ? '' : '?'}${fallback === undefined ? '' : ` = ${fallback}`}`
    return `| \`${column.name}\` | \`${type}\` | ${cell(comments.get(`${schema}.${name}.${column.name}`))} |`
  })
  const list = rules.map((rule) => `- ${rule}`)
  return [
    `### ${schema}.${name}\n`,
    '| Column | Type (`?`: may be null) | |',
    '|---|---|---|',
    ...lines,
    '',
    ...list,
    '',
  ].join('\n')
}

function tableRelation(table: PgTable): Relation {
  const { schema = '', name, columns, primaryKeys, uniqueConstraints, indexes, checks } = getTableConfig(table)
  const key = [...columns.filter((column) => column.primary), ...primaryKeys.flatMap((primary) => primary.columns)]
  const rules = [
    `primary key ${names(key)}`,
    ...columns.filter((column) => column.isUnique).map((column) => `unique ${names([column])}`),
    ...uniqueConstraints.map((unique) => `unique ${names(unique.columns)}`),
    ...checks.map((check) => `check \`${unqualified(text(check.value), schema, name)}\``),
    ...indexes.map(({ config }) => {
      const where = config.where === undefined ? '' : ` where \`${unqualified(text(config.where), schema, name)}\``
      return `${config.unique ? 'unique index' : 'index'} \`${config.name}\` ${names(config.columns)}${where}`
    }),
  ]
  return { schema, name, columns, rules }
}

function viewRelation(view: PgView): Relation {
  const { schema = '', name, selectedFields } = getViewConfig(view)
  const columns = Object.values(selectedFields).filter((field) => is(field, PgColumn))
  return { schema, name, columns, rules: ['view'] }
}

function names(columns: readonly object[]): string {
  return `(${columns.map((column) => ('name' in column ? `\`${String(column.name)}\`` : '')).join(', ')})`
}

function unqualified(expression: string, schema: string, table: string): string {
  return expression.replaceAll(`"${schema}"."${table}".`, '').replaceAll('"', '')
}

function cell(comment = ''): string {
  return comment.replaceAll('|', '\\|')
}

function capitalised(comment = ''): string {
  return `${comment.charAt(0).toUpperCase()}${comment.slice(1)}`
}
