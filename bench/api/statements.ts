import pg from 'pg'

/** A statement as the driver was given it, and the pool that it went to. */
export interface Statement {
  readonly pool: pg.Pool
  readonly config: pg.QueryConfig
  readonly values: readonly unknown[] | undefined
}

let recorded: Statement[] | null = null

// The one place that every statement of a pool passes, whether Drizzle or `prepared` sends it.
const { query } = pg.Pool.prototype
Object.assign(pg.Pool.prototype, {
  query(this: pg.Pool, config: pg.QueryConfig, values?: readonly unknown[]) {
    recorded?.push({ pool: this, config, values })
    return Reflect.apply(query, this, [config, values])
  },
})

/** Runs `work` and gives the statements that it sent to pools. One at a time. */
export async function recordStatements<T>(work: () => Promise<T>): Promise<{ result: T; statements: Statement[] }> {
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
  for (const { pool, config, values } of statements) {
    await pool.query(config, values === undefined ? undefined : [...values])
  }
}
