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
