import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from './cluster.js'
import { embeddedFailure } from './failure.js'
import { disownPidFile, isServerOf, readPidFile } from './pidFile.js'
import { serverEnvironment } from './run.js'
import { startLog } from './serverLog.js'
import type { PostgresSettings } from './settings.js'

/** A server that accepts connections. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
  /** Settles when the process is gone. Undefined for a server that an earlier process started. */
  readonly exited: Promise<void> | undefined
}

export interface LaunchOptions {
  /** TCP port; undefined: any free one. */
  readonly port: number | undefined
  readonly settings: PostgresSettings
  readonly log: (message: string) => void
  /** Told what somebody should look at. */
  readonly warn: (message: string) => void
}

/** How long processes of a killed server may take to notice (they look when they wait for something, at most every 2 s). */
const LEFTOVERS_MS = 15_000
/** Recovery after a crash reads at most max_wal_size of log; more than this is no recovery. */
const READY_MS = 600_000
const TELL_EVERY_MS = 10_000

/** The server's command line; also written by it to `postmaster.opts`, from which a running server is recognised. */
export function serverArguments(pgdata: string, port: number, settings: PostgresSettings): string[] {
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) }
  return [
    '-D',
    pgdata,
    ...Object.entries({ ...settings, ...fixed }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

/**
 * Starts the server of a cluster that nobody serves, and waits until it accepts connections.
 * @throws FtError embedded_postgres_failed with the end of the server's log
 */
export async function launch(cluster: Cluster, options: LaunchOptions): Promise<RunningServer> {
  const deadline = Date.now() + LEFTOVERS_MS
  for (;;) {
    const port = options.port ?? (await freePort())
    const result = await launchOnce(cluster, port, options)
    if (typeof result !== 'string') return result
    const portTaken = /could not create any TCP\/IP sockets/.test(result)
    const leftovers = /is still in use|lock file "postmaster.pid"/.test(result)
    if ((leftovers || (portTaken && options.port === undefined)) && Date.now() < deadline) {
      await delay(100)
      continue
    }
    if (portTaken) throw embeddedFailure(`port ${port} on 127.0.0.1 is taken, the embedded PostgreSQL cannot use it`)
    const what = leftovers ? 'processes of an earlier server still run' : `the server does not start`
    throw embeddedFailure(`${what} (${cluster.logFile}): ${result.trim()}`)
  }
}

/** One try: the running server, or what a server that ended wrote to its log. */
async function launchOnce(
  cluster: Cluster,
  port: number,
  { settings, log }: LaunchOptions,
): Promise<RunningServer | string> {
  const left = await readPidFile(cluster.pgdata)
  if (left !== undefined && !(await isServerOf(left.pid, cluster.pgdata))) await disownPidFile(cluster.pgdata)
  const logStart = await startLog(cluster.logFile)
  const { child, exited } = await spawnServer(cluster, serverArguments(cluster.pgdata, port, settings))
  // Whoever has it then stops it himself.
  const stopWithOwner = (): void => void child.kill('SIGINT')
  process.on('exit', stopWithOwner)
  try {
    if (await becomesReady(child, cluster, log)) return { pid: Number(child.pid), port, exited }
    await exited
  } finally {
    process.off('exit', stopWithOwner)
  }
  return (await readFile(cluster.logFile)).subarray(logStart).toString('utf8')
}

/** A session of its own (`detached`): Ctrl-C in the terminal must reach the server only after its users are done with it. */
async function spawnServer(cluster: Cluster, args: string[]): Promise<{ child: ChildProcess; exited: Promise<void> }> {
  const logHandle = await open(cluster.logFile, 'a', 0o600)
  try {
    const command = cluster.user.command(cluster.binaries.postgres, args)
    const child = spawn(command.file, command.args, {
      ...command.identity,
      cwd: '/',
      env: serverEnvironment,
      detached: true,
      stdio: ['ignore', logHandle.fd, logHandle.fd],
    })
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(embeddedFailure(`cannot run ${cluster.binaries.postgres}`, error)))
    })
    child.unref()
    return { child, exited }
  } finally {
    await logHandle.close()
  }
}

/** True once the server accepts connections, false when it ended. */
async function becomesReady(child: ChildProcess, cluster: Cluster, log: (message: string) => void): Promise<boolean> {
  const started = Date.now()
  let told = started
  while (child.exitCode === null && child.signalCode === null) {
    const file = await readPidFile(cluster.pgdata)
    if (file?.pid === child.pid && file?.ready === true) return true
    const now = Date.now()
    if (now - started > READY_MS) {
      child.kill('SIGINT')
      throw embeddedFailure(`the server is not ready after ${READY_MS / 1000} s; see ${cluster.logFile}`)
    }
    if (now - told > TELL_EVERY_MS) {
      told = now
      log(`embedded PostgreSQL is recovering, ${Math.round((now - started) / 1000)} s so far`)
    }
    await delay(15)
  }
  return false
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(embeddedFailure('the system gave no free port'))
      })
    })
  })
}
