import type { Subscription } from '../worker/stream.js'
import { type Desk, deliver, type Item } from './delivery.js'

/** What a lane needs of the bus: how failures are kept, and who is told of outages. */
export type LaneDesk = Pick<Desk, 'failed' | 'bury' | 'isHealthy' | 'outage' | 'alone'>

/**
 * One topic of one subscription: a queue, and at most `maxInFlight` batches of it under way.
 *
 * held → open (the bus delivers) → held (it does not: what waits is dropped here and comes again, what is under way is not
 * tried again) → … → stopped for good.
 */
export class Lane {
  readonly topic: string
  readonly #subscription: Subscription
  readonly #desk: LaneDesk
  readonly #running = new Set<Promise<void>>()
  readonly #aborting = new AbortController()
  #queue: Item[] = []
  #giveUp = new AbortController()
  #stopped = false

  constructor(topic: string, subscription: Subscription, desk: LaneDesk) {
    this.topic = topic
    this.#subscription = subscription
    this.#desk = desk
    this.#giveUp.abort()
  }

  get group(): string {
    return this.#subscription.group
  }

  get keepsOrder(): boolean {
    return this.#subscription.maxInFlight === 1
  }

  /** Messages worth having in hand: what can be under way, and one batch to follow. */
  get window(): number {
    return this.#subscription.batch * (this.#subscription.maxInFlight + 1)
  }

  open(): void {
    if (!this.#stopped) this.#giveUp = new AbortController()
  }

  hold(): void {
    this.#queue = []
    this.#giveUp.abort()
  }

  offer(items: readonly Item[]): void {
    this.#queue.push(...items)
    this.#pump()
  }

  /** Resolves when nothing is under way any more, or when it was aborted. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.hold()
    await this.idle()
  }

  async idle(): Promise<void> {
    const { signal } = this.#aborting
    if (this.#running.size === 0 || signal.aborted) return
    let release: () => void = () => undefined
    const aborted = new Promise<void>((resolve) => {
      release = resolve
    })
    signal.addEventListener('abort', release, { once: true })
    await Promise.race([Promise.all(this.#running), aborted])
    signal.removeEventListener('abort', release)
  }

  abort(reason: Error): void {
    this.#stopped = true
    this.hold()
    this.#aborting.abort(reason)
  }

  #pump(): void {
    const { batch, maxInFlight, handle, retry } = this.#subscription
    while (!this.#giveUp.signal.aborted && this.#queue.length > 0 && this.#running.size < maxInFlight) {
      const run = deliver(this.#queue.splice(0, batch), {
        ...this.#desk,
        handle,
        retry,
        signal: this.#aborting.signal,
        giveUp: this.#giveUp.signal,
      }).finally(() => {
        this.#running.delete(run)
        this.#pump()
      })
      this.#running.add(run)
    }
  }
}
