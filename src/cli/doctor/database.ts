import type { Config } from '../../core/config.js'
import { assertWritable, createPool, type Db } from '../../core/db.js'
import { isFtError, messageOf } from '../../core/errors.js'
import { readMigrations } from '../../core/migrationFiles.js'
import { assertSessions } from '../../core/sessions.js'
import { urlInUse } from '../compose/look.js'
import { attempt, type Finding, fail, ok, warn } from './check.js'

/** Multiranges, which say what has been read, came with 14. */
const OLDEST_VERSION = 140_000
/** What a server has as installed is half of it. */
const LEAST_BUFFERS_MB = 256

/** The PostgreSQL server: reachable, new enough, a role that may do what is needed, a schema of this version. */
export async function checkDatabase(config: Config): Promise<Finding[]> {
  let url: string
  try {
    url = await urlInUse(config)
  } catch (error) {
    if (!isFtError(error, 'not_found')) throw error
    return [ok('database', 'embedded; it does not run at the moment, ft up starts it')]
  }
  const db = createPool({ url, max: 1, applicationName: 'ft doctor' })
  try {
    return await attempt(
      'database',
      () => 'check DATABASE_URL, that the server runs, and that it accepts connections from here (pg_hba.conf)',
      async () => [
        await checkVersion(db),
        ...(await checkWrites(db)),
        ...(await checkSettings(db)),
        ...(await checkSessions(db)),
        await checkRole(db),
        await checkSchema(db),
      ],
    )
  } finally {
    await db.end()
  }
}

async function checkVersion(db: Db): Promise<Finding> {
  const [row] = await db.query<{ version: string; number: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number`,
  )
  const version = row?.version ?? 'unknown'
  if (Number(row?.number) >= OLDEST_VERSION) return ok('database', `PostgreSQL ${version}`)
  return fail('database', `PostgreSQL ${version}`, 'upgrade the server: 14 is the oldest version that works')
}

async function checkWrites(db: Db): Promise<Finding[]> {
  try {
    await assertWritable(db)
    return []
  } catch (error) {
    if (!isFtError(error, 'database_unavailable')) throw error
    return [fail('writes', messageOf(error), 'point DATABASE_URL at the primary, or find out who set it to read only')]
  }
}

async function checkSettings(db: Db): Promise<Finding[]> {
  const [row] = await db.query<{ fsync: string; connections: string; buffers: number }>(
    `SELECT current_setting('fsync') AS fsync, current_setting('max_connections') AS connections,
       (pg_size_bytes(current_setting('shared_buffers')) / 1048576)::int AS buffers`,
  )
  const findings: Finding[] = []
  if (row?.fsync === 'off') {
    findings.push(warn('durability', 'fsync is off', 'a crash of the machine can destroy the data: set fsync = on'))
  }
  if (Number(row?.connections) < 50) {
    const remedy = 'ft up needs about 50 at most, each ft worker up to 25: raise max_connections'
    findings.push(warn('connections', `max_connections is ${row?.connections}`, remedy))
  }
  if (row !== undefined && row.buffers < LEAST_BUFFERS_MB) {
    const remedy = 'a backfill slows down where its keys outgrow them: a quarter of the memory is usual'
    findings.push(warn('buffers', `shared_buffers is ${row.buffers} MB`, remedy))
  }
  return findings
}

async function checkSessions(db: Db): Promise<Finding[]> {
  try {
    await assertSessions(db)
    return [ok('sessions', 'connections are sessions of the server')]
  } catch (error) {
    // Found by checkWrites
    if (isFtError(error, 'database_unavailable')) return []
    if (!isFtError(error, 'config_invalid')) throw error
    const remedy = 'point DATABASE_URL at the server itself, or set the pooler to session mode'
    return [fail('sessions', 'a pooler in transaction mode is in between', remedy)]
  }
}

async function checkRole(db: Db): Promise<Finding> {
  const [row] = await db.query<{ role: string; creates: boolean; roles: boolean; member: number }>(
    `SELECT current_user AS role, has_database_privilege(current_database(), 'CREATE') AS creates,
       (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS roles,
       (SELECT count(*)::int FROM pg_roles WHERE rolname = ANY('{ft_ingest,ft_pipeline,ft_backfill,ft_api}')
          AND pg_has_role(current_user, oid, 'MEMBER')) AS member`,
  )
  const role = row?.role ?? 'unknown'
  if (row?.member === 4 || (row?.creates === true && row.roles)) return ok('database role', role)
  return fail(
    'database role',
    `${role} may not create schemas and roles`,
    `as a superuser: ALTER ROLE ${role} CREATEROLE; GRANT CREATE ON DATABASE … TO ${role};`,
  )
}

async function checkSchema(db: Db): Promise<Finding> {
  const files = (await readMigrations()).map(({ name }) => name)
  const [found] = await db.query<{ found: boolean }>(
    `SELECT to_regclass('system.schema_migrations') IS NOT NULL AS found`,
  )
  const applied =
    found?.found === true ? await db.query<{ name: string }>('SELECT name FROM system.schema_migrations') : []
  const known = new Set(files)
  const newer = applied.filter(({ name }) => !known.has(name))
  const pending = files.length - (applied.length - newer.length)
  if (newer.length > 0) {
    return fail('schema', `made by a newer version (${newer[0]?.name})`, 'run the newest version of ft everywhere')
  }
  if (pending > 0) return warn('schema', `${pending} of ${files.length} migrations are not applied`, 'run ft migrate')
  return ok('schema', `${files.length} migrations applied`)
}
