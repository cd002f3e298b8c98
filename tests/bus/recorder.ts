import type { Delivery, Subscription } from '../../src/worker/stream.js'

/** The number that a test put into a message. */
export function numberOf(message: Delivery): number {
  const { payload } = message
  if (typeof payload !== 'object' || payload === null || !('n' in payload))
    throw new Error('not a message of the suite')
  return Number(payload.n)
}

/** Messages of the suite: `{ n }` for n from `from` to `to`, both included. */
export function numbered(from: number, to: number): { n: number }[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ n: from + index }))
}

/** Remembers what happened, and lets a test wait for it. */
export class Recorder<T> {
  readonly events: T[] = []
  readonly #waiting = new Set<() => void>()

  readonly add = (...events: readonly T[]): void => {
    this.events.push(...events)
    for (const check of this.#waiting) check()
  }

  /** Resolves when `condition` holds for the events so far, now or later. The test's own time limit ends the wait. */
  until(condition: (events: readonly T[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition(this.events)) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  /** Resolves when there are `count` events. */
  count(count: number): Promise<void> {
    return this.until((events) => events.length >= count)
  }
}

/** A gate that a handler waits at until the test opens it. */
export class Gate {
  readonly opened: Promise<void>
  open: () => void = () => undefined

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve
    })
  }
}

/** A subscription with short pauses; what matters to a test is given. */
export function subscription(
  topics: string | readonly string[],
  handle: Subscription['handle'],
  options: Partial<Omit<Subscription, 'topics' | 'handle'>> = {},
): Subscription {
  return {
    group: 'readers',
    topics: typeof topics === 'string' ? [topics] : topics,
    batch: 10,
    maxInFlight: 1,
    retry: { maxFailures: 5, delayMs: () => 5 },
    handle,
    ...options,
  }
}
