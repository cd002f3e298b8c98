/** What is needed of a logger; pino's Logger fits. */
export interface OutageLog {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
}

export interface OutagesOptions {
  /** Least time between two warnings, in milliseconds; default one minute. */
  readonly everyMs?: number
  /** Monotonic clock in milliseconds; default that of the process. */
  readonly now?: () => number
}

/**
 * Tells of outages, in which everything is tried again and again, without a line for every try: the first error is a warning, then the newest
 * one a minute with the number of all since, and when it is over, that is said once. Who meet the same outage share one of these:
 * it is over when it is for all of them. What comes and goes within the minute is not told again.
 */
export class Outages {
  readonly #log: OutageLog | undefined
  readonly #what: string
  readonly #everyMs: number
  readonly #now: () => number
  readonly #waiting = new Set<string>()
  #failures = 0
  #toldAt = Number.NEGATIVE_INFINITY
  #isTold = false

  /** `what` is the subject of the lines, for example `delivery`. */
  constructor(log: OutageLog | undefined, what: string, { everyMs, now }: OutagesOptions = {}) {
    this.#log = log
    this.#what = what
    this.#everyMs = everyMs ?? 60_000
    this.#now = now ?? (() => performance.now())
  }

  /** One of those who share it could not do its work. */
  failed(who: string, error: unknown): void {
    this.#waiting.add(who)
    this.#failures += 1
    const fields = { err: error, waiting: [...this.#waiting], failures: this.#failures }
    const message = `${this.#what} waits for an outage`
    if (this.#now() - this.#toldAt < this.#everyMs) {
      this.#log?.debug(fields, message)
      return
    }
    this.#log?.warn(fields, message)
    this.#failures = 0
    this.#toldAt = this.#now()
    this.#isTold = true
  }

  /** One of them does its work. */
  passed(who: string): void {
    if (!this.#waiting.delete(who) || this.#waiting.size > 0 || !this.#isTold) return
    this.#log?.info({ failures: this.#failures }, `${this.#what} goes on`)
    this.#failures = 0
    this.#isTold = false
  }
}
