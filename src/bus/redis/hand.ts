import type { Item } from '../delivery.js'
import type { Entry } from './entry.js'

interface Held {
  readonly bytes: number
  /** It may have a count of failures in Redis. */
  counted: boolean
  touchedAt: number
}

/** What a consumer has in hand: entries that were read and are not acknowledged on Redis yet. */
export class Hand {
  readonly #held = new Map<string, Held>()
  readonly #acknowledge: (id: string) => void
  readonly #keep: (id: string, failures: number) => Promise<void>
  /** Size of the largest entry of the last read: what the next ones are expected to need. */
  #entryBytes = 1

  /** `acknowledge` is told of each entry whose handler has committed, `keep` of how often one has failed alone. */
  constructor(acknowledge: (id: string) => void, keep: (id: string, failures: number) => Promise<void>) {
    this.#acknowledge = acknowledge
    this.#keep = keep
  }

  get size(): number {
    return this.#held.size
  }

  /** How many more entries fit, up to `window` of them and `maxBytes` of payloads. */
  room(window: number, maxBytes: number): number {
    let bytes = 0
    for (const held of this.#held.values()) bytes += held.bytes
    const bearable = Math.max(this.#held.size === 0 ? 1 : 0, Math.floor((maxBytes - bytes) / this.#entryBytes))
    return Math.min(window - this.#held.size, bearable)
  }

  has(id: string): boolean {
    return this.#held.has(id)
  }

  /** Takes entries of one read that are not in hand yet, as items of the topic. */
  take(
    topic: string,
    entries: readonly Entry[],
    past?: (entry: Entry) => { deliveries: number; failures: number },
  ): Item[] {
    const fresh = entries.filter(({ id }) => !this.#held.has(id))
    if (fresh.length > 0) this.#entryBytes = Math.max(...fresh.map(({ payload }) => payload.length))
    return fresh.map((entry) => {
      const { deliveries, failures } = past?.(entry) ?? { deliveries: 1, failures: 0 }
      const suspect = deliveries > 1
      this.#held.set(entry.id, {
        bytes: entry.payload.length,
        counted: failures > 0 || suspect,
        touchedAt: performance.now(),
      })
      return {
        message: {
          topic,
          key: String(entry.seq),
          payload: parsed(entry.payload),
          attempt: Math.max(deliveries, failures + 1),
          enqueuedAt: entry.enqueuedAt,
        },
        failures,
        suspect,
        ack: () => this.#acknowledge(entry.id),
        keep: (count) => this.#count(entry.id, count),
      }
    })
  }

  async #count(id: string, failures: number): Promise<void> {
    const held = this.#held.get(id)
    if (held !== undefined) held.counted = true
    await this.#keep(id, failures)
  }

  isCounted(id: string): boolean {
    return this.#held.get(id)?.counted ?? false
  }

  drop(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id)
  }

  /** Entries that were not touched for `ms`; from now on they were. */
  untouched(ms: number): string[] {
    const now = performance.now()
    const due = [...this.#held].filter(([, held]) => now - held.touchedAt >= ms)
    for (const [, held] of due) held.touchedAt = now
    return due.map(([id]) => id)
  }
}

/** An entry that somebody else wrote may be anything: what is no JSON fits no schema, and becomes a dead letter. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return payload
  }
}
