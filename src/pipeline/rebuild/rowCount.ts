import type { Tx } from '../../core/db.js'
import { readModels, SHADOW } from './readModels.js'

/** How many rows have been built and compared so far, and how many there are to be; `table` is what was done last. */
export interface RowProgress {
  readonly done: number
  readonly of: number
  readonly table: string
}

/** Is told when a table of the shadow has been built (and analyzed), and when it has been compared. */
export interface RowCount {
  built(tx: Tx, table: string): Promise<void>
  compared(table: string): void
}

/** Assets are built and not compared. */
const ASSETS = 'asset'

/**
 * Counts the rows of a rebuild of everything, each once when it is built and once when it is compared. Numbers of rows are those of the statistics,
 * which cost nothing: of a table that is not built yet, those of the live one.
 */
export async function countRows(tx: Tx, onProgress: (progress: RowProgress) => void): Promise<RowCount> {
  const expected = new Map<string, number>()
  for (const { table } of readModels) expected.set(table, await rowsIn(tx, `projection.${table}`))
  expected.set(ASSETS, expected.get('asset_cards') ?? 0)
  let done = 0
  const tell = (table: string): void => {
    done += expected.get(table) ?? 0
    const of = [...expected].reduce((sum, [name, rows]) => sum + (name === ASSETS ? rows : 2 * rows), 0)
    onProgress({ done, of, table })
  }
  return {
    built: async (now, table) => {
      expected.set(table, await rowsIn(now, `${SHADOW}.${table}`))
      tell(table)
    },
    compared: tell,
  }
}

/** By the statistics; a table that has none yet counts as empty. */
async function rowsIn(tx: Tx, table: string): Promise<number> {
  const [row] = await tx.query<{ rows: number }>(
    'SELECT greatest(reltuples, 0)::float8 AS rows FROM pg_class WHERE oid = $1::regclass',
    [table],
  )
  return Math.round(row?.rows ?? 0)
}
