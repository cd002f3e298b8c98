import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../core/errors.js'
import type { Cluster } from './cluster.js'
import { type LaunchOptions, launch, type RunningServer } from './launch.js'
import { isServerOf } from './pidFile.js'
import { askToStop, stopServer } from './takeOver.js'

export interface Supervisor {
  /** Ends the watch and stops the server cleanly. */
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 500

/**
 * Starts the server again, on the same port, when it ends without having been told to (killed, out of memory), for as long as
 * this process runs. When this process exits, the server is told to stop; when it is killed, the server stays for the next.
 */
export function supervise(cluster: Cluster, first: RunningServer, options: LaunchOptions): Supervisor {
  const stopping = new AbortController()
  let server = first
  const onExit = () => askToStop(server.pid)
  process.on('exit', onExit)
  const watch = async () => {
    for (;;) {
      await ended(server, cluster, stopping.signal)
      if (stopping.signal.aborted) return
      options.log(`embedded PostgreSQL (process ${server.pid}) ended unexpectedly, starting it again`)
      try {
        server = await launch(cluster, { ...options, port: first.port })
        options.log(`embedded PostgreSQL runs again (process ${server.pid})`)
      } catch (error) {
        options.log(`embedded PostgreSQL cannot be started again: ${messageOf(error)}`)
        await pause(stopping.signal)
      }
    }
  }
  const watching = watch()
  return {
    stop: async () => {
      stopping.abort()
      await watching
      process.off('exit', onExit)
      await stopServer(server.pid, cluster)
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
