import { assertWritable, type Db, isConnectionError, type Tx } from './db.js'
import { FtError, messageOf } from './errors.js'
import { type Migration, migrationsDir, readMigrations } from './migrationFiles.js'
import { assertSessions } from './sessions.js'

export interface MigrateOptions {
  /** Folder with `NNNNNN_name.sql`; default: the one of this package. */
  readonly dir?: string
  readonly log?: (message: string) => void
}

/** Key of the advisory lock that lets one migrator work at a time: "ft.supply" in ASCII, cut to 8 bytes. */
const LOCK = 0x66742e737570706cn.toString()

/** Enough for as many migrators of one server as there are test workers or stacks on a machine. */
const ATTEMPTS = 20

const CREATE_HISTORY = `
  CREATE SCHEMA IF NOT EXISTS system;
  CREATE TABLE IF NOT EXISTS system.schema_migrations (
    version text PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`

/**
 * Brings the database to the schema of this code: every file that has not been applied yet, in order, each in one transaction
 * together with its row in `system.schema_migrations`. Any number of processes may call it at once.
 * @returns names of the files that this call applied
 * @throws FtError migration_invalid naming the file: changed after it was applied, missing, failing, or of a newer version of
 * the code, files before the failing one stay applied; database_unavailable when the server takes no writes; config_invalid when
 * a pooler in transaction mode is in between
 */
export async function migrate(
  db: Db,
  { dir = migrationsDir, log }: MigrateOptions = {},
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(dir)
  await assertSessions(db)
  await db.transaction(async (tx) => {
    await assertWritable(tx)
    await lock(tx)
    await tx.query(CREATE_HISTORY)
    assertHistory(await history(tx), migrations, dir)
  })
  const applied: string[] = []
  for (const migration of migrations) {
    if (!(await apply(db, migration))) continue
    log?.(`migration ${migration.name} applied`)
    applied.push(migration.name)
  }
  return { applied }
}

interface AppliedMigration {
  readonly version: string
  readonly name: string
  readonly checksum: string
}

/** Held to the end of the transaction, so it cannot outlive the work it guards. */
async function lock(tx: Tx): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(${LOCK})`)
}

function history(tx: Tx): Promise<AppliedMigration[]> {
  return tx.query<AppliedMigration>(
    'SELECT version, name, checksum FROM system.schema_migrations ORDER BY version COLLATE "C"',
  )
}

function assertHistory(applied: readonly AppliedMigration[], migrations: readonly Migration[], dir: string): void {
  for (const [index, row] of applied.entries()) {
    const file = migrations[index]
    if (file === undefined) {
      throw invalid(
        `the database has migration ${row.name}, which is not in ${dir}: it belongs to a newer version of ft.supply`,
      )
    }
    if (file.version !== row.version) {
      throw invalid(`the database has migration ${row.name} but not ${file.name} before it: its history has a gap`)
    }
    if (file.name !== row.name || file.checksum !== row.checksum) {
      throw invalid(
        `migration ${file.name} in ${dir} is not what was applied as ${row.name}: an applied file never changes; add a new one`,
      )
    }
  }
}

/** False when another migrator was first. */
async function apply(db: Db, migration: Migration): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction((tx) => applyOnce(tx, migration))
    } catch (error) {
      if (isConnectionError(error)) throw error
      if (attempt < ATTEMPTS && isCatalogRace(error)) continue
      const message = `migration ${migration.name} failed${place(migration.sql, error)}: ${messageOf(error)}`
      throw new FtError('migration_invalid', message, { cause: error })
    }
  }
}

async function applyOnce(tx: Tx, { version, name, sql, checksum }: Migration): Promise<boolean> {
  await lock(tx)
  const done = await tx.query('SELECT 1 FROM system.schema_migrations WHERE version = $1', [version])
  if (done.length > 0) return false
  const before = await transactionId(tx)
  await tx.query(sql)
  if ((await transactionId(tx)) !== before) throw new Error('it must not contain BEGIN, COMMIT or ROLLBACK')
  await tx.query('INSERT INTO system.schema_migrations (version, name, checksum) VALUES ($1, $2, $3)', [
    version,
    name,
    checksum,
  ])
  return true
}

/**
 * Advisory locks end at the database, roles do not: migrators of two databases of one server may meet in the shared catalogs,
 * which PostgreSQL reports as an internal error or as a double row of its own.
 */
function isCatalogRace(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  if (error.code === 'XX000') return /^tuple concurrently (updated|deleted)$/.test(error.message)
  return error.code === '23505' && 'schema' in error && error.schema === 'pg_catalog'
}

async function transactionId(tx: Tx): Promise<string> {
  const [row] = await tx.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
  return row?.id ?? ''
}

/** PostgreSQL tells where in the text the failing statement went wrong, counted in characters from 1. */
function place(sql: string, error: unknown): string {
  const position = error instanceof Error && 'position' in error ? Number(error.position) : Number.NaN
  if (!(position > 0)) return ''
  return ` at line ${
    Array.from(sql)
      .slice(0, position)
      .filter((character) => character === '\n').length + 1
  }`
}

function invalid(message: string): FtError {
  return new FtError('migration_invalid', message)
}
