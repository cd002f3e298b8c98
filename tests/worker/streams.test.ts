import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listDeadLetters } from '../../src/bus/deadLetters.js'
import { EmbeddedBus } from '../../src/bus/embedded.js'
import { insertMessages } from '../../src/bus/outbox.js'
import { defineTasks } from '../../src/worker/define.js'
import { provider } from '../../src/worker/dependency.js'
import { Runner, type RunnerOptions } from '../../src/worker/runner.js'
import { aborted } from '../../src/worker/signal.js'
import type { Task } from '../../src/worker/task.js'
import { useTestDatabase } from '../support/database.js'
import { Gate, Recorder } from '../support/recorder.js'

const { task, Trigger } = defineTasks({
  'chain.{network}.blocks': z.object({ height: z.int(), seen: z.boolean().default(false) }),
  'ledger.entries': z.object({ id: z.string() }),
})

describe('stream tasks on the embedded bus', () => {
  const database = useTestDatabase()

  /** A started runner with a bus of its own as a provider. */
  async function start(tasks: readonly Task[], options: Partial<RunnerOptions> = {}): Promise<Runner> {
    const db = provider({ name: 'db', start: () => database.db })
    const streams = provider({
      name: 'bus',
      deps: { db },
      start: (deps) => new EmbeddedBus(deps),
      stop: (bus) => bus.close(),
    })
    const runner = new Runner({ tasks, streams, ...options })
    await runner.start()
    return runner
  }

  test('get the payloads of every network, as their schema reads them', async () => {
    const got = new Recorder<unknown>()
    const runner = await start([
      task({
        name: 'reader',
        trigger: Trigger.stream('chain.{network}.blocks', { group: 'g', params: { network: ['a', 'b'] } }),
        run: async (messages) => got.add(...messages),
      }),
    ])
    await insertMessages(database.db, 'chain.a.blocks', [{ height: 1, extra: true }])
    await insertMessages(database.db, 'chain.b.blocks', [{ height: 2, seen: true }])
    await got.count(2)
    expect(got.events).toEqual(
      expect.arrayContaining([
        { height: 1, seen: false },
        { height: 2, seen: true },
      ]),
    )
    await runner.stop()
  })

  test('never see a payload that does not fit; it is a dead letter that names the field, and its batch is handled', async () => {
    const got = new Recorder<string>()
    await insertMessages(database.db, 'ledger.entries', [{ id: 'a' }, { id: 7 }, { id: 'b' }])
    const runner = await start([
      task({
        name: 'reader',
        trigger: Trigger.stream('ledger.entries', { group: 'strict' }),
        run: async (messages) => got.add(...messages.map(({ id }) => id)),
      }),
    ])
    await got.count(2)
    expect(got.events).toEqual(['a', 'b'])
    await runner.stop()
    const letters = await listDeadLetters(database.db, { group: 'strict' })
    expect(letters).toMatchObject([{ code: 'message_invalid', attempts: 1, topic: 'ledger.entries' }])
    expect(letters[0]?.reason).toMatch(/message \d+ of ledger\.entries does not fit its schema: id: /)
  })

  test('retries + 1 failures of a message make it a dead letter, and each failure is told', async () => {
    const failures = new Recorder<number>()
    const runner = await start([
      task({
        name: 'failing',
        trigger: Trigger.stream('ledger.entries', { group: 'failing' }),
        retries: 1,
        run: async () => {
          throw new Error('planned')
        },
      }),
    ])
    runner.events.on('failed', ({ messages }) => failures.add(messages))
    await insertMessages(database.db, 'ledger.entries', [{ id: 'a' }])
    await failures.count(2)
    await runner.stop()
    expect(await listDeadLetters(database.db, { group: 'failing' })).toMatchObject([{ attempts: 2 }])
  })

  test('tell lag, size and redeliveries of every batch', async () => {
    const started = new Recorder<{ task: string; topic: string | null; messages: number; redelivered: number }>()
    const lags: (number | null)[] = []
    let first = true
    await insertMessages(database.db, 'ledger.entries', [{ id: 'a' }])
    const bus = new EmbeddedBus({ db: database.db })
    const runner = new Runner({
      streams: bus,
      tasks: [
        task({
          name: 'flaky',
          trigger: Trigger.stream('ledger.entries', { group: 'flaky' }),
          run: async () => {
            if (!first) return
            first = false
            throw new Error('planned')
          },
        }),
      ],
    })
    runner.events.on('started', ({ task: name, topic, messages, redelivered, lagSeconds }) => {
      lags.push(lagSeconds)
      started.add({ task: name, topic, messages, redelivered })
    })
    const done = new Recorder<number>()
    runner.events.on('succeeded', ({ durationSeconds }) => done.add(durationSeconds))
    await runner.start()
    await done.count(1)
    const run = { task: 'flaky', topic: 'ledger.entries', messages: 1 }
    expect(started.events).toEqual([
      { ...run, redelivered: 0 },
      { ...run, redelivered: 1 },
    ])
    for (const lag of lags) expect(lag).toBeGreaterThanOrEqual(0)
    await runner.stop()
    await bus.close()
  })

  test('a stop lets the run under way finish, with its signal untouched, before dependencies stop', async () => {
    const order = new Recorder<string>()
    const gate = new Gate()
    const store = provider({ name: 'store', start: () => 0, stop: () => order.add('store stopped') })
    const runner = await start([
      task({
        name: 'slow',
        trigger: Trigger.stream('ledger.entries', { group: 'slow' }),
        deps: { store },
        run: async (_messages, _deps, { signal }) => {
          order.add('started')
          await gate.opened
          order.add(`finished, aborted: ${signal.aborted}`)
        },
      }),
    ])
    await insertMessages(database.db, 'ledger.entries', [{ id: 'a' }])
    await order.count(1)
    const stopping = runner.stop()
    expect(runner.health()).toMatchObject({ state: 'stopping', ready: false, reason: 'stopping' })
    gate.open()
    await stopping
    expect(order.events).toEqual(['started', 'finished, aborted: false', 'store stopped'])
  })

  test('a run that outlasts the deadline is aborted, and its message is delivered to the next process', async () => {
    const seen = new Recorder<string>()
    const hanging = task({
      name: 'hanging',
      trigger: Trigger.stream('ledger.entries', { group: 'hanging' }),
      run: async (_messages, _deps, { signal }) => {
        seen.add('started')
        await aborted(signal)
        seen.add('aborted')
        await new Promise(() => undefined)
      },
    })
    const runner = await start([hanging], { drainMs: 50 })
    await insertMessages(database.db, 'ledger.entries', [{ id: 'left over' }])
    await seen.count(1)
    await expect(runner.stop()).rejects.toThrow(/task hanging was not over within \d+ ms/)
    expect(seen.events).toEqual(['started', 'aborted'])
    const got = new Recorder<string>()
    const next = await start([
      task({
        name: 'hanging',
        trigger: Trigger.stream('ledger.entries', { group: 'hanging' }),
        run: async (messages) => got.add(...messages.map(({ id }) => id)),
      }),
    ])
    await got.count(1)
    expect(got.events).toEqual(['left over'])
    await next.stop()
  })
})
