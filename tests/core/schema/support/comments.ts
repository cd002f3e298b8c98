import { readdir, readFile } from 'node:fs/promises'

/** What the sources say about schemas ("ref"), relations ("ref.networks") and columns ("ref.networks.scope"). */
export type Comments = ReadonlyMap<string, string>

const RELATION = /^CREATE (?:TABLE|VIEW) ([a-z_]+\.[a-z_]+)/
const CHANGED_COLUMN = /^ALTER TABLE ([a-z_]+\.[a-z_]+) (?:ADD|ALTER) COLUMN ([a-z_]+)\b(?! TYPE)/
const COLUMN = /^ {2}([a-z_]+) [a-z]/
const SCHEMA = /^-- ([a-z]+): ((?:.+\n)(?:-- .+\n)*)/
const DEFINITION = /\/\*\*((?:[^*]|\*(?!\/))+)\*\/\s*export const \w+ = (\w+)\s*\.(?:table|view)\(\s*'(\w+)'/g

/**
 * Collects comments: `-- …` lines that stand directly above a CREATE, an added or altered column or a column of a table in the
 * migrations, the first line of a migration ("-- ref: …") for its schema, and the docstrings of the table definitions.
 */
export async function readComments(migrations: URL, definitions: URL): Promise<Comments> {
  const comments = new Map<string, string>()
  const add = (name: string, comment: string) => {
    const known = comments.get(name)
    if (comment === '' || comment === known) return
    // What the definition says and the migration says at greater length is said once.
    const isLonger = known !== undefined && comment.startsWith(known.replace(/\.$/, ''))
    comments.set(name, known === undefined || isLonger ? comment : `${known} ${comment}`)
  }
  for (const source of await readAll(definitions, '.ts')) {
    for (const [, comment = '', schema, relation] of source.matchAll(DEFINITION)) {
      add(`${schema}.${relation}`, comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim())
    }
  }
  for (const sql of await readAll(migrations, '.sql')) {
    for (const [name, comment] of fromMigration(sql)) add(name, comment)
  }
  return comments
}

async function readAll(folder: URL, ending: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(ending)).sort()
  return await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')))
}

function fromMigration(sql: string): [name: string, comment: string][] {
  const found: [string, string][] = []
  const schema = SCHEMA.exec(sql)
  if (schema !== null) found.push([schema[1] ?? '', (schema[2] ?? '').replaceAll('\n-- ', ' ').trim()])
  let above: string[] = []
  let relation = ''
  for (const line of sql.slice(schema?.[0].length ?? 0).split('\n')) {
    const comment = /^\s*-- ?(.*)$/.exec(line)?.[1]
    if (comment !== undefined) {
      above.push(comment)
      continue
    }
    const name = named(line, relation)
    relation = RELATION.exec(line)?.[1] ?? (line.startsWith(')') ? '' : relation)
    if (name !== undefined) found.push([name, above.join(' ')])
    above = []
  }
  return found
}

/** The relation or column that a line of SQL is about. */
function named(line: string, relation: string): string | undefined {
  const added = CHANGED_COLUMN.exec(line)
  if (added !== null) return `${added[1]}.${added[2]}`
  const created = RELATION.exec(line)?.[1]
  if (created !== undefined) return created
  const column = COLUMN.exec(line)?.[1]
  return column !== undefined && relation !== '' ? `${relation}.${column}` : undefined
}
