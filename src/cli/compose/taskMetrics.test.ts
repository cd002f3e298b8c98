import { afterEach, expect, test, vi } from 'vitest'
import { createMetrics } from '../../observability/metrics.js'
import { Events } from '../../worker/events.js'
import { silentLog } from '../../worker/log.js'
import { recordTasks } from './taskMetrics.js'

afterEach(() => {
  vi.useRealTimers()
})

test('the wait of messages is seen by a few scrapes, while they fail for as long as they do, and not for ever', async () => {
  vi.useFakeTimers()
  const events = new Events(silentLog)
  const metrics = createMetrics()
  recordTasks(events, metrics)
  const run = { task: 'reorg-handler', topic: 'chain.polygon.forks', messages: 1 }
  const lag = async () => (await metrics.taskLag.get()).values.map(({ value }) => value)
  const started = (lagSeconds: number) => events.emit('started', { ...run, inFlight: 1, lagSeconds, redelivered: 0 })

  started(600)
  events.emit('failed', { ...run, inFlight: 0, durationSeconds: 1, error: new Error('planted') })
  vi.advanceTimersByTime(60_000)
  expect(await lag()).toEqual([600])
  started(660)
  events.emit('succeeded', { ...run, inFlight: 0, durationSeconds: 1 })
  vi.advanceTimersByTime(10_000)
  expect(await lag()).toEqual([660])
  started(1)
  vi.advanceTimersByTime(10_000)
  expect(await lag()).toEqual([1])
  events.emit('succeeded', { ...run, inFlight: 0, durationSeconds: 1 })
  vi.advanceTimersByTime(15_000)
  expect(await lag()).toEqual([0])
})
