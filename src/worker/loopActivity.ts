import { isFtError, messageOf } from '../core/errors.js'
import { sleep } from '../core/wakeup.js'
import type { Activity, Surroundings, TaskState } from './activity.js'
import { backoff } from './backoff.js'
import { compose, type Middleware, timeout } from './middleware.js'
import { Monitor } from './monitor.js'
import type { Task } from './task.js'

/** A run that lasted this long was healthy: the pause after its failure starts small again. */
const STABLE_MS = 30_000
const delayMs = backoff(250, 30_000)
/** After an error that only somebody else can mend, like a key that a provider refuses: nobody should have to be there when it is mended. */
const GAVE_UP_MS = 60_000

/**
 * Keeps a long-running function running. What it throws decides what comes next:
 *   stopping      → stopped, whatever it threw
 *   it returned   → finished, and not started again
 *   an FtError whose code is not retryable → failed, and running again after a minute
 *   anything else → backing_off, then running again
 */
export function startLoop(task: Task, around: Surroundings): Activity {
  const work = task.bind(around.scope)
  const log = around.log.child({ task: task.name })
  const monitor = new Monitor(task.name, around.events)
  const limit: readonly Middleware[] = task.timeoutMs === null ? [] : [timeout(task.timeoutMs)]
  const run = compose([...around.middleware, monitor.watch([]), ...limit], work)
  const stopping = new AbortController()
  let state: TaskState = 'running'
  let startedAt = performance.now()

  async function keepRunning(): Promise<void> {
    for (let failures = 0; ; ) {
      startedAt = performance.now()
      state = 'running'
      try {
        await run([], { task: task.name, signal: stopping.signal, log })
        state = stopping.signal.aborted ? 'stopped' : 'finished'
        return
      } catch (error) {
        if (stopping.signal.aborted) return ended(error)
        failures = performance.now() - startedAt > STABLE_MS ? 1 : failures + 1
        await sleep(pauseAfter(error, failures), stopping.signal)
        if (stopping.signal.aborted) return ended(null)
      }
    }
  }

  function ended(error: unknown): void {
    state = 'stopped'
    if (error !== null) log.debug({ err: error }, 'loop ended by the stop')
  }

  /** Says what happened and gives the time until the next run, in milliseconds. */
  function pauseAfter(error: unknown, failures: number): number {
    const isFinal = isFtError(error) && !error.spec.retryable
    state = isFinal ? 'failed' : 'backing_off'
    const delay = isFinal ? GAVE_UP_MS : delayMs(failures)
    const fields = { err: error, failures, delayMs: Math.round(delay) }
    if (isFinal) log.error(fields, 'loop gave up, starting it again later')
    else log.warn(fields, 'loop failed, starting it again')
    around.events.emit('restarted', { task: task.name, error, delayMs: delay })
    return delay
  }

  function reason(): string | null {
    if (state === 'failed') return `gave up: ${messageOf(monitor.lastError)}`
    const unproven = state === 'running' && monitor.failures > 0 && performance.now() - startedAt <= STABLE_MS
    if (state === 'backing_off' || unproven) return `failed and starts again: ${messageOf(monitor.lastError)}`
    return null
  }

  const end = keepRunning()
  return {
    stop: () => {
      stopping.abort()
      return end
    },
    abort: (why) => stopping.abort(why),
    health: () => ({ task: task.name, trigger: 'loop', state, inFlight: monitor.inFlight, reason: reason() }),
  }
}
