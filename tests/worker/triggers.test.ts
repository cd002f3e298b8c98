import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FtError } from '../../src/core/errors.js'
import { defineTasks } from '../../src/worker/define.js'
import { Runner } from '../../src/worker/runner.js'
import { aborted } from '../../src/worker/signal.js'
import { Gate, Recorder } from '../support/recorder.js'

const { task, Trigger } = defineTasks({})

describe('every', () => {
  test('runs at once and then at its interval, never twice at a time', async () => {
    const ticks = new Recorder<number>()
    let underWay = 0
    const tick = task({
      name: 'tick',
      trigger: Trigger.every(10),
      run: async () => {
        underWay += 1
        ticks.add(underWay)
        await new Promise((resolve) => setTimeout(resolve, 25))
        underWay -= 1
      },
    })
    const runner = new Runner({ tasks: [tick] })
    const start = performance.now()
    await runner.start()
    await ticks.count(4)
    await runner.stop()
    expect(ticks.events.every((count) => count === 1)).toBe(true)
    // Three runs of 25 ms lie between the first and the fourth; each misses two ticks of 10 ms.
    expect(performance.now() - start).toBeGreaterThanOrEqual(75)
    expect(underWay).toBe(0)
  })

  test('a tick that fails does not end the task; three in a row make it unready, a good one ready again', async () => {
    const ticks = new Recorder<number>()
    const gate = new Gate()
    const failing = task({
      name: 'failing',
      trigger: Trigger.every(1),
      run: async () => {
        ticks.add(ticks.events.length + 1)
        if (ticks.events.length <= 3) throw new Error('planned')
        if (ticks.events.length === 4) await gate.opened
      },
    })
    const runner = new Runner({ tasks: [failing] })
    await runner.start()
    await ticks.count(4)
    expect(runner.health()).toMatchObject({ ready: false, reason: 'failing: 3 ticks failed: planned' })
    gate.open()
    await ticks.count(5)
    expect(runner.health()).toMatchObject({ ready: true, reason: null })
    await runner.stop()
  })

  test('a failed run is tried again within its tick, as often as its retries say', async () => {
    const runs = new Recorder<'run'>()
    const retried = task({
      name: 'retried',
      trigger: Trigger.every(3_600_000),
      retries: 2,
      run: async () => {
        runs.add('run')
        throw new Error('planned')
      },
    })
    const runner = new Runner({ tasks: [retried] })
    const failed = new Recorder<unknown>()
    runner.events.on('failed', ({ error }) => failed.add(error))
    await runner.start()
    await failed.count(3)
    await runner.stop()
    expect(runs.events).toHaveLength(3)
  })

  test('a run that overruns its time is aborted with task_timeout', async () => {
    const reasons = new Recorder<unknown>()
    const hanging = task({
      name: 'hanging',
      trigger: Trigger.every(3_600_000),
      timeoutMs: 20,
      run: async (_deps, { signal }) => {
        await aborted(signal)
        reasons.add(signal.reason)
        await new Promise(() => undefined)
      },
    })
    const runner = new Runner({ tasks: [hanging] })
    const failed = new Recorder<unknown>()
    runner.events.on('failed', ({ error }) => failed.add(error))
    await runner.start()
    await failed.count(1)
    expect(failed.events).toEqual([expect.objectContaining({ code: 'task_timeout' })])
    await reasons.count(1)
    expect(reasons.events).toEqual(failed.events)
    await runner.stop()
  })
})

describe('loop', () => {
  test('is started again when it throws, and says so until it has proven itself', async () => {
    const runs = new Recorder<'run'>()
    const restarts = new Recorder<number>()
    const loop = task({
      name: 'loop',
      trigger: Trigger.loop(),
      run: async (_deps, { signal }) => {
        runs.add('run')
        if (runs.events.length === 1) throw new Error('planned')
        await aborted(signal)
      },
    })
    const runner = new Runner({ tasks: [loop] })
    runner.events.on('restarted', ({ delayMs }) => restarts.add(delayMs))
    await runner.start()
    await restarts.count(1)
    expect(runner.health().tasks).toMatchObject([{ state: 'backing_off', reason: 'failed and starts again: planned' }])
    await runs.count(2)
    expect(runner.health()).toMatchObject({ ready: false, tasks: [{ state: 'running', inFlight: 1 }] })
    expect(restarts.events).toEqual([expect.any(Number)])
    await runner.stop()
    expect(runner.health().tasks).toMatchObject([{ state: 'stopped' }])
  })

  test('gives up for a minute when an error says that trying again is no use; the others go on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const gaveUp = new Recorder<number>()
    let running = false
    const doomed = task({
      name: 'doomed',
      trigger: Trigger.loop(),
      run: async () => {
        throw new FtError('wrong_chain', 'planned')
      },
    })
    const healthy = task({
      name: 'healthy',
      trigger: Trigger.loop(),
      run: async (_deps, { signal }) => {
        running = true
        await aborted(signal)
        running = false
      },
    })
    const runner = new Runner({ tasks: [doomed, healthy] })
    runner.events.on('restarted', ({ delayMs }) => gaveUp.add(delayMs))
    await runner.start()
    await gaveUp.count(1)
    expect(gaveUp.events).toEqual([60_000])
    expect(runner.health()).toMatchObject({ ready: false, reason: 'doomed: gave up: planned' })
    expect(running).toBe(true)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(gaveUp.events).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1_000)
    await gaveUp.count(2)
    vi.useRealTimers()
    await runner.stop()
    expect(running).toBe(false)
  })

  test('that returns is finished, and no reason to be unready', async () => {
    const ended = new Recorder<string>()
    const once = task({ name: 'once', trigger: Trigger.loop(), run: async () => undefined })
    const runner = new Runner({ tasks: [once] })
    runner.events.on('succeeded', ({ task: name }) => ended.add(name))
    await runner.start()
    await ended.count(1)
    await new Promise(setImmediate)
    expect(runner.health()).toMatchObject({ ready: true, tasks: [{ state: 'finished' }] })
    await runner.stop()
  })
})

describe('events', () => {
  test('a listener that throws hurts neither the work nor the other listeners', async () => {
    const heard = new Recorder<string>()
    const tick = task({ name: 'tick', trigger: Trigger.every(3_600_000), run: async () => undefined })
    const runner = new Runner({ tasks: [tick] })
    runner.events.on('started', () => {
      throw new Error('planned')
    })
    const off = runner.events.on('started', () => heard.add('removed'))
    off()
    runner.events.on('started', ({ inFlight, lagSeconds }) => heard.add(`started ${inFlight} ${lagSeconds}`))
    runner.events.on('succeeded', ({ inFlight }) => heard.add(`succeeded ${inFlight}`))
    await runner.start()
    await heard.count(2)
    expect(heard.events).toEqual(['started 1 null', 'succeeded 0'])
    await runner.stop()
  })
})
