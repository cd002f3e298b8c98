import { messageOf } from '../core/errors.js'
import type { Activity, Surroundings } from './activity.js'
import { backoff } from './backoff.js'
import { compose, type Middleware, retry, timeout } from './middleware.js'
import { Monitor } from './monitor.js'
import { pause } from './signal.js'
import type { Task } from './task.js'
import type { EverySpec } from './trigger.js'

/** Ticks that may fail in a row before the task counts as not doing its work. */
const TOLERATED = 2

/** Runs a task at an interval. A tick that fails is logged and counted; the next one comes all the same. */
export function startEvery(task: Task, spec: EverySpec, around: Surroundings): Activity {
  const work = task.bind(around.scope)
  const log = around.log.child({ task: task.name })
  const monitor = new Monitor(task.name, around.events)
  const limit: readonly Middleware[] = task.timeoutMs === null ? [] : [timeout(task.timeoutMs)]
  const ticks = [retry(task.retries, backoff(100, 5_000)), ...around.middleware, monitor.watch([]), ...limit]
  const run = compose(ticks, work)
  const stopping = new AbortController()
  const aborting = new AbortController()

  async function tickUntilStopped(): Promise<void> {
    // The monotonic clock: a jump of the wall clock must neither skip nor multiply ticks.
    let next = performance.now()
    while (!stopping.signal.aborted) {
      try {
        await run([], { task: task.name, signal: aborting.signal, log })
      } catch (error) {
        log.error({ err: error }, 'tick failed')
      }
      const late = performance.now() - next
      next += spec.intervalMs * Math.max(1, Math.ceil(late / spec.intervalMs))
      await pause(next - performance.now(), stopping.signal)
    }
  }

  const ended = tickUntilStopped()
  return {
    stop: () => {
      stopping.abort()
      return ended
    },
    abort: (reason) => aborting.abort(reason),
    health: () => ({
      task: task.name,
      trigger: 'every',
      state: stopping.signal.aborted ? 'stopped' : 'running',
      inFlight: monitor.inFlight,
      reason: monitor.failures > TOLERATED ? `${monitor.failures} ticks failed: ${messageOf(monitor.lastError)}` : null,
    }),
  }
}
