import type { Db, Tx } from '../../src/core/db.js'
import { inShadow } from '../../src/pipeline/rebuild/rebuild.js'
import { expectedRows, type Rows, type Truth } from './expected.js'
import { readRows } from './reader.js'
import { brokenRules } from './rules.js'

/** Rows of each kind that a report shows of a table. */
const SHOWN = 3

/** Every difference between the tables and the truth, in words; none when they agree. All is read in one snapshot. */
export async function differences(db: Db, truth: Truth): Promise<string[]> {
  return await db.transaction((tx) => differencesIn(tx, truth), { isolation: 'repeatable read' })
}

/** The same in a transaction of the caller. */
export async function differencesIn(tx: Tx, truth: Truth): Promise<string[]> {
  const rows = compare(expectedRows(truth), await readRows(tx, truth))
  return [...rows, ...(await brokenRules(tx)), ...(await wrongReadModels(tx))]
}

/** Read models that are not what ledger, catalog and state say when they are read as a whole: those of the market have no other check. */
async function wrongReadModels(tx: Tx): Promise<string[]> {
  return (await inShadow(tx, 'all')).map(
    ({ table, count, examples }) =>
      `projection.${table}: not as rebuilt ${JSON.stringify(count)}, such as ${JSON.stringify(examples[0])}`,
  )
}

function compare(expected: Rows, found: Rows): string[] {
  const tables = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
  return tables.flatMap((table) => [
    ...report(`${table}: missing`, without(expected[table] ?? [], found[table] ?? [])),
    ...report(`${table}: unexpected`, without(found[table] ?? [], expected[table] ?? [])),
  ])
}

/** The items of `all` that `others` does not have as often. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const item of others) left.set(item, (left.get(item) ?? 0) + 1)
  return all.filter((item) => {
    const count = left.get(item) ?? 0
    left.set(item, count - 1)
    return count <= 0
  })
}

function report(title: string, rows: readonly string[]): string[] {
  const more = rows.length > SHOWN ? [`${title} … and ${rows.length - SHOWN} more`] : []
  return [...rows.slice(0, SHOWN).map((row) => `${title} ${row}`), ...more]
}
