import { join } from 'node:path'
import { maskUrl } from '../../core/config/mask.js'
import type { Config } from '../../core/config.js'
import { createPool, type Db } from '../../core/db.js'
import { FtError } from '../../core/errors.js'
import { findEmbeddedPostgres } from '../../embedded/find.js'
import { databaseError } from './database.js'
import { databaseInUse } from './development.js'

/**
 * The URL of the database of a running system, for commands that only look at it: nothing is started.
 * @throws FtError not_found when the database is an embedded one and does not run
 */
export async function urlInUse(config: Config): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl
  const name = databaseInUse(config)
  const running = await findEmbeddedPostgres(join(config.dataDir, 'postgres'))
  if (running === null) {
    throw new FtError('not_found', `no embedded PostgreSQL runs in ${config.dataDir}: start the system with ft up`)
  }
  const url = new URL(running)
  if (name !== undefined) url.pathname = `/${name}`
  return url.href
}

/**
 * Calls `work` with a pool on the database as it is: nothing is migrated.
 * @throws FtError database_unavailable; migration_invalid when there is no schema; not_found
 */
export async function withDatabase<T>(config: Config, work: (db: Db) => Promise<T>): Promise<T> {
  const url = await urlInUse(config)
  const db = createPool({ url, max: 2, applicationName: 'ft look' })
  try {
    const [row] = await db.query<{ found: boolean }>(
      `SELECT to_regclass('system.schema_migrations') IS NOT NULL AS found`,
    )
    if (row?.found !== true) {
      throw new FtError('migration_invalid', `The database (${maskUrl(url)}) has no schema of ft yet: run ft migrate`)
    }
    return await work(db)
  } catch (error) {
    throw databaseError(url, error)
  } finally {
    await db.end()
  }
}
