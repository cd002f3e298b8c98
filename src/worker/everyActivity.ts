import { messageOf } from '../core/errors.js'
import { sleep } from '../core/wakeup.js'
import type { Activity, Surroundings } from './activity.js'
import type { BeatTerm } from './beat.js'
import { Monitor } from './monitor.js'
import type { Task } from './task.js'
import { TOLERATED, tickOf } from './tick.js'
import type { EverySpec } from './trigger.js'

/** How often a process that does not have the beat looks whether it has. */
const LOOK_MS = 1_000

/** Runs a task at an interval. A tick that fails is logged and counted; the next one comes all the same. */
export function startEvery(task: Task, { intervalMs, once }: EverySpec, around: Surroundings): Activity {
  const { beat } = around
  if (once && beat === null)
    throw new Error(`task ${task.name} runs once in a cluster, but the runner was given no beat`)
  const log = around.log.child({ task: task.name })
  const monitor = new Monitor(task.name, around.events)
  const run = tickOf(task, around, monitor)
  const stopping = new AbortController()
  const aborting = new AbortController()

  async function tick(term: BeatTerm | null): Promise<void> {
    if (term !== null && !(await term.confirm())) return
    const signal = term === null ? aborting.signal : AbortSignal.any([aborting.signal, term.lost])
    await run([], { task: task.name, signal, log })
  }

  async function tickUntilStopped(): Promise<void> {
    // The monotonic clock: a jump of the wall clock must neither skip nor multiply ticks.
    let next = performance.now()
    while (!stopping.signal.aborted) {
      const term = once ? (beat?.term ?? null) : null
      if (once && term === null) {
        await sleep(Math.min(LOOK_MS, intervalMs), stopping.signal)
        next = performance.now()
        continue
      }
      try {
        await tick(term)
      } catch (error) {
        log.error({ err: error }, 'tick failed')
      }
      const late = performance.now() - next
      next += intervalMs * Math.max(1, Math.ceil(late / intervalMs))
      await sleep(next - performance.now(), stopping.signal)
    }
  }

  function reason(): string | null {
    if (monitor.failures > TOLERATED) return `${monitor.failures} ticks failed: ${messageOf(monitor.lastError)}`
    return once ? (beat?.trouble ?? null) : null
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
      reason: reason(),
    }),
  }
}
