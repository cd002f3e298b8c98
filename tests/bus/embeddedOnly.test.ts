import { describe, expect, onTestFinished, test } from 'vitest'
import { EmbeddedBus } from '../../src/bus/embedded.js'
import { insertMessages, outboxDepth } from '../../src/bus/outbox.js'
import { createPool } from '../../src/core/db.js'
import { silentLog } from '../../src/worker/log.js'
import { timeout } from '../../src/worker/middleware.js'
import type { Consumer, Subscription } from '../../src/worker/stream.js'
import { useTestDatabase } from '../support/database.js'
import { pausableWay } from '../support/pausableWay.js'
import { Gate, Recorder } from '../support/recorder.js'
import { embeddedHarness } from './embeddedHarness.js'
import { numbered, numberOf, subscription } from './messages.js'

/** Ends the session that holds the lock of the bus. Locks are listed for the whole server, on which other tests run. */
const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

/** A handler under the time limit that the runner gives every task. */
function limited(ms: number, work: (signal: AbortSignal) => Promise<unknown>): Subscription['handle'] {
  const run = timeout(ms)(async (_, { signal }) => void (await work(signal)))
  return (messages, signal) => run(messages, { task: 'hang', signal, log: silentLog })
}

/** What hangs until it is told to end: resolves with why. */
function hang(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
}

describe('embedded bus on its outbox', () => {
  const database = useTestDatabase()

  /** Resolves when the bus says that it cannot deliver. */
  async function troubled(consumer: Consumer): Promise<void> {
    while (consumer.trouble() === null) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  test('a message that commits after one with a higher number is delivered all the same', async () => {
    const { db } = database
    const harness = embeddedHarness(db)
    const got = new Recorder<number>()
    const member = await harness.join(subscription('late', async (messages) => got.add(...messages.map(numberOf))))
    const inserted = new Gate()
    const gate = new Gate()
    const late = db.transaction(async (tx) => {
      await insertMessages(tx, 'late', numbered(1, 1))
      inserted.open()
      await gate.opened
    })
    await inserted.opened
    await harness.publish('late', numbered(2, 2))
    await got.count(1)
    await harness.drained()
    gate.open()
    await late
    await got.count(2)
    expect(got.events).toEqual([2, 1])
    await member.close()
  })

  test('a session that the server ends is opened again, and what was in hand is delivered again', async () => {
    const { db } = database
    const harness = embeddedHarness(db)
    const got = new Recorder<number>()
    const gate = new Gate()
    const bus = new EmbeddedBus({ db })
    const consumer = bus.subscribe(
      subscription('lost', async (messages) => {
        got.add(...messages.map(numberOf))
        await gate.opened
      }),
    )
    await bus.start()
    await harness.publish('lost', numbered(1, 30))
    await got.count(10)
    await db.query(TERMINATE)
    await troubled(consumer)
    gate.open()
    await got.until((events) => new Set(events).size === 30)
    await harness.drained()
    expect(got.events.slice(10)).toEqual(numbered(1, 30).map(({ n }) => n))
    await bus.close()
  })

  test('what no group of the process reads waits, which is said once, and is delivered to one that reads it', async () => {
    const { db } = database
    const said = new Recorder<unknown>()
    const log = { ...silentLog, warn: (fields: object) => said.add(fields) }
    const harness = embeddedHarness(db, { pollMs: 20, sweepMs: 20, log })
    const got = new Recorder<number>()
    const reader = (topic: string) => subscription(topic, async (messages) => got.add(...messages.map(numberOf)))
    await harness.publish('elsewhere', numbered(1, 3))
    const without = await harness.join(reader('here'))
    await said.count(1)
    for (let n = 4; n < 20; n += 1) await harness.publish('here', numbered(n, n))
    await got.count(16)
    await without.close()
    expect(said.events).toEqual([{ topic: 'elsewhere', count: 3 }])
    expect(await outboxDepth(db)).toMatchObject({ pending: 3 })
    const next = await harness.join(reader('elsewhere'))
    await got.count(19)
    await harness.drained()
    expect(got.events.slice(16)).toEqual([1, 2, 3])
    await next.close()
  })

  test('a row that an operator sets back to pending is delivered again', async () => {
    const { db } = database
    const harness = embeddedHarness(db, { pollMs: 20, sweepMs: 20 })
    const got = new Recorder<number>()
    const member = await harness.join(subscription('again', async (messages) => got.add(...messages.map(numberOf))))
    await harness.publish('again', numbered(1, 2))
    await harness.drained()
    await db.query(`UPDATE system.outbox_events SET published_at = NULL WHERE topic = 'again' AND payload->>'n' = '1'`)
    await got.count(3)
    await harness.drained()
    expect(got.events).toEqual([1, 2, 1])
    await member.close()
  })

  test('a handler that hangs on one message ends as a dead letter while the database answers', async () => {
    const { db } = database
    const harness = embeddedHarness(db)
    const ended = new Recorder<unknown>()
    const member = await harness.join(
      subscription(
        'hang',
        limited(20, async (signal) => ended.add(await hang(signal))),
      ),
    )
    await harness.publish('hang', numbered(1, 1))
    await ended.count(5)
    await harness.drained()
    for (const reason of ended.events) expect(reason).toMatchObject({ code: 'task_timeout' })
    expect(await harness.deadLetters()).toMatchObject([{ topic: 'hang', code: 'task_timeout', attempts: 5 }])
    await member.close()
  })

  test('a handler that hangs while the database does not answer is no failure of its message', async () => {
    const { db, url } = database
    const way = await pausableWay(url)
    onTestFinished(() => way.close())
    const slow = createPool({ url: way.url, max: 3 })
    onTestFinished(() => slow.end())
    const harness = embeddedHarness(db)
    const ended = new Recorder<unknown>()
    const done = new Recorder<number>()
    const bus = new EmbeddedBus({ db: slow })
    onTestFinished(() => bus.close())
    // One failure that counted would be the last.
    const consumer = bus.subscribe(
      subscription(
        'ill',
        limited(20, async (signal) => {
          if (ended.events.length === 0) {
            way.pause()
            ended.add(await hang(signal))
          } else done.add(1)
        }),
        { retry: { maxFailures: 1, delayMs: () => 5 } },
      ),
    )
    await bus.start()
    await harness.publish('ill', numbered(1, 1))
    await ended.count(1)
    expect(ended.events).toMatchObject([{ code: 'task_timeout' }])
    // A database counts as ill when an answer takes it longer than a second.
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(done.events).toEqual([])
    way.resume()
    await done.count(1)
    await harness.drained()
    expect((await harness.deadLetters()).filter(({ topic }) => topic === 'ill')).toEqual([])
    expect(consumer.trouble()).toBeNull()
  })

  test('delivery waits while the database is away, says so, and comes back without a dead letter', async () => {
    const { db, url } = database
    const name = new URL(url).pathname.slice(1)
    const harness = embeddedHarness(db)
    const got = new Recorder<number>()
    const bus = new EmbeddedBus({ db })
    const consumer = bus.subscribe(subscription('away', async (messages) => got.add(...messages.map(numberOf))))
    expect(consumer.trouble()).toBe('not started')
    await bus.start()
    await harness.publish('away', numbered(1, 1))
    await got.count(1)
    await db.query(`ALTER DATABASE ${name} CONNECTION LIMIT 0`)
    await db.query(`UPDATE pg_database SET datallowconn = false WHERE datname = '${name}'`)
    await db.query(TERMINATE)
    await troubled(consumer)
    await db.query(`UPDATE pg_database SET datallowconn = true WHERE datname = '${name}'`)
    await harness.publish('away', numbered(2, 2))
    await got.count(2)
    expect(consumer.trouble()).toBeNull()
    await bus.close()
  })

  test.each([
    { before: 'ended without a word', leaves: 1 },
    { before: 'said goodbye', leaves: 0 },
  ])('a bus that is closed while it begins to deliver ends, after one that $before', async ({ before, leaves }) => {
    const { db } = database
    const holding = new Gate()
    const gate = new Gate()
    // The row says that somebody delivers; while it is not committed, who begins waits for it.
    const other = db
      .transaction(async (tx) => {
        await tx.query('INSERT INTO system.deliverer DEFAULT VALUES')
        holding.open()
        await gate.opened
        if (before === 'said goodbye') throw new Error('planned')
      })
      .catch(() => undefined)
    await holding.opened
    const bus = new EmbeddedBus({ db })
    bus.subscribe(subscription('early', async () => undefined))
    await bus.start()
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    await expect.poll(async () => (await db.query(waiting)).length).toBe(1)
    const closing = bus.close()
    gate.open()
    await other
    await closing
    expect(await db.query('SELECT FROM system.deliverer')).toHaveLength(leaves)
    await db.query('DELETE FROM system.deliverer')
  })

  test('an outage is no attempt at a message that a process may have died of', async () => {
    const { db } = database
    const harness = embeddedHarness(db)
    const outages = new Recorder<number>()
    const attempts = (): Promise<unknown[]> =>
      db.query(`SELECT attempts FROM system.outbox_events WHERE topic = 'outage' ORDER BY seq`)
    await harness.publish('outage', numbered(1, 2))
    await db.query(`UPDATE system.outbox_events SET attempts = 3 WHERE topic = 'outage' AND payload->>'n' = '2'`)
    await db.query('INSERT INTO system.deliverer DEFAULT VALUES')
    const down = Object.assign(new Error('planned'), { code: 'ECONNREFUSED' })
    const member = await harness.join(
      subscription(
        'outage',
        async ([message]) => {
          // It was counted before it was handed over.
          if (message !== undefined && numberOf(message) === 1)
            expect(await attempts()).toMatchObject([{ attempts: 1 }, {}])
          outages.add(1)
          throw down
        },
        { retry: { maxFailures: 5, delayMs: () => 60_000 } },
      ),
    )
    await outages.count(1)
    await expect.poll(attempts).toEqual([{ attempts: 0 }, { attempts: 3 }])
    await member.close()
    await db.query(`DELETE FROM system.outbox_events WHERE topic = 'outage'`)
  })

  test('two consumers of one group and topic in one process, and a consumer after the start, are refused', async () => {
    const bus = new EmbeddedBus({ db: database.db })
    bus.subscribe(subscription('t', async () => undefined))
    expect(() => bus.subscribe(subscription(['u', 't'], async () => undefined))).toThrow('group readers reads t twice')
    await bus.start()
    expect(() => bus.subscribe(subscription('v', async () => undefined, { group: 'late' }))).toThrow('after the bus')
    await bus.close()
  })
})
