const FORGET_MS = 24 * 3_600_000

/**
 * What looked as if it were missing. What is only on its way looks the same, so a thing is missing when it was seen so twice, with
 * some time in between; sent once too often it is a duplicate, which everybody bears.
 */
export class Suspects {
  readonly #patienceMs: number
  readonly #now: () => number
  /** When each was first seen. */
  readonly #since = new Map<string, number>()

  /** `now` is a monotonic clock, in milliseconds. */
  constructor(patienceMs: number, now: () => number) {
    this.#patienceMs = patienceMs
    this.#now = now
  }

  /** Those that were seen long enough ago. Each of them starts anew: what is sent now gets its time as well. */
  confirmed<T>(found: readonly T[], nameOf: (item: T) => string): T[] {
    const now = this.#now()
    for (const [name, since] of this.#since) if (now - since > FORGET_MS) this.#since.delete(name)
    return found.filter((item) => {
      const name = nameOf(item)
      const since = this.#since.get(name)
      if (since === undefined) this.#since.set(name, now)
      else if (now - since >= this.#patienceMs) return this.#since.delete(name)
      return false
    })
  }
}
