import { createPool } from '../core/db.js'
import { type Cluster, makeDataDir, OWNER, openCluster, serverUrl } from './cluster.js'
import { type LaunchOptions, launch } from './launch.js'
import { durableSettings, type PostgresSettings } from './settings.js'
import { lockDataDir, type StartLock } from './startLock.js'
import { supervise } from './supervise.js'
import { takeOver } from './takeOver.js'

export interface EmbeddedPostgresOptions {
  /** Folder of its own; created if missing. */
  readonly dataDir: string
  /** TCP port on 127.0.0.1; any free one when left out. */
  readonly port?: number
  /** Settings on top of {@link durableSettings}. */
  readonly settings?: PostgresSettings
  readonly log?: (message: string) => void
  /** Told when the server ends by itself, and what keeps it from starting again; default `log`. */
  readonly warn?: (message: string) => void
}

export interface EmbeddedPostgres {
  /** For `createPool`: superuser and database `ft`, with a password. */
  readonly url: string
  /** Stops the server cleanly; connections that are still open break. Calling it again does nothing more. */
  stop(): Promise<void>
}

/**
 * Runs a real PostgreSQL server from the programs that npm installed, with its data in `dataDir`: created the first time, found
 * again later. It listens on 127.0.0.1 only. A server that outlived a killed process is taken over; one that is killed while
 * we run is started again under the same URL.
 * @throws FtError embedded_postgres_failed: no programs for this platform, another process has the folder, other version of the
 * data, server does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = await makeDataDir(options.dataDir)
  const lock = await lockDataDir(dataDir)
  try {
    const settings = { ...durableSettings, ...options.settings }
    const cluster = await openCluster(dataDir, settings['fsync'] !== 'off')
    const log = options.log ?? (() => undefined)
    const launchOptions: LaunchOptions = { port: options.port, settings, log, warn: options.warn ?? log }
    const server = (await takeOver(cluster, launchOptions)) ?? (await launch(cluster, launchOptions))
    const supervisor = supervise(cluster, server, launchOptions)
    await createDatabase(cluster, server.port).catch(async (error) => {
      await supervisor.stop()
      throw error
    })
    let stopped: Promise<void> | undefined
    const stop = () => {
      stopped ??= stopAll(supervisor, lock)
      return stopped
    }
    return { url: serverUrl(cluster, server.port, OWNER), stop }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function stopAll(supervisor: { stop(): Promise<void> }, lock: StartLock): Promise<void> {
  try {
    await supervisor.stop()
  } finally {
    await lock.release()
  }
}

async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  const db = createPool({ url: serverUrl(cluster, port, 'postgres'), max: 1, applicationName: 'ft-embedded' })
  try {
    const found = await db.query('SELECT 1 FROM pg_database WHERE datname = $1', [OWNER])
    if (found.length === 0) await db.query(`CREATE DATABASE ${OWNER}`)
  } finally {
    await db.end()
  }
}
