import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../core/errors.js'
import type { Cluster } from './cluster.js'
import { type LaunchOptions, launch, type RunningServer } from './launch.js'
import { isServerOf } from './pidFile.js'
import { trimLog } from './serverLog.js'
import { askToStop, stopServer } from './takeOver.js'

export interface Supervisor {
  /** Ends the watch and stops the server cleanly. */
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 500
/** How often it is said that the server cannot be started. */
const TELL_EVERY_MS = 60_000
const TRIM_EVERY_MS = 60_000

/**
 * Starts the server again, on the same port, when it ends without having been told to (killed, out of memory), for as long as
 * this process runs. When this process exits, the server is told to stop; when it is killed, the server stays for the next.
 */
export function supervise(cluster: Cluster, first: RunningServer, options: LaunchOptions): Supervisor {
  const stopping = new AbortController()
  // Null while none runs: its process id may be a stranger's by then.
  let server: RunningServer | null = first
  const onExit = () => {
    if (server !== null) askToStop(server.pid)
  }
  process.on('exit', onExit)
  let toldAt = Number.NEGATIVE_INFINITY
  const failed = (error: unknown): void => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    options.warn(`embedded PostgreSQL cannot be started again: ${messageOf(error)}`)
  }
  const watch = async () => {
    while (!stopping.signal.aborted) {
      try {
        if (server === null) {
          server = await launch(cluster, { ...options, port: first.port })
          options.warn(`embedded PostgreSQL runs again (process ${server.pid})`)
          toldAt = Number.NEGATIVE_INFINITY
        }
        await ended(server, cluster, stopping.signal)
        if (stopping.signal.aborted) return
        options.warn(`embedded PostgreSQL (process ${server.pid}) ended unexpectedly, starting it again`)
        server = null
      } catch (error) {
        failed(error)
        await pause(stopping.signal)
      }
    }
  }
  const watching = watch()
  const trimming = setInterval(() => {
    trimLog(cluster.logFile).catch((error: unknown) =>
      options.warn(`${cluster.logFile} is too long: ${messageOf(error)}`),
    )
  }, TRIM_EVERY_MS).unref()
  return {
    stop: async () => {
      stopping.abort()
      clearInterval(trimming)
      await watching
      if (server !== null) await stopServer(server.pid, cluster)
      process.off('exit', onExit)
    },
  }
}

/** Waits until the server is gone or `signal` aborts. */
async function ended(server: RunningServer, cluster: Cluster, signal: AbortSignal): Promise<void> {
  if (server.exited !== undefined) {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([server.exited, aborted])
    return
  }
  while (!signal.aborted && (await isServerOf(server.pid, cluster.pgdata))) await pause(signal)
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await delay(LOOK_EVERY_MS, undefined, { signal, ref: false })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
