import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, inject } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import { adminQuery, databaseUrl, dropDatabase } from './admin.js'

/** A database of its own on the server of this run. */
export interface TestDatabase {
  readonly url: string
  /** A pool of the superuser; ended by drop(). */
  readonly db: Db
  /** Removes the database; connections that are still open break. */
  drop(): Promise<void>
}

export interface TestDatabaseOptions {
  /** false: an empty database, without our schemas. Default true. */
  readonly migrated?: boolean
  /** Most connections of `db`; default 10. */
  readonly max?: number
}

/** Creates a database: a copy of the migrated template (10 to 30 ms), or an empty one. The caller drops it. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = inject('serverUrl')
  const name = `ft_test_${randomUUID().replaceAll('-', '')}`
  const template = options.migrated === false ? 'template0' : inject('templateDatabase')
  await adminQuery(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  const url = databaseUrl(serverUrl, name)
  const db = createPool({ url, applicationName: 'ft-test', ...(options.max === undefined ? {} : { max: options.max }) })
  const drop = async () => {
    await db.end()
    await dropDatabase(serverUrl, name)
  }
  return { url, db, drop }
}

/**
 * One database for all tests of the calling file or `describe` block: created before the first, dropped after the last.
 * Its properties can be read inside tests and hooks, not while the tests are being collected.
 */
export function useTestDatabase(options: TestDatabaseOptions = {}): Pick<TestDatabase, 'db' | 'url'> {
  let database: TestDatabase | undefined
  beforeAll(async () => {
    database = await createTestDatabase(options)
  })
  afterAll(async () => {
    await database?.drop()
  })
  const existing = () => {
    if (database === undefined) throw new Error('the test database exists only while tests and hooks run')
    return database
  }
  return {
    get db() {
      return existing().db
    },
    get url() {
      return existing().url
    },
  }
}
