import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { listDeadLetters } from '../../src/bus/deadLetters.js'
import { EmbeddedBus } from '../../src/bus/embedded.js'
import { insertMessages } from '../../src/bus/outbox.js'
import { FtError } from '../../src/core/errors.js'
import { defineTasks } from '../../src/worker/define.js'
import { provider } from '../../src/worker/dependency.js'
import type { Middleware } from '../../src/worker/middleware.js'
import { Runner } from '../../src/worker/runner.js'
import type { Task } from '../../src/worker/task.js'
import { useTestDatabase } from '../support/database.js'
import { Gate, Recorder } from '../support/recorder.js'

/*
 * What a task declares about its runs is what happens: how many messages, how many at once, for how long, and what is wrapped around.
 */

const { task, Trigger } = defineTasks({ entries: z.object({ n: z.int() }) })
const database = useTestDatabase()

const numbers = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }))

/** Starts tasks on an embedded bus of their own; stopped at the end of the test. */
async function start(tasks: readonly Task[], middleware: readonly Middleware[] = []): Promise<Runner> {
  const streams = provider({
    name: 'bus',
    start: () => new EmbeddedBus({ db: database.db, pollMs: 20 }),
    stop: (bus) => bus.close(),
  })
  const runner = new Runner({ tasks, streams, middleware })
  onTestFinished(() => runner.stop())
  await runner.start()
  return runner
}

test('a stream task is given at most `batch` messages, in at most `maxInFlight` runs at once', async () => {
  await insertMessages(database.db, 'entries', numbers(50))
  const sizes: number[] = []
  const under = new Recorder<number>()
  const gate = new Gate()
  const seen = new Recorder<number>()
  let atOnce = 0
  await start([
    task({
      name: 'wide',
      trigger: Trigger.stream('entries', { group: 'wide', batch: 7 }),
      maxInFlight: 3,
      run: async (messages) => {
        atOnce += 1
        sizes.push(messages.length)
        under.add(atOnce)
        await gate.opened
        atOnce -= 1
        seen.add(...messages.map(({ n }) => n))
      },
    }),
  ])
  await under.count(3)
  // Room for a fourth run would have been used by now: the messages are there.
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(under.events).toEqual([1, 2, 3])
  gate.open()
  await seen.count(50)
  expect(Math.max(...sizes)).toBe(7)
  expect(Math.max(...under.events)).toBe(3)
})

test('a run of a stream that overruns its time is aborted with task_timeout; its message is a dead letter in the end', async () => {
  const reasons = new Recorder<unknown>()
  await start([
    task({
      name: 'slow',
      trigger: Trigger.stream('entries', { group: 'slow' }),
      timeoutMs: 30,
      retries: 1,
      run: (_messages, _deps, { signal }) =>
        new Promise(() => signal.addEventListener('abort', () => reasons.add(signal.reason))),
    }),
  ])
  await insertMessages(database.db, 'entries', numbers(1))
  await reasons.count(2)
  for (const reason of reasons.events) expect(reason).toMatchObject({ code: 'task_timeout' })
  const letters = () => listDeadLetters(database.db, { group: 'slow' })
  await expect.poll(letters, { timeout: 10_000 }).toMatchObject([{ code: 'task_timeout', attempts: 2 }])
})

test('middleware is wrapped around every run of every kind of task, outermost first, and knows the task', async () => {
  const order = new Recorder<string>()
  const layer =
    (name: string): Middleware =>
    (next) =>
    async (input, context) => {
      order.add(`${name}>${context.task}`)
      await next(input, context)
      order.add(`${name}<${context.task}`)
    }
  const run = async (): Promise<void> => undefined
  const kinds = [
    task({ name: 'stream', trigger: Trigger.stream('entries', { group: 'wrapped' }), run }),
    task({ name: 'every', trigger: Trigger.every(60_000), run }),
    task({ name: 'loop', trigger: Trigger.loop(), run }),
  ]
  await start(kinds, [layer('outer'), layer('inner')])
  await insertMessages(database.db, 'entries', numbers(1))
  await order.count(12)
  for (const { name } of kinds)
    expect(order.events.filter((event) => event.endsWith(name))).toEqual([
      `outer>${name}`,
      `inner>${name}`,
      `inner<${name}`,
      `outer<${name}`,
    ])
})

test('what middleware throws is a failure of the message; what it lets through is not', async () => {
  const got = new Recorder<number>()
  const gate: Middleware = (next) => async (input, context) => {
    const isBad = input.some(({ payload }) => JSON.stringify(payload) === '{"n":1}')
    if (isBad) throw new FtError('message_invalid', 'planned: not let through')
    await next(input, context)
  }
  const reader = task({
    name: 'guarded',
    trigger: Trigger.stream('entries', { group: 'guarded' }),
    run: async (messages) => got.add(...messages.map(({ n }) => n)),
  })
  await start([reader], [gate])
  await insertMessages(database.db, 'entries', numbers(3))
  await got.count(2)
  expect([...got.events].sort()).toEqual([0, 2])
  const letters = () => listDeadLetters(database.db, { group: 'guarded' })
  await expect.poll(letters, { timeout: 10_000 }).toMatchObject([{ code: 'message_invalid', attempts: 1 }])
})
