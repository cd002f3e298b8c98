import { messageOf } from '../core/errors.js'
import { sleep } from '../core/wakeup.js'
import type { Activity, Surroundings } from './activity.js'
import type { BeatTerm } from './beat.js'
import { Monitor } from './monitor.js'
import type { Task } from './task.js'
import { TOLERATED, tickOf } from './tick.js'
import type { CronSpec } from './trigger.js'

/** How often the clock is looked at, at least: it may be set, and the beat may come at any time. */
const LOOK_MS = 1_000

/**
 * Runs a task at the times that its expression names, on the one process that has the beat. Each look takes the last firing that
 * is due, unless somebody has taken it ever; so neither a second process, nor a restart, nor a clock that is set back fires it
 * again, and one that nobody was there to take is made up for once.
 */
export function startCron(task: Task, { schedule }: CronSpec, around: Surroundings): Activity {
  const { beat } = around
  if (beat === null) throw new Error(`task ${task.name} fires once in a cluster, but the runner was given no beat`)
  const log = around.log.child({ task: task.name })
  const monitor = new Monitor(task.name, around.events)
  const run = tickOf(task, around, monitor)
  const stopping = new AbortController()
  const aborting = new AbortController()
  let seen: { term: BeatTerm; at: number } | null = null

  async function look(term: BeatTerm): Promise<void> {
    const due = schedule.latest(new Date())
    if (due === null || (seen?.term === term && seen.at === due.getTime())) return
    const taken = await term.take(task.name, due)
    seen = { term, at: due.getTime() }
    if (!taken) return
    log.debug({ scheduledAt: due.toISOString() }, 'fires')
    await run([], { task: task.name, signal: AbortSignal.any([aborting.signal, term.lost]), log })
  }

  async function lookUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (beat?.term) await look(beat.term)
      } catch (error) {
        log.error({ err: error }, 'firing failed')
      }
      await sleep(Math.min(LOOK_MS, schedule.untilNext(new Date())), stopping.signal)
    }
  }

  const ended = lookUntilStopped()
  return {
    stop: () => {
      stopping.abort()
      return ended
    },
    abort: (reason) => aborting.abort(reason),
    health: () => ({
      task: task.name,
      trigger: 'cron',
      state: stopping.signal.aborted ? 'stopped' : 'running',
      inFlight: monitor.inFlight,
      reason:
        monitor.failures > TOLERATED
          ? `${monitor.failures} firings failed: ${messageOf(monitor.lastError)}`
          : beat.trouble,
    }),
  }
}
