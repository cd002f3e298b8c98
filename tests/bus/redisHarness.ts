import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { listDeadLetters, replayDeadLetters } from '../../src/bus/deadLetters.js'
import { insertMessages } from '../../src/bus/outbox.js'
import { RedisBus, type RedisBusOptions } from '../../src/bus/redis/bus.js'
import { type Connection, RedisServer } from '../../src/bus/redis/connection.js'
import { groupsOf } from '../../src/bus/redis/group.js'
import { keysOf } from '../../src/bus/redis/keys.js'
import { Publisher, type PublisherOptions } from '../../src/bus/redis/publisher.js'
import type { Db } from '../../src/core/db.js'
import type { Subscription } from '../../src/worker/stream.js'
import type { Harness, Member } from './harness.js'

export interface RedisHarnessOptions {
  readonly url: string
  readonly db: Db
  readonly bus?: Partial<RedisBusOptions>
  readonly publisher?: Partial<PublisherOptions>
}

/** Short times, so that what a killed process leaves behind is taken over while a test waits. */
export const ABANDONED_MS = 400
const TIMING = { abandonedMs: ABANDONED_MS, blockMs: 1_000 }
const LIMITS = { upkeepMs: 50, pollMs: 200 }

/** The bus on a Redis of the test: every member has a publisher, as `ft up` has. */
export function redisHarness(options: RedisHarnessOptions): Harness & { readonly prefix: string } {
  const { url, db } = options
  const prefix = `ft-${randomUUID().slice(0, 8)}`
  const topics = new Map<string, Set<string>>()
  return {
    prefix,
    join: async (...subscriptions) => {
      for (const { group, topics: own } of subscriptions) {
        for (const topic of own) topics.set(topic, (topics.get(topic) ?? new Set()).add(group))
      }
      return await join(options, prefix, subscriptions)
    },
    publish: (topic, payloads) => insertMessages(db, topic, payloads),
    deadLetters: () => listDeadLetters(db),
    replay: async () => {
      await replayDeadLetters(db, {})
    },
    drained: async () => {
      const connection = await new RedisServer(url, 'ft-test').open()
      while (!(await isDrained(db, connection, prefix, topics))) await delay(10)
      connection.destroy()
    },
  }
}

async function join(
  { url, db, ...options }: RedisHarnessOptions,
  prefix: string,
  subscriptions: readonly Subscription[],
): Promise<Member> {
  const bus = new RedisBus({ url, db, prefix, timing: TIMING, ...options.bus })
  const publisher = new Publisher({ url, db, prefix, readers: subscriptions, limits: LIMITS, ...options.publisher })
  for (const subscription of subscriptions) bus.subscribe(subscription)
  await bus.start()
  publisher.start()
  return {
    bus,
    close: async () => {
      await Promise.all([bus.close(), publisher.close()])
    },
    crash: async () => {
      bus.destroy()
      await publisher.close()
    },
  }
}

/** Nothing is pending in the outbox, and every group has acknowledged everything on its streams. */
async function isDrained(
  db: Db,
  connection: Connection,
  prefix: string,
  topics: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<boolean> {
  const pending = await db.query('SELECT 1 FROM system.outbox_events WHERE published_at IS NULL LIMIT 1')
  if (pending.length > 0) return false
  for (const [topic, groups] of topics) {
    const { stream, mark } = keysOf(prefix, topic)
    const last = String(await connection.send(mark, 'GET', mark)).split(' ')[0]
    const states = groupsOf(await connection.send(stream, 'XINFO', 'GROUPS', stream))
    const done = states.filter(({ lastDelivered, pending: open }) => lastDelivered === last && open === 0)
    if (done.length < groups.size) return false
  }
  return true
}
