import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import { isFtError } from '../../src/core/errors.js'
import { isServerOf, readPidFile, waitUntilGone } from '../../src/embedded/pidFile.js'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/embedded/postgres.js'
import { fastSettings } from '../../src/embedded/settings.js'
import { temporaryFolder } from '../support/temporaryFolder.js'

/** Small and quick; commits reach the system's memory at once, so they survive the kill of a process. */
export const settings = {
  ...fastSettings,
  shared_buffers: '16MB',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  synchronous_commit: 'on',
}

/** Path of a data folder that does not exist yet; removed when the test ends. */
export function newDataDir(): string {
  return path.join(temporaryFolder(), 'postgres')
}

/** Starts the server in this process with test settings; stopped when the test ends, if not before. */
export async function start(
  dataDir: string,
  options: Partial<EmbeddedPostgresOptions> = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings, ...options })
  onTestFinished(() => server.stop())
  return server
}

/** A pool that ends with the test. */
export function connect(url: string): Db {
  const db = createPool({ url, max: 2 })
  onTestFinished(() => db.end())
  return db
}

/** The process id of the server, from its own file. */
export async function serverPid(dataDir: string): Promise<number> {
  const text = await readFile(path.join(dataDir, 'pgdata', 'postmaster.pid'), 'utf8')
  return Number(text.split('\n')[0])
}

export interface Starter {
  readonly child: ChildProcess
  readonly url: string
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts the server from a process of its own (see starter.ts), which is killed when the test ends. */
export async function startElsewhere(dataDir: string, command: readonly string[] = []): Promise<Starter> {
  const script = fileURLToPath(new URL('starter.ts', import.meta.url))
  const [file = '', ...args] = [
    ...command,
    process.execPath,
    '--import',
    'tsx',
    script,
    dataDir,
    JSON.stringify(settings),
  ]
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  onTestFinished(async () => {
    await kill('SIGKILL')
    await killServer(path.join(dataDir, 'pgdata'))
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8')
  })
  for await (const url of createInterface({ input: child.stdout })) return { child, url, kill }
  throw new Error(complaint)
}

/** A killed process leaves its server behind, and a failed test may leave it there. */
async function killServer(pgdata: string): Promise<void> {
  const file = await readPidFile(pgdata)
  if (file === undefined || !(await isServerOf(file.pid, pgdata))) return
  process.kill(file.pid, 'SIGQUIT')
  await waitUntilGone(file.pid, pgdata, 10_000)
}

/** The message of the error that starting gives. */
export async function refusal(starting: Promise<unknown>): Promise<string> {
  const error = await starting.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isFtError(error, 'embedded_postgres_failed')) throw new Error('it should have been refused', { cause: error })
  return error.message
}
