import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { RedisServer } from '../../src/bus/redis/connection.js'
import { keysOf } from '../../src/bus/redis/keys.js'
import type { Delivery } from '../../src/worker/stream.js'
import { createTestDatabase } from '../support/database.js'
import { Gate, Recorder } from '../support/recorder.js'
import { useTestRedis } from '../support/redisServer.js'
import { numbered, numberOf, subscription } from './messages.js'
import { redisHarness } from './redisHarness.js'

/** Starting a process takes seconds on a machine that is busy. */
const PATIENCE_MS = 90_000

const redis = useTestRedis()

async function open() {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  return { ...database, harness: redisHarness({ url: redis.url, db: database.db }) }
}

/** A process of its own; see member.ts. */
function startMember(role: 'publisher' | 'consumer', databaseUrl: string, prefix: string): ChildProcess {
  const script = fileURLToPath(new URL('member.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, role, redis.url, databaseUrl, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

test(
  'a publisher that is killed between putting messages on the stream and marking them makes duplicates and loses nothing',
  async () => {
    const { db, url, harness } = await open()
    await harness.publish('t', numbered(1, 50))
    const marked = new Gate()
    const lock = db.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM system.outbox_events FOR UPDATE')
      await marked.opened
    })
    const publisher = startMember('publisher', url, harness.prefix)
    const connection = await new RedisServer(redis.url, 'ft-test').open()
    const { stream } = keysOf(harness.prefix, 't')
    while (Number(await connection.send(stream, 'XLEN', stream)) < 50) await delay(5)
    await kill(publisher)
    // Its session still waits to mark them: PostgreSQL looks for the client only afterwards.
    await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock'`)
    marked.open()
    await lock
    const got = new Recorder<Delivery>()
    const member = await harness.join(subscription('t', async (messages) => got.add(...messages)))
    await harness.drained()
    await got.count(100)
    connection.destroy()
    await member.close()
    expect(got.events.map(numberOf)).toEqual([...numbered(1, 50), ...numbered(1, 50)].map(({ n }) => n))
    expect(new Set(got.events.map(({ key }) => key)).size).toBe(50)
  },
  PATIENCE_MS,
)

test(
  'a publisher that hangs is replaced within 10 s, and does nothing wrong when it goes on',
  async () => {
    const { url, db, harness } = await open()
    const publisher = startMember('publisher', url, harness.prefix)
    await harness.publish('t', numbered(1, 1))
    // stopped before the row is marked, its successor would rightly publish it again
    while ((await db.query('SELECT 1 FROM system.outbox_events WHERE published_at IS NULL')).length > 0) await delay(5)
    publisher.kill('SIGSTOP')
    const since = performance.now()
    const got = new Recorder<number>()
    const member = await harness.join(subscription('t', async (messages) => got.add(...messages.map(numberOf))))
    await harness.publish('t', numbered(2, 2))
    await got.count(2)
    expect(performance.now() - since).toBeLessThan(10_000)
    publisher.kill('SIGCONT')
    await harness.publish('t', numbered(3, 3))
    await got.count(3)
    await harness.drained()
    await member.close()
    expect(got.events).toEqual([1, 2, 3])
  },
  PATIENCE_MS,
)

test(
  'a consumer that is killed in its work leaves it to the next one, in order, and publishing goes on meanwhile',
  async () => {
    const { url, harness } = await open()
    const publisher = startMember('publisher', url, harness.prefix)
    const consumer = startMember('consumer', url, harness.prefix)
    const lines = new Recorder<string>()
    createInterface({ input: consumer.stdout ?? process.stdin }).on('line', lines.add)
    await harness.publish('t', numbered(1, 10))
    await lines.until((all) => all.join(' ').split(' ').length === 10)
    await harness.publish('t', numbered(0, 0))
    await lines.until((all) => all.includes('0'))
    await harness.publish('t', numbered(11, 20))
    await kill(consumer)
    const got = new Recorder<number>()
    const member = await harness.join(subscription('t', async (messages) => got.add(...messages.map(numberOf))))
    await got.count(11)
    expect(got.events).toEqual([0, ...numbered(11, 20).map(({ n }) => n)])
    await kill(publisher)
    await harness.publish('t', numbered(21, 21))
    await got.count(12)
    await harness.drained()
    await member.close()
  },
  PATIENCE_MS,
)
