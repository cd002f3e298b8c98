import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTasks } from '../../src/worker/define.js'
import { type Provider, provider } from '../../src/worker/dependency.js'
import { Runner } from '../../src/worker/runner.js'
import { aborted } from '../../src/worker/signal.js'
import type { Task } from '../../src/worker/task.js'

const { task, Trigger } = defineTasks({})

/** A provider that writes into `order` what happens to it. */
function noting(order: string[], name: string, deps: Record<string, Provider<unknown>> = {}): Provider<string> {
  return provider({
    name,
    deps,
    start: () => {
      order.push(`+${name}`)
      return name
    },
    stop: () => {
      order.push(`-${name}`)
    },
  })
}

/** A loop that writes down when it starts and ends. */
function notingLoop(order: string[], name: string, deps: Record<string, unknown>): Task {
  return task({
    name,
    trigger: Trigger.loop(),
    deps,
    run: async (_deps, { signal }) => {
      order.push(`+${name}`)
      await aborted(signal)
      order.push(`-${name}`)
    },
  })
}

describe('lifecycle', () => {
  test('dependencies start before what needs them, once each, and stop in reverse after the tasks', async () => {
    const order: string[] = []
    const config = noting(order, 'config')
    const db = noting(order, 'db', { config })
    const cache = noting(order, 'cache', { config })
    const runner = new Runner({
      tasks: [notingLoop(order, 'a', { db, limit: 3 }), notingLoop(order, 'b', { cache, db })],
    })
    await runner.start()
    expect(order).toEqual(['+config', '+db', '+cache', '+a', '+b'])
    await runner.stop()
    expect(order.slice(5)).toEqual(['-b', '-a', '-cache', '-db', '-config'])
  })

  test('a task gets the values of its providers, and plain values as they are', async () => {
    const db = provider({ name: 'db', start: async () => ({ rows: 3 }) })
    const scale = provider({ name: 'scale', deps: { db, by: 2 }, start: (deps) => deps.db.rows * deps.by })
    let got: unknown
    const reader = task({
      name: 'reader',
      trigger: Trigger.loop(),
      deps: { db, scale, limit: 5n },
      run: async (deps) => {
        got = deps
      },
    })
    const runner = new Runner({ tasks: [reader] })
    await runner.start()
    await runner.stop()
    expect(got).toEqual({ db: { rows: 3 }, scale: 6, limit: 5n })
  })

  test('a process is not ready while a task has trouble that its dependencies know of', async () => {
    const door = { closed: true }
    const guard = provider({ name: 'guard', start: () => door })
    const runner = new Runner({
      tasks: [
        task({
          name: 'doorkeeper',
          trigger: Trigger.loop(),
          deps: { guard },
          run: (_deps, { signal }) => aborted(signal),
          trouble: (deps) => (deps.guard.closed ? 'the door is closed' : null),
        }),
      ],
    })
    await runner.start()
    expect(runner.health()).toMatchObject({ ready: false, reason: 'doorkeeper: the door is closed' })
    door.closed = false
    expect(runner.health()).toMatchObject({ ready: true, reason: null })
    door.closed = true
    await runner.stop()
    expect(runner.health().tasks).toMatchObject([{ task: 'doorkeeper', state: 'stopped', reason: null }])
  })

  test('a dependency that does not start ends the start with its error; what had started is stopped', async () => {
    const order: string[] = []
    const db = noting(order, 'db')
    const broken = provider({
      name: 'broken',
      deps: { db },
      start: (): string => {
        throw new Error('planned')
      },
    })
    const runner = new Runner({ tasks: [notingLoop(order, 'a', { broken })] })
    await expect(runner.start()).rejects.toThrow('planned')
    expect(order).toEqual(['+db', '-db'])
    expect(runner.health()).toMatchObject({ state: 'stopped', ready: false })
  })

  test('a dependency whose error will pass is started again until it runs, and the process says what it waits for', async () => {
    const order: string[] = []
    let attempts = 0
    const database = provider({
      name: 'database',
      start: () => {
        attempts += 1
        order.push(`attempt ${attempts}`)
        if (attempts < 3) throw new Error('not yet')
        return 'database'
      },
    })
    const cache = noting(order, 'cache', { database })
    const runner = new Runner({ tasks: [notingLoop(order, 'a', { cache })], isPassing: () => true })
    const starting = runner.start()
    await expect.poll(() => runner.health().reason).toBe('starting: database waits: not yet')
    await starting
    expect(order).toEqual(['attempt 1', 'attempt 2', 'attempt 3', '+cache', '+a'])
    expect(runner.health()).toMatchObject({ ready: true, reason: null })
    await runner.stop()
  })

  test('a dependency is waited for no longer than was asked for, and a stop ends the wait without an error', async () => {
    const away = provider({ name: 'database', start: () => Promise.reject(new Error('away')) })
    const options = { tasks: [notingLoop([], 'a', { away })], isPassing: () => true }
    await expect(new Runner({ ...options, patienceMs: 0 }).start()).rejects.toThrow('away')
    const runner = new Runner(options)
    const starting = runner.start()
    await expect.poll(() => runner.health().reason).toContain('away')
    await Promise.all([starting, runner.stop()])
    expect(runner.health().state).toBe('stopped')
  })

  test('every error of a shutdown is reported, and none keeps the others from stopping', async () => {
    const stopped: string[] = []
    const failing = (name: string) =>
      provider({
        name,
        start: () => name,
        stop: () => {
          stopped.push(name)
          throw new Error(`planned: ${name}`)
        },
      })
    const tasks = [
      task({
        name: 't',
        trigger: Trigger.loop(),
        deps: { a: failing('a'), b: failing('b') },
        run: async () => undefined,
      }),
    ]
    const runner = new Runner({ tasks })
    await runner.start()
    const error = await runner.stop().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(stopped).toEqual(['b', 'a'])
    expect(error).toBeInstanceOf(AggregateError)
    expect(error).toMatchObject({ errors: [{ message: 'planned: b' }, { message: 'planned: a' }] })
  })

  test('work that outlasts the deadline is aborted and named; the dependencies stop all the same', async () => {
    const order: string[] = []
    const db = noting(order, 'db')
    let reason: unknown
    const stubborn = task({
      name: 'stubborn',
      trigger: Trigger.every(3_600_000),
      deps: { db },
      run: async (_deps, { signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason
        })
        await new Promise(() => undefined)
      },
    })
    const runner = new Runner({ tasks: [stubborn], drainMs: 50 })
    await runner.start()
    await expect(runner.stop()).rejects.toThrow(/task stubborn was not over within \d+ ms/)
    expect(reason).toMatchObject({ message: 'the shutdown gave up on stubborn' })
    expect(order).toEqual(['+db', '-db'])
  })

  test('dependencies that do not stop are named, share the time for all of them, and the next one stops', async () => {
    const order: string[] = []
    const db = noting(order, 'db')
    const hanging = (name: string) =>
      provider({ name, deps: { db }, start: () => 0, stop: () => new Promise(() => undefined) })
    const runner = new Runner({
      tasks: [notingLoop(order, 'a', { first: hanging('first'), second: hanging('second') })],
      closeMs: 400,
    })
    await runner.start()
    const error: unknown = await runner.stop().catch((thrown: unknown) => thrown)
    const waited = [...String(error).matchAll(/dependency (\w+) was not over within (\d+) ms/g)]
    expect(waited.map(([, name]) => name)).toEqual(['second', 'first'])
    expect(waited.reduce((sum, [, , ms]) => sum + Number(ms), 0)).toBeLessThan(400)
    expect(order.at(-1)).toBe('-db')
  })

  test('an abort ends a shutdown that waits', async () => {
    const waiting = task({ name: 'waiting', trigger: Trigger.every(1), run: () => new Promise(() => undefined) })
    const runner = new Runner({ tasks: [waiting], drainMs: 3_600_000 })
    await runner.start()
    const stopping = runner.stop()
    runner.abort()
    await expect(stopping).rejects.toThrow('shutdown was aborted')
  })

  test('a stop during the start waits for what is starting and starts no more', async () => {
    const order: string[] = []
    let goOn: () => void = () => undefined
    const slow = provider({
      name: 'slow',
      start: () =>
        new Promise<string>((resolve) => {
          goOn = () => resolve('slow')
        }),
      stop: () => {
        order.push('-slow')
      },
    })
    const later = noting(order, 'later')
    const runner = new Runner({ tasks: [notingLoop(order, 'a', { slow, later })] })
    const starting = runner.start()
    const stopping = runner.stop()
    goOn()
    await Promise.all([starting, stopping])
    expect(order).toEqual(['-slow'])
  })

  test('a runner starts once; two tasks of one name and a stream task without a bus are refused', async () => {
    const runner = new Runner({ tasks: [] })
    await runner.start()
    await expect(runner.start()).rejects.toThrow('it starts once')
    await runner.stop()
    const twin = task({ name: 'twin', trigger: Trigger.loop(), run: async () => undefined })
    expect(() => new Runner({ tasks: [twin, twin] })).toThrow('two tasks are named twin')
    const streams = defineTasks({ t: z.object({}) })
    const reader = streams.task({
      name: 'reader',
      trigger: streams.Trigger.stream('t', { group: 'g' }),
      run: async () => undefined,
    })
    await expect(new Runner({ tasks: [reader] }).start()).rejects.toThrow('reader reads streams')
  })
})
