import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createPool, isConnectionError } from '../core/db.js'
import { type Cluster, serverUrl } from './cluster.js'
import { embeddedFailure, systemCode } from './failure.js'
import { type LaunchOptions, type RunningServer, serverArguments } from './launch.js'
import { isServerOf, readPidFile, waitUntilGone } from './pidFile.js'

/** A fast shutdown writes one checkpoint: shared_buffers at most. */
const STOP_MS = 120_000
const START_MS = 60_000

/**
 * Looks for a server that outlived the process that started it (kill -9). One that answers as ours and has the wanted settings
 * is kept, with everybody who is connected to it; another one is stopped. Undefined when none runs (any more).
 * @throws FtError embedded_postgres_failed when it cannot be stopped
 */
export async function takeOver(
  cluster: Cluster,
  { port, settings, log }: LaunchOptions,
): Promise<RunningServer | undefined> {
  const file = await readPidFile(cluster.pgdata)
  if (file === undefined || !(await isServerOf(file.pid, cluster.pgdata))) return undefined
  const wanted = serverArguments(cluster.pgdata, port ?? file.port, settings)
  if ((await hasArguments(cluster, wanted)) && (await answers(cluster, file.pid))) {
    log(`embedded PostgreSQL still runs (process ${file.pid}), taking it over`)
    return { pid: file.pid, port: file.port, exited: undefined }
  }
  log(`embedded PostgreSQL still runs (process ${file.pid}) with other settings or without answering, stopping it`)
  await stopServer(file.pid, cluster)
  return undefined
}

/**
 * Stops the server cleanly: open transactions are rolled back, everything committed is on disk.
 * @throws FtError embedded_postgres_failed when it still runs after two minutes
 */
export async function stopServer(pid: number, cluster: Cluster): Promise<void> {
  if (!(await isServerOf(pid, cluster.pgdata))) return
  askToStop(pid)
  if (await waitUntilGone(pid, cluster.pgdata, STOP_MS)) return
  throw embeddedFailure(`PostgreSQL (process ${pid}) does not stop; see ${cluster.logFile}`)
}

/** Sends the signal of a fast shutdown; a process that is gone needs none. */
export function askToStop(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

/** `postmaster.opts` holds the program and then each argument in double quotes. */
async function hasArguments(cluster: Cluster, wanted: readonly string[]): Promise<boolean> {
  const line = (await readFile(path.join(cluster.pgdata, 'postmaster.opts'), 'utf8')).trimEnd()
  return line.endsWith(`/postgres ${wanted.map((argument) => `"${argument}"`).join(' ')}`)
}

/** Whether the server accepts our password and serves our data directory; it may be starting at this moment. */
async function answers(cluster: Cluster, pid: number): Promise<boolean> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline && (await isServerOf(pid, cluster.pgdata))) {
    const file = await readPidFile(cluster.pgdata)
    if (file?.ready === true) return (await dataDirectory(serverUrl(cluster, file.port, 'postgres'))) === cluster.pgdata
    await delay(50)
  }
  return false
}

async function dataDirectory(url: string): Promise<string | undefined> {
  const db = createPool({ url, max: 1, applicationName: 'ft-embedded' })
  try {
    const [row] = await db.query<{ data_directory: string }>('SHOW data_directory')
    return row?.data_directory
  } catch (error) {
    if (isConnectionError(error)) return undefined
    throw error
  } finally {
    await db.end()
  }
}
