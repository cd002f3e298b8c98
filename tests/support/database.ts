import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'

export interface TestDatabase {
  readonly url: string
  /** Pool of the owner. */
  readonly db: Db
  /** Ends the pool and removes the database, also when somebody is still connected. */
  drop(): Promise<void>
}

/** A database of its own, cloned from the migrated template (or from `template`), on the run's server. */
export async function createTestDatabase(template = 'ft_template'): Promise<TestDatabase> {
  const server = inject('databaseServer')
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await admin(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const db = createPool({ url: url.href, max: 8 })
  return {
    url: url.href,
    db,
    drop: async () => {
      await db.end()
      await admin(server, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

async function admin(server: string, statement: string): Promise<void> {
  const pool = createPool({ url: server, max: 1 })
  try {
    await pool.query(statement)
  } finally {
    await pool.end()
  }
}
