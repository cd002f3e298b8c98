import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { defineTasks } from '../../src/worker/define.js'
import { provider } from '../../src/worker/dependency.js'
import { beatLock, PostgresBeat } from '../../src/worker/postgresBeat.js'
import { Runner } from '../../src/worker/runner.js'
import type { Task } from '../../src/worker/task.js'
import { useTestDatabase } from '../support/database.js'
import { Recorder } from '../support/recorder.js'

/*
 * What must happen once in a cluster happens on one process, once, whatever happens to processes, connections and clocks.
 */

const { task, Trigger } = defineTasks({})
const database = useTestDatabase()
const BEAT_FILE = { timeout: 30_000 }

afterEach(() => {
  vi.useRealTimers()
})

/** A process, as far as the database can tell. */
async function start(work: Task): Promise<{ runner: Runner; beat: () => PostgresBeat | undefined }> {
  let running: PostgresBeat | undefined
  const beat = (name: string) =>
    provider({
      name: `beat of ${name}`,
      start: () => {
        running = new PostgresBeat({ db: database.db, task: name })
        running.start()
        return running
      },
      stop: (value) => value.end(),
    })
  const runner = new Runner({ tasks: [work], beat })
  onTestFinished(() => runner.stop())
  await runner.start()
  return { runner, beat: () => running }
}

/** A task that fires at every second and says for whom and when. */
function everySecond(name: string, fired: Recorder<string>, who: string): Task {
  return task({ name, trigger: Trigger.cron('* * * * * *'), run: async () => fired.add(who) })
}

async function firings(db: Db, name: string): Promise<number> {
  const [row] = await db.query<{ count: number }>('SELECT count(*)::int AS count FROM system.beat WHERE task = $1', [
    name,
  ])
  return row?.count ?? 0
}

/** Ends the connection that holds the beat of a task, from the side of the server. */
async function cutOff(db: Db, name: string): Promise<void> {
  await db.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint) = $1
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [beatLock(name)],
  )
}

describe('cron', () => {
  test('of two processes one fires; the other takes over within 10 seconds of its end', BEAT_FILE, async () => {
    const fired = new Recorder<string>()
    const first = await start(everySecond('takeover', fired, 'first'))
    await fired.count(1)
    const second = await start(everySecond('takeover', fired, 'second'))
    await fired.count(3)
    expect(new Set(fired.events)).toEqual(new Set(['first']))
    const since = performance.now()
    await first.runner.stop()
    await fired.until((events) => events.includes('second'))
    expect(performance.now() - since).toBeLessThan(10_000)
    await second.runner.stop()
    expect(fired.events.lastIndexOf('first')).toBeLessThan(fired.events.indexOf('second'))
    // one firing was taken and not given: the one before the task was first seen
    expect(await firings(database.db, 'takeover')).toBe(fired.events.length + 1)
  })

  test('a process whose connection is lost stops firing at once, and what it runs is told', BEAT_FILE, async () => {
    const told = new Recorder<unknown>()
    const hanging = task({
      name: 'cut-off',
      trigger: Trigger.cron('* * * * * *'),
      run: (_deps, { signal }) =>
        new Promise((resolve) => {
          told.add('at work')
          if (told.events.length > 1) resolve()
          signal.addEventListener('abort', () => {
            told.add('aborted')
            resolve()
          })
        }),
    })
    const { beat } = await start(hanging)
    await told.count(1)
    const term = beat()?.term
    await cutOff(database.db, 'cut-off')
    await told.until((events) => events[1] === 'aborted')
    expect(term?.lost.aborted).toBe(true)
    await expect(term?.take('cut-off', new Date())).rejects.toThrow()
    // and it comes back by itself
    await told.until((events) => events.filter((event) => event === 'at work').length >= 2)
  })

  test(
    'a clock that is set back fires nothing again, one that jumps forward makes up for the last firing',
    BEAT_FILE,
    async () => {
      const noon = Date.UTC(2030, 0, 1, 12, 0, 30)
      const minute = 60_000
      vi.useFakeTimers({ toFake: ['Date'], now: noon })
      const fired = new Recorder<string>()
      await start(
        task({
          name: 'jump',
          trigger: Trigger.cron('* * * * *'),
          run: async () => fired.add(new Date().toISOString()),
        }),
      )
      await expect.poll(() => firings(database.db, 'jump'), { timeout: 10_000 }).toBe(1)
      expect(fired.events).toEqual([])
      vi.setSystemTime(noon + minute)
      await fired.count(1)
      vi.setSystemTime(noon + 60 * minute)
      await fired.count(2)
      vi.setSystemTime(noon)
      vi.setSystemTime(noon + minute)
      vi.setSystemTime(noon + 61 * minute)
      await fired.count(3)
      expect(fired.events).toEqual(['2030-01-01T12:01:30.000Z', '2030-01-01T13:00:30.000Z', '2030-01-01T13:01:30.000Z'])
    },
  )

  test(
    'a restart in the minute of a firing does not repeat it, a firing that was missed is made up for',
    BEAT_FILE,
    async () => {
      const morning = Date.UTC(2031, 0, 1, 3, 0, 10)
      const day = 86_400_000
      vi.useFakeTimers({ toFake: ['Date'], now: morning - 60_000 })
      const fired = new Recorder<string>()
      const daily = (): Task =>
        task({
          name: 'daily',
          trigger: Trigger.cron('0 3 * * *'),
          run: async () => fired.add(new Date().toISOString()),
        })
      const first = await start(daily())
      await expect.poll(() => firings(database.db, 'daily'), { timeout: 10_000 }).toBe(1)
      vi.setSystemTime(morning)
      await fired.count(1)
      await first.runner.stop()
      const second = await start(daily())
      await expect.poll(() => second.beat()?.term ?? null, { timeout: 10_000 }).not.toBeNull()
      await second.runner.stop()
      expect(fired.events).toHaveLength(1)
      vi.setSystemTime(morning + 3 * day + 3_600_000)
      await start(daily())
      await fired.count(2)
      expect(fired.events[1]).toBe('2031-01-04T04:00:10.000Z')
    },
  )

  test.each(['61 * * * *', 'every minute', '0 0 30 2 *', ''])('%j is refused when it is declared', (expression) => {
    expect(() => Trigger.cron(expression)).toThrow(/cron expression/)
  })

  test('a runner without a beat refuses such tasks', async () => {
    const runner = new Runner({ tasks: [everySecond('alone', new Recorder(), 'nobody')] })
    await expect(runner.start()).rejects.toThrow('task alone fires once in a cluster')
  })
})

test('every, once: of two processes one ticks, and the other when its connection is gone', BEAT_FILE, async () => {
  const ticks = new Recorder<string>()
  const ticking = (who: string): Task =>
    task({ name: 'tick', trigger: Trigger.every(50, { once: true }), run: async () => ticks.add(who) })
  const first = await start(ticking('first'))
  await ticks.count(3)
  await start(ticking('second'))
  await ticks.count(20)
  expect(new Set(ticks.events)).toEqual(new Set(['first']))
  await first.runner.stop()
  await ticks.until((events) => events.includes('second'))
})

test('two such tasks in two processes both run: neither waits for the beat of the other', BEAT_FILE, async () => {
  const ticks = new Recorder<string>()
  for (const name of ['sweeps', 'makes']) {
    await start(task({ name, trigger: Trigger.every(50, { once: true }), run: async () => ticks.add(name) }))
  }
  await ticks.until((events) => events.includes('sweeps') && events.includes('makes'))
})
