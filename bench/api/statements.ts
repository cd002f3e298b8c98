import pg from 'pg'
import type { Db } from '../../src/core/db.js'

/** Sends a statement again as it was sent. */
export type Statement = () => Promise<unknown>

let recorded: Statement[] | null = null

// The one place that every statement of a pool's connections passes, whether Drizzle or `prepared` sends it.
const { query } = pg.Pool.prototype
Object.assign(pg.Pool.prototype, {
  query(this: pg.Pool, config: pg.QueryConfig, values?: readonly unknown[]) {
    const send = (): Promise<unknown> =>
      Reflect.apply(query, this, [config, values === undefined ? undefined : [...values]])
    recorded?.push(send)
    return send()
  },
})

/** The same pool, whose look-ups, which do not go to its connections, are recorded too. */
export function recording(db: Db): Db {
  return {
    ...db,
    lookUp: (name, text, values) => {
      const send = (): Promise<unknown[][]> => db.lookUp(name, text, values)
      recorded?.push(send)
      return send()
    },
  }
}

/** Runs `work` and gives the statements that it sent. One at a time. */
export async function recordStatements<T>(
  work: () => Promise<T>,
): Promise<{ result: T; statements: readonly Statement[] }> {
  const statements: Statement[] = []
  recorded = statements
  try {
    return { result: await work(), statements }
  } finally {
    recorded = null
  }
}

/** Sends the statements again, one after the other as the handlers do. */
export async function replay(statements: readonly Statement[]): Promise<void> {
  for (const send of statements) await send()
}
