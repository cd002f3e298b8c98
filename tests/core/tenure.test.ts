import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createPool } from '../../src/core/db.js'
import { Tenure } from '../../src/core/tenure.js'
import { acquireLease } from '../../src/ingest/cursor.js'
import { useTestDatabase } from '../support/database.js'
import { pausableWay } from '../support/pausableWay.js'
import { Gate, Recorder } from '../support/recorder.js'
import { worldNetwork } from '../support/world/pipeline.js'

/*
 * A process that hangs does not end its connection, and would keep its lock for ever: the beat's, the publisher's and a network's.
 */

const PATIENCE_MS = 90_000
const database = useTestDatabase()

/** A process of its own that has the lock; see holder.ts. */
async function startHolder(
  role: 'idle' | 'reading' | 'writer',
  key: string,
): Promise<{ process: ChildProcess; said: Recorder<string> }> {
  const script = fileURLToPath(new URL('holder.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, role, database.url, key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = new Recorder<string>()
  createInterface({ input: child.stdout }).on('line', said.add)
  await said.until((lines) => lines.includes('holds'))
  return { process: child, said }
}

/** Stands by; resolves with the milliseconds after which this process has the lock. */
async function takeOver(key: string): Promise<number> {
  const since = performance.now()
  const held = new Gate()
  const work = async (_: unknown, lost: AbortSignal): Promise<void> => {
    held.open()
    await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
  }
  const tenure = new Tenure({ db: database.db, key, what: 'the lock of the test', work })
  tenure.start()
  onTestFinished(() => tenure.end())
  await held.opened
  return performance.now() - since
}

test(
  'who stands by has the lock of a process that hangs within 10 s, and that one learns of it when it goes on',
  async () => {
    const holder = await startHolder('idle', '1')
    holder.process.kill('SIGSTOP')
    expect(await takeOver('1')).toBeLessThan(10_000)
    holder.process.kill('SIGCONT')
    await holder.said.until((lines) => lines.includes('lost'))
  },
  PATIENCE_MS,
)

test(
  'so it is when the process hangs in the middle of a large answer',
  async () => {
    await startHolder('reading', '2')
    expect(await takeOver('2')).toBeLessThan(20_000)
  },
  PATIENCE_MS,
)

test(
  'a writer that hangs is replaced within 10 s',
  async () => {
    const network = await worldNetwork(database.db)
    const holder = await startHolder('writer', String(network.id))
    holder.process.kill('SIGSTOP')
    const since = performance.now()
    const lease = await acquireLease(database.db, network, new AbortController().signal)
    expect(performance.now() - since).toBeLessThan(10_000)
    await lease.release()
  },
  PATIENCE_MS,
)

test(
  'a process that lives keeps it, also through a statement that takes longer than silence may',
  async () => {
    const ended = new Recorder<unknown>()
    const done = new Gate()
    const tenure = new Tenure({
      ...{ db: database.db, key: '3', what: 'the lock of the test' },
      work: async (session, lost) => {
        lost.addEventListener('abort', () => ended.add(lost.reason))
        await session.query('SELECT pg_sleep(8)')
        done.open()
        await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
      },
    })
    tenure.start()
    await done.opened
    expect(ended.events).toEqual([])
    await tenure.end()
  },
  PATIENCE_MS,
)

test(
  'a process whose connection falls silent under its work takes another one, and does not wait for an answer that never comes',
  async () => {
    const way = await pausableWay(database.url)
    onTestFinished(() => way.close())
    const db = createPool({ url: way.url, max: 1 })
    onTestFinished(() => db.end())
    const terms = new Recorder<'begun' | 'ended'>()
    const tenure = new Tenure({
      ...{ db, key: '4', what: 'the lock of the test' },
      work: async (session, lost) => {
        terms.add('begun')
        try {
          while (!lost.aborted) await session.query('SELECT pg_sleep(0.05)')
        } finally {
          terms.add('ended')
        }
      },
    })
    tenure.start()
    onTestFinished(() => tenure.end())
    await terms.count(1)
    way.pause()
    const since = performance.now()
    await terms.count(3)
    expect(performance.now() - since).toBeLessThan(15_000)
    expect(terms.events).toEqual(['begun', 'ended', 'begun'])
  },
  PATIENCE_MS,
)
