import { join } from 'node:path'
import { maskUrl } from '../../core/config/mask.js'
import type { Config } from '../../core/config.js'
import { createPool, type Db, isConnectionError } from '../../core/db.js'
import { FtError, isFtError } from '../../core/errors.js'
import { migrate } from '../../core/migrate.js'
import { findEmbeddedPostgres } from '../../embedded/find.js'
import { startEmbeddedPostgres } from '../../embedded/postgres.js'
import type { Logger } from '../../observability/logger.js'

/** Roles that parts of the system take on; what each may do is in the migrations. */
export type Role = 'ft_backfill' | 'ft_pipeline' | 'ft_api'

export interface Database {
  /** Pool of the owner of the schema. */
  readonly owner: Db
  /** Opens a pool of a role. The caller ends it before `close`. */
  open(role: Role, options?: { max?: number; statementTimeoutMs?: number }): Db
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Name of a database of its own on the embedded server: for a development chain, which never mixes with a real one. */
  readonly name?: string | undefined
  /** Beside a running `ft up`, as a guest on its server. */
  readonly share?: boolean
}

/**
 * The configured server, or the embedded one with its data in the data folder; its schema up to date.
 * @throws FtError database_unavailable when it cannot be reached; migration_invalid
 */
export async function openDatabase(config: Config, log: Logger, options: DatabaseOptions = {}): Promise<Database> {
  if (config.databaseUrl !== null) return await connect(config.databaseUrl, log, () => Promise.resolve())
  const server = await startServer(config, log, options.share ?? false)
  try {
    const url = options.name === undefined ? server.url : await ensureDatabase(server.url, options.name)
    return await connect(url, log, () => server.stop())
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** An error of the database at `url`: where it cannot be reached, or lets nobody in, one that names it and says what to check. */
export function databaseError(url: string, error: unknown): unknown {
  if (isFtError(error) || !isConnectionError(error)) return error
  return new FtError('database_unavailable', `The database (${maskUrl(url)}) ${remedyOf(error)}`, { cause: error })
}

function remedyOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === '3D000') return 'does not exist: create it, or correct the name in DATABASE_URL'
  if (code.startsWith('28')) {
    return 'refuses the login: check user and password in DATABASE_URL, that the role may log in, and pg_hba.conf'
  }
  return 'cannot be reached: check DATABASE_URL, and that the server runs and accepts connections from here'
}

async function connect(url: string, log: Logger, stop: () => Promise<void>): Promise<Database> {
  const owner = createPool({ url, max: 4, applicationName: 'ft owner' })
  try {
    const { applied } = await migrate(owner)
    if (applied.length > 0) log.info({ applied: applied.length }, 'the schema was brought up to date')
  } catch (error) {
    await owner.end()
    throw databaseError(url, error)
  }
  return {
    owner,
    open: (role, options = {}) => createPool({ url, role, applicationName: role.replace('_', ' '), ...options }),
    close: async () => {
      await owner.end()
      await stop()
    },
  }
}

/** For a look at the data while `ft up` runs, its server is used and left running. */
async function startServer(
  config: Config,
  log: Logger,
  share: boolean,
): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = join(config.dataDir, 'postgres')
  const running = share ? await findEmbeddedPostgres(dataDir) : null
  if (running !== null) return { url: running, stop: () => Promise.resolve() }
  return await startEmbeddedPostgres({
    dataDir,
    log: (message) => log.debug({}, message),
    warn: (message) => log.warn({}, message),
  })
}

async function ensureDatabase(url: string, name: string): Promise<string> {
  const server = createPool({ url, max: 1 })
  try {
    const found = await server.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (found.length === 0) await server.query(`CREATE DATABASE ${name}`)
  } finally {
    await server.end()
  }
  const chosen = new URL(url)
  chosen.pathname = `/${name}`
  return chosen.href
}
