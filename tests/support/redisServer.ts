import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { afterAll, beforeAll } from 'vitest'
import { findRedisServer } from './findRedisServer.js'
import { freePort } from './ports.js'
import { makeFolder } from './temporaryFolder.js'

export interface TestRedis {
  readonly url: string
  readonly port: number
  readonly process: ChildProcess
  /** Ends the server at once, with all that is in it. */
  stop(): Promise<void>
}

export interface TestRedisOptions {
  /** Default: any free port. */
  readonly port?: number
  /** Arguments of redis-server beside those that keep it in memory. */
  readonly args?: readonly string[]
}

/** A server of its own on a free port, in memory only. The caller stops it; it also ends with this process. */
export async function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const port = options.port ?? (await freePort())
  const folder = makeFolder('ft-test-redis-')
  const memoryOnly = [
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
  ]
  const server = spawn(findRedisServer(), [...memoryOnly, ...(options.args ?? [])], { stdio: 'ignore' })
  const exited = once(server, 'exit')
  const reaper = startReaper(server.pid ?? 0, folder)
  const stop = async () => {
    server.kill('SIGKILL')
    await exited
    reaper.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.race([
      answers(port),
      exited.then(() => Promise.reject(new Error(`redis-server ended on port ${port}`))),
    ])
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `redis://127.0.0.1:${port}`, port, process: server, stop }
}

/** Cleans up after a run that cannot do so itself: it waits for the end of its stdin, which comes with the end of this process. */
function startReaper(pid: number, folder: string): ChildProcess {
  const reaper = spawn(
    '/bin/sh',
    ['-c', 'read -r nothing; kill -KILL "$1"; rm -rf "$2"', 'ft-reaper', String(pid), folder],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  reaper.unref()
  return reaper
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const client = createClient({ socket: { port, host: '127.0.0.1', reconnectStrategy: false } })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.ping()
      client.destroy()
      return
    } catch {
      await delay(10)
    }
  }
}

/** One server for all tests of the calling file or `describe` block. Its properties can be read inside tests and hooks. */
export function useTestRedis(options: TestRedisOptions = {}): Pick<TestRedis, 'url' | 'port'> {
  let redis: TestRedis | undefined
  beforeAll(async () => {
    redis = await startTestRedis(options)
  })
  afterAll(async () => {
    await redis?.stop()
  })
  const existing = () => {
    if (redis === undefined) throw new Error('the Redis of the test exists only while tests and hooks run')
    return redis
  }
  return {
    get url() {
      return existing().url
    },
    get port() {
      return existing().port
    },
  }
}
