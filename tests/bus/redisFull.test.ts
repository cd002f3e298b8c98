import { afterEach, describe, expect, test } from 'vitest'
import { RedisServer } from '../../src/bus/redis/connection.js'
import { keysOf } from '../../src/bus/redis/keys.js'
import type { Log } from '../../src/worker/log.js'
import { useTestDatabase } from '../support/database.js'
import { Gate, Recorder } from '../support/recorder.js'
import { useTestRedis } from '../support/redisServer.js'
import type { Member } from './harness.js'
import { numberOf, subscription } from './messages.js'
import { redisHarness } from './redisHarness.js'

const MB = 2 ** 20

/** Messages of 200 kB. */
function large(count: number): { n: number; text: string }[] {
  return Array.from({ length: count }, (_, n) => ({ n, text: 'x'.repeat(200_000) }))
}

describe('Redis bus, with more messages than Redis has room for', () => {
  const database = useTestDatabase()
  const redis = useTestRedis({ args: ['--maxmemory', '40mb', '--maxmemory-policy', 'noeviction'] })
  let members: Member[] = []

  afterEach(async () => {
    await Promise.all(members.map((member) => member.crash()))
    members = []
    await command('FLUSHALL')
    await database.db.query('TRUNCATE system.outbox_events, system.streams, system.dlq')
  })

  async function command(...args: readonly string[]): Promise<unknown> {
    const connection = await new RedisServer(redis.url, 'ft-test').open()
    try {
      return await connection.send('', ...args)
    } finally {
      connection.destroy()
    }
  }

  test('the first messages that a publisher finds are not read all at once, however large they are', async () => {
    const limits = { streamBytes: MB, upkeepMs: 50, pollMs: 200 }
    const harness = redisHarness({ url: redis.url, db: database.db, publisher: { limits } })
    await harness.publish('t', large(150))
    const gate = new Gate()
    const got = new Recorder<number>()
    const member = await harness.join(
      subscription('t', async (messages) => {
        got.add(...messages.map(numberOf))
        await gate.opened
      }),
    )
    members.push(member)
    await got.count(1)
    const { stream } = keysOf(harness.prefix, 't')
    expect(Number(await command('MEMORY', 'USAGE', stream))).toBeLessThan(10 * MB)
    gate.open()
    await got.until((events) => new Set(events).size === 150)
    await harness.drained()
  })

  test('a Redis that is over its memory is emptied by processes that come only then, and filled again', async () => {
    const full = new Gate()
    const warn = ({ err }: Record<string, unknown>): void => {
      if (err instanceof Error && err.message.startsWith('OOM')) full.open()
    }
    const nothing = (): void => undefined
    const log: Log = { debug: nothing, info: nothing, warn, error: warn, child: () => log }
    const harness = redisHarness({ url: redis.url, db: database.db, publisher: { log } })
    const gate = new Gate()
    const first = await harness.join(subscription('t', () => gate.opened))
    members.push(first)
    await harness.publish('t', large(250))
    await full.opened
    await first.crash()
    // Something else takes what is left: from here on Redis refuses whatever might need memory. And the stream is not as it was left.
    await command('CONFIG', 'SET', 'maxmemory', '20mb')
    const { stream } = keysOf(harness.prefix, 't')
    const left = Number(await command('XLEN', stream)) - 1
    await command('XTRIM', stream, 'MAXLEN', String(left))
    const got = new Recorder<number>()
    members = [await harness.join(subscription('t', async (messages) => got.add(...messages.map(numberOf))))]
    await got.until((events) => new Set(events).size >= left)
    await expect.poll(async () => Number(await command('XLEN', stream)), { timeout: 10_000 }).toBeLessThan(left)
    await command('CONFIG', 'SET', 'maxmemory', '0')
    await got.until((events) => new Set(events).size === 250)
    await harness.drained()
    expect(await harness.deadLetters()).toEqual([])
  })
})
