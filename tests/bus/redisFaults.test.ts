import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { insertMessages } from '../../src/bus/outbox.js'
import { RedisServer } from '../../src/bus/redis/connection.js'
import { Group } from '../../src/bus/redis/group.js'
import { keysOf } from '../../src/bus/redis/keys.js'
import { Link } from '../../src/bus/redis/link.js'
import { Publisher } from '../../src/bus/redis/publisher.js'
import type { Db } from '../../src/core/db.js'
import type { Subscription } from '../../src/worker/stream.js'
import { useTestDatabase } from '../support/database.js'
import { Gate, Recorder } from '../support/recorder.js'
import { startTestRedis, type TestRedis } from '../support/redisServer.js'
import type { Member } from './harness.js'
import { numbered, numberOf, subscription } from './messages.js'
import { ABANDONED_MS, type RedisHarnessOptions, redisHarness } from './redisHarness.js'

/** What the bus has in a database as of now; `promote` puts it back, so that the ids that were given out since come again. */
async function copyOutbox(db: Db): Promise<{ promote(): Promise<void> }> {
  await db.query('CREATE TABLE standby_events AS TABLE system.outbox_events')
  await db.query('CREATE TABLE standby_streams AS TABLE system.streams')
  return {
    promote: async () => {
      await db.query('TRUNCATE system.outbox_events, system.streams')
      await db.query('INSERT INTO system.outbox_events SELECT * FROM standby_events')
      await db.query('INSERT INTO system.streams SELECT * FROM standby_streams')
      await db.query(`SELECT setval('system.outbox_seq', (SELECT greatest(1, max(seq)) FROM standby_events))`)
      await db.query('DROP TABLE standby_events, standby_streams')
    },
  }
}

/** Each test has a Redis of its own, which it may kill, empty or pause. */
describe('Redis bus, when something breaks', () => {
  const database = useTestDatabase()
  let redis: TestRedis
  let members: Member[] = []

  beforeEach(async () => {
    redis = await startTestRedis()
  })
  afterEach(async () => {
    await Promise.all(members.map((member) => member.crash()))
    members = []
    await redis.stop()
    await database.db.query('TRUNCATE system.outbox_events, system.streams, system.dlq')
  })

  function open(options: Partial<RedisHarnessOptions> = {}) {
    const harness = redisHarness({ url: redis.url, db: database.db, ...options })
    return {
      ...harness,
      join: async (...subscriptions: readonly Subscription[]) => {
        const member = await harness.join(...subscriptions)
        members.push(member)
        return member
      },
    }
  }

  /** One command on the node of the topic `t`. */
  async function command(prefix: string, ...args: readonly string[]): Promise<unknown> {
    const connection = await new RedisServer(redis.url, 'ft-test').open()
    try {
      return await connection.send(keysOf(prefix, 't').stream, ...args)
    } finally {
      connection.destroy()
    }
  }

  test('F6 what a Redis that restarted empty has lost comes again from the outbox', async () => {
    const harness = open()
    const got = new Recorder<number>()
    const gate = new Gate()
    await harness.join(
      subscription('t', async (messages) => {
        got.add(...messages.map(numberOf))
        if (got.events.length > 20) await gate.opened
      }),
    )
    await harness.publish('t', numbered(1, 100))
    await got.until((events) => events.length > 20)
    await redis.stop()
    await harness.publish('t', numbered(101, 110))
    redis = await startTestRedis({ port: redis.port })
    gate.open()
    await got.until((events) => new Set(events).size === 110)
    await harness.drained()
    expect(await harness.deadLetters()).toEqual([])
  })

  test('what was on a Redis that came back empty while nobody ran comes again too', async () => {
    const harness = open()
    const gate = new Gate()
    const reached = new Gate()
    const victim = await harness.join(
      subscription('t', async () => {
        reached.open()
        await gate.opened
      }),
    )
    await harness.publish('t', numbered(1, 40))
    await reached.opened
    while ((await database.db.query('SELECT 1 FROM system.outbox_events WHERE published_at IS NULL')).length > 0)
      await delay(5)
    await victim.crash()
    await redis.stop()
    redis = await startTestRedis({ port: redis.port })
    const got = new Recorder<number>()
    await harness.join(subscription('t', async (messages) => got.add(...messages.map(numberOf))))
    await got.until((events) => new Set(events).size === 40)
    expect(got.events).toEqual(numbered(1, 40).map(({ n }) => n))
  })

  test('what a Redis that came back from an older copy of itself lacks comes again', async () => {
    const harness = open({ publisher: { limits: { upkeepMs: 60_000, pollMs: 200 } } })
    const { stream, mark } = keysOf(harness.prefix, 't')
    const gate = new Gate()
    const victim = await harness.join(subscription('t', () => gate.opened))
    const published = async (count: number) => {
      const unmarked = () => database.db.query('SELECT 1 FROM system.outbox_events WHERE published_at IS NULL')
      while (Number(await command(harness.prefix, 'XLEN', stream)) < count || (await unmarked()).length > 0)
        await delay(5)
    }
    await harness.publish('t', numbered(1, 10))
    await published(10)
    const copied = String(await command(harness.prefix, 'GET', mark))
    await harness.publish('t', numbered(11, 20))
    await published(20)
    await victim.crash()
    const later = `(${copied.split(' ')[0]}`
    for (const id of JSON.stringify(await command(harness.prefix, 'XRANGE', stream, later, '+')).match(/\d+-\d+/g) ??
      []) {
      await command(harness.prefix, 'XDEL', stream, id)
    }
    await command(harness.prefix, 'SET', mark, copied)
    const got = new Recorder<number>()
    await harness.join(subscription('t', async (messages) => got.add(...messages.map(numberOf))))
    await got.until((events) => new Set(events).size === 20)
    await harness.drained()
  })

  test('after PostgreSQL has lost commits, what they had handled comes again, under whatever ids', async () => {
    const harness = open({ publisher: { limits: { upkeepMs: 60_000, pollMs: 200 } } })
    const gate = new Gate()
    const handled = new Recorder<number>()
    const handle: Subscription['handle'] = async (messages) => {
      await gate.opened
      handled.add(...messages.map(numberOf))
    }
    const victim = await harness.join(subscription(['t', 'other'], handle))
    const published = async () => {
      const unmarked = () => database.db.query('SELECT 1 FROM system.outbox_events WHERE published_at IS NULL')
      while ((await unmarked()).length > 0) await delay(5)
    }
    await harness.publish('other', numbered(1, 5))
    await harness.publish('t', numbered(6, 10))
    await published()
    // A standby that gets nothing of what comes now.
    const standby = await copyOutbox(database.db)
    gate.open()
    await harness.publish('t', numbered(11, 20))
    await handled.count(20)
    await harness.drained()
    await victim.crash()
    await standby.promote()
    const got = new Recorder<number>()
    await harness.join(subscription(['t', 'other'], async (messages) => got.add(...messages.map(numberOf))))
    await harness.publish('t', numbered(21, 25))
    await got.count(15)
    await harness.drained()
    expect(got.events.toSorted((a, b) => a - b)).toEqual([...numbered(1, 10), ...numbered(21, 25)].map(({ n }) => n))
  })

  test('what PostgreSQL does not know any more, and nobody has taken yet, is taken off the streams', async () => {
    const harness = open({ publisher: { limits: { upkeepMs: 60_000, pollMs: 200 } } })
    const { stream } = keysOf(harness.prefix, 't')
    const gate = new Gate()
    const victim = await harness.join(subscription('t', () => gate.opened, { maxInFlight: 1, batch: 1 }))
    const standby = await copyOutbox(database.db)
    await harness.publish('t', numbered(1, 20))
    while (Number(await command(harness.prefix, 'XLEN', stream)) < 20) await delay(5)
    await victim.crash()
    await standby.promote()
    const publisher = new Publisher({
      ...{ url: redis.url, db: database.db, prefix: harness.prefix },
      readers: [{ group: 'readers', topics: ['t'] }],
    })
    publisher.start()
    while (Number(await command(harness.prefix, 'XLEN', stream)) > 0) await delay(5)
    await publisher.close()
  })

  test('a publisher whose clock is years ahead does not keep messages in the outbox for years', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 365 * 86_400_000 })
    onTestFinished(() => void vi.useRealTimers())
    const harness = open()
    const got = new Recorder<number>()
    await harness.join(subscription('t', async (messages) => got.add(...messages.map(numberOf))))
    await harness.publish('t', numbered(1, 3))
    await got.count(3)
    await harness.drained()
    const late = await database.db.query(
      `SELECT 1 FROM system.outbox_events WHERE published_at > now() + interval '1 minute'`,
    )
    expect(late).toEqual([])
  })

  test('a claim that Redis executes long after it was decided takes nothing', async () => {
    const link = new Link(new RedisServer(redis.url, 'ft-test'))
    const keys = keysOf('late', 't')
    const owner = new Group(link, keys, 'readers', 'owner')
    const other = new Group(link, keys, 'readers', 'other')
    await owner.create()
    await command('late', 'XADD', keys.stream, '1-1', 't', '0', 'p', '{}')
    expect(await owner.read(link, 10, 1_000)).toHaveLength(1)
    await delay(20)
    const now = await other.time()
    expect((await other.claim('0-0', 10, 10, now - 5_000)).entries).toEqual([])
    expect((await other.claim('0-0', 10, 10, now)).entries).toMatchObject([{ id: '1-1' }])
    await link.destroy()
  })

  test('F7 entries that somebody trims under a slow consumer come again from the outbox', async () => {
    const harness = open()
    const got = new Recorder<number>()
    const gate = new Gate()
    await harness.join(
      subscription('t', async (messages) => {
        got.add(...messages.map(numberOf))
        await gate.opened
      }),
    )
    await harness.publish('t', numbered(1, 100))
    await got.count(10)
    while (Number(await command(harness.prefix, 'XLEN', keysOf(harness.prefix, 't').stream)) < 100) await delay(5)
    expect(await command(harness.prefix, 'XTRIM', keysOf(harness.prefix, 't').stream, 'MAXLEN', '5')).toBeGreaterThan(0)
    gate.open()
    await got.until((events) => new Set(events).size === 100)
    await harness.drained()
  })

  test('a pause of Redis loses nothing and doubles nothing, also in the hands of a slow handler', async () => {
    const harness = open()
    const got = new Recorder<number>()
    const gate = new Gate()
    const slow = subscription('t', async (messages) => {
      got.add(...messages.map(numberOf))
      await gate.opened
    })
    await harness.join(slow)
    await harness.join(slow)
    await harness.publish('t', numbered(1, 15))
    await got.until((events) => events.length >= 10)
    redis.process.kill('SIGSTOP')
    await harness.publish('t', numbered(16, 30))
    await delay(ABANDONED_MS * 3)
    redis.process.kill('SIGCONT')
    await delay(ABANDONED_MS)
    gate.open()
    await got.count(30)
    await harness.drained()
    expect([...got.events].sort((a, b) => a - b)).toEqual(numbered(1, 30).map(({ n }) => n))
  })

  test('a handler that is slow but alive keeps its messages', async () => {
    const harness = open()
    const got = new Recorder<number>()
    const slow = subscription('t', async (messages) => {
      got.add(...messages.map(numberOf))
      await delay(ABANDONED_MS * 3)
    })
    await harness.join(slow)
    await harness.join(slow)
    await harness.publish('t', numbered(1, 10))
    await got.count(10)
    await harness.drained()
    expect(got.events).toHaveLength(10)
  })

  test('a message that ends every process that handles it is a dead letter; its neighbours are handled', async () => {
    const harness = open()
    const handled = new Recorder<number>()
    const deaths = new Recorder<number>()
    for (let process = 1; (await harness.deadLetters()).length === 0; process += 1) {
      const died = new Gate()
      const member: Member = await harness.join(
        subscription('t', async (messages) => {
          if (messages.some((message) => numberOf(message) === 7)) {
            deaths.add(messages.length)
            died.open()
            await new Promise(() => undefined)
          }
          handled.add(...messages.map(numberOf))
        }),
      )
      if (process === 1) await harness.publish('t', numbered(1, 10))
      await Promise.race([died.opened, handled.until((events) => events.includes(10))])
      if (!handled.events.includes(10)) await member.crash()
    }
    await handled.until((events) => new Set(events).size === 9)
    await harness.drained()
    expect(deaths.events).toEqual([10, 1, 1, 1, 1, 1])
    expect(await harness.deadLetters()).toMatchObject([
      { code: 'message_fatal', attempts: 5, topic: 't', group: 'readers' },
    ])
    expect([...handled.events].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10])
  })

  test('a full stream keeps the rest in the outbox, in order, until its groups have caught up', async () => {
    const harness = open({ publisher: { limits: { streamEntries: 20, upkeepMs: 50, pollMs: 200 } } })
    const got = new Recorder<number>()
    const gate = new Gate()
    await harness.join(
      subscription('t', async (messages) => {
        got.add(...messages.map(numberOf))
        await gate.opened
      }),
    )
    await harness.publish('t', numbered(1, 200))
    await got.count(10)
    await delay(300)
    expect(Number(await command(harness.prefix, 'XLEN', keysOf(harness.prefix, 't').stream))).toBe(20)
    gate.open()
    await got.count(200)
    await harness.drained()
    expect(got.events).toEqual(numbered(1, 200).map(({ n }) => n))
    while (Number(await command(harness.prefix, 'XLEN', keysOf(harness.prefix, 't').stream)) > 0) await delay(5)
  })

  test('a group that lags keeps entries from being trimmed', async () => {
    const harness = open()
    const got = new Recorder<number>()
    const gate = new Gate()
    const fast = new Recorder<number>()
    await harness.join(
      subscription('t', async (messages) => fast.add(...messages.map(numberOf)), { group: 'fast' }),
      subscription(
        't',
        async (messages) => {
          await gate.opened
          got.add(...messages.map(numberOf))
        },
        { group: 'slow' },
      ),
    )
    await harness.publish('t', numbered(1, 50))
    await fast.count(50)
    await delay(200)
    expect(Number(await command(harness.prefix, 'XLEN', keysOf(harness.prefix, 't').stream))).toBe(50)
    gate.open()
    await got.count(50)
    await harness.drained()
  })

  test('one item of many megabytes passes; what is over the limit is a dead letter of every group, with the reason', async () => {
    const harness = open({ publisher: { limits: { entryBytes: 6_000_000, upkeepMs: 50, pollMs: 200 } } })
    const got = new Recorder<unknown>()
    await harness.join(
      subscription('t', async (messages) => got.add(...messages.map(({ payload }) => payload))),
      subscription('t', async () => undefined, { group: 'other' }),
    )
    const large = { n: 1, text: 'ü'.repeat(2_500_000) }
    await insertMessages(database.db, 't', [large, { n: 2, text: 'x'.repeat(6_000_000) }, { n: 3 }])
    await got.count(2)
    await harness.drained()
    expect(got.events).toEqual([large, { n: 3 }])
    const letters = await harness.deadLetters()
    expect(letters.map(({ group }) => group).sort()).toEqual(['other', 'readers'])
    expect(letters[0]).toMatchObject({ code: 'message_too_large' })
    expect(letters[0]?.reason).toMatch(/has 60000\d\d bytes; the bus takes 6000000/)
  })

  test('an entry that somebody else wrote onto a stream is a dead letter, not the end of reading', async () => {
    const harness = open()
    const got = new Recorder<number>()
    await harness.join(subscription('t', async (messages) => got.add(...messages.map(numberOf))))
    await harness.publish('t', numbered(1, 1))
    await got.count(1)
    await command(harness.prefix, 'XADD', keysOf(harness.prefix, 't').stream, '*', 'foreign', 'yes')
    await harness.publish('t', numbered(2, 2))
    await got.until((events) => events.includes(2))
    while ((await harness.deadLetters()).length === 0) await delay(5)
    expect(await harness.deadLetters()).toMatchObject([{ topic: 't', attempts: 5 }])
  })
})
