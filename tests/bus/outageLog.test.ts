import { expect, test } from 'vitest'
import { RedisServer } from '../../src/bus/redis/connection.js'
import type { Log } from '../../src/worker/log.js'
import { useTestDatabase } from '../support/database.js'
import { Recorder } from '../support/recorder.js'
import { useTestRedis } from '../support/redisServer.js'
import { numbered, numberOf, subscription } from './messages.js'
import { redisHarness } from './redisHarness.js'

/*
 * A Redis that answers and takes no writes, as one whose disk (MISCONF) or memory (OOM) is full: everybody tries again, several times a second.
 */

const database = useTestDatabase()
const redis = useTestRedis()

async function command(...args: readonly string[]): Promise<void> {
  const connection = await new RedisServer(redis.url, 'ft-test').open()
  await connection.send('', ...args)
  connection.destroy()
}

/** A logger, what it was told at `info` and above, and every try that failed. */
function recorded(): { log: Log; told: Recorder<string>; tries: Recorder<string> } {
  const told = new Recorder<string>()
  const tries = new Recorder<string>()
  const tell =
    (level: string) =>
    (fields: Record<string, unknown>, message: string): void => {
      if (fields['err'] instanceof Error) tries.add(fields['err'].message)
      if (level !== 'debug') told.add(`${level} ${message}`)
    }
  const log: Log = {
    ...{ debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') },
    child: () => log,
  }
  return { log, told, tries }
}

test('a Redis that takes no writes is told once by all readers and once by the publisher, and once that it is over', async () => {
  const { log, told, tries } = recorded()
  const harness = redisHarness({ url: redis.url, db: database.db, bus: { log }, publisher: { log } })
  const got = new Recorder<number>()
  const groups = ['one', 'two', 'three']
  const member = await harness.join(
    ...groups.map((group) =>
      subscription(['t', 'u'], async (messages) => got.add(...messages.map(numberOf)), { group }),
    ),
  )
  await harness.publish('t', numbered(1, 3))
  await got.count(9)
  // As with a full disk, every command that writes is refused
  await command('CONFIG', 'SET', 'min-replicas-to-write', '1')
  await harness.publish('t', numbered(4, 6))
  await tries.count(40)
  expect(told.events.toSorted()).toEqual([
    'warn delivery waits for an outage',
    'warn the work on the outbox waits for an outage',
  ])
  await command('CONFIG', 'SET', 'min-replicas-to-write', '0')
  await got.count(18)
  await told.until((lines) => lines.includes('info delivery goes on'))
  await told.until((lines) => lines.includes('info the work on the outbox goes on'))
  expect(told.events).toHaveLength(4)
  await harness.drained()
  expect(await harness.deadLetters()).toEqual([])
  await member.close()
}, 60_000)
