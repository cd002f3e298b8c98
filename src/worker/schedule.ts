import { Cron } from 'croner'

/** When a cron task fires, in UTC. */
export interface Schedule {
  readonly expression: string
  /** The last time at or before `now` that the expression names; null when there was none. */
  latest(now: Date): Date | null
  /** Milliseconds from `now` to the next one. */
  untilNext(now: Date): number
}

/**
 * Reads a cron expression: five fields, or six with seconds first, or a nickname such as `@daily`.
 * @throws Error for one that cannot be read or never fires
 */
export function parseSchedule(expression: string): Schedule {
  const cron = read(expression)
  if (cron.nextRun() === null) throw new Error(`cron expression "${expression}" names no time that will ever come`)
  return {
    expression,
    latest: (now) => {
      // previousRuns looks strictly before its reference, in whole seconds.
      const [latest] = cron.previousRuns(1, new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000))
      return latest ?? null
    },
    untilNext: (now) => (cron.nextRun(now)?.getTime() ?? Infinity) - now.getTime(),
  }
}

function read(expression: string): Cron {
  try {
    return new Cron(expression, { timezone: 'UTC', mode: '5-or-6-parts', paused: true })
  } catch (cause) {
    throw new Error(`cron expression "${expression}" cannot be read, for example "0 3 * * *"`, { cause })
  }
}
