import type { Db, Queryable } from '../../src/core/db.js'
import { expectedRows, type Rows, type Truth } from './expected.js'
import { readRows } from './reader.js'
import { brokenRules } from './rules.js'

/** Rows of each kind that a report shows of a table. */
const SHOWN = 3

/** Every difference between the tables and the truth, in words; none when they agree. All is read in one snapshot. */
export async function differences(db: Db, truth: Truth): Promise<string[]> {
  return await db.transaction((tx) => differencesIn(tx, truth), { isolation: 'repeatable read', readOnly: true })
}

/** The same in a transaction of the caller. */
export async function differencesIn(tx: Queryable, truth: Truth): Promise<string[]> {
  return [...compare(expectedRows(truth), await readRows(tx, truth)), ...(await brokenRules(tx))]
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
