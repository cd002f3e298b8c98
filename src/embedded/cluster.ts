import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, chown, constants, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { findBinaries, type PostgresBinaries } from './binaries.js'
import { embeddedFailure, systemCode } from './failure.js'
import { run, type ServerUser } from './run.js'
import { chooseServerUser } from './serverUser.js'

/** Name of the superuser and of the database. */
export const OWNER = 'ft'

/** A PostgreSQL data directory that exists and fits the programs. */
export interface Cluster {
  readonly pgdata: string
  readonly logFile: string
  /** Of the superuser; the server listens on loopback, which every account of the machine can reach. */
  readonly password: string
  readonly user: ServerUser
  readonly binaries: PostgresBinaries
}

/**
 * Makes the folder for embedded data and gives its real path.
 * @throws FtError embedded_postgres_failed when this account may not use it
 */
export async function makeDataDir(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    return await realpath(dataDir)
  } catch (error) {
    const remedy = 'Run as the account that created it, give this one access, or choose another FT_DATA_DIR.'
    throw embeddedFailure(`the data folder ${dataDir} cannot be used (${systemCode(error)}). ${remedy}`, error)
  }
}

/**
 * Opens the cluster in `dataDir` (a real path, locked by the caller), creating it the first time: `pgdata` with the data,
 * `password`, `postgres.log`. An interrupted creation leaves nothing that counts.
 * @param sync whether creation waits for the disk
 * @throws FtError embedded_postgres_failed when it belongs to another version or cannot be created
 */
export async function openCluster(dataDir: string, sync: boolean): Promise<Cluster> {
  const binaries = await findBinaries()
  const user = await chooseServerUser(dataDir, binaries)
  const pgdata = path.join(dataDir, 'pgdata')
  const passwordFile = path.join(dataDir, 'password')
  if (existsSync(pgdata)) await assertVersion(pgdata, user, binaries)
  else await create({ dataDir, pgdata, passwordFile, sync, user, binaries })
  const password = await readPassword(passwordFile)
  return { pgdata, logFile: path.join(dataDir, 'postgres.log'), password, user, binaries }
}

interface Creation {
  readonly dataDir: string
  readonly pgdata: string
  readonly passwordFile: string
  readonly sync: boolean
  readonly user: ServerUser
  readonly binaries: PostgresBinaries
}

async function create({ dataDir, pgdata, passwordFile, sync, user, binaries }: Creation): Promise<void> {
  const unfinished = path.join(dataDir, 'initdb.tmp')
  await rm(unfinished, { recursive: true, force: true })
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (user.owner !== undefined) await chown(passwordFile, user.owner.uid, user.owner.gid)
  // builtin C.UTF-8 sorts by code point, as C does, and knows the cases of all letters.
  const { code, output } = await run(user, binaries.initdb, [
    ...['-D', unfinished, '-U', OWNER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
    ...(sync ? [] : ['--no-sync', '--no-data-checksums']),
  ])
  if (code !== 0) throw embeddedFailure(`initdb could not create ${pgdata}: ${output.trim()}`)
  await rename(unfinished, pgdata)
  if (sync) await syncFolder(dataDir)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function assertVersion(pgdata: string, user: ServerUser, binaries: PostgresBinaries): Promise<void> {
  const found = (await readFile(path.join(pgdata, 'PG_VERSION'), 'utf8')).trim()
  const { output } = await run(user, binaries.postgres, ['--version'])
  const ours = /\(PostgreSQL\) (\d+)/.exec(output)?.[1]
  if (found === ours) return
  throw embeddedFailure(
    `the data in ${pgdata} was written by PostgreSQL ${found}, this is ${ours ?? output.trim()}. Run the version of ft.supply ` +
      `that wrote it, move the data with pg_dump, or move the folder away to index anew.`,
  )
}

async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw embeddedFailure(
      `the password of the embedded PostgreSQL cannot be read from ${file}. Restore this file.`,
      error,
    )
  }
}

/** Connection URL of a database of the cluster while its server listens on `port`. */
export function serverUrl(cluster: Pick<Cluster, 'password'>, port: number, database: string): string {
  return `postgresql://${OWNER}:${cluster.password}@127.0.0.1:${port}/${database}`
}
