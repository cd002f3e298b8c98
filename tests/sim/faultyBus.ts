import type { Delivery, StreamSource, Subscription } from '../../src/worker/stream.js'
import type { Random } from '../support/world/random.js'

/** How likely each thing is to happen to a batch of messages. */
export interface DeliveryFaults {
  /** It is handed over twice, one time after the other or both at once. */
  readonly twice: number
  /** It is handled, but the acknowledgement is lost, so it comes again. */
  readonly unacknowledged: number
  /** Its handler fails before it does anything. */
  readonly refused: number
  /** Its messages are handed over in another order. */
  readonly shuffled: number
  /** It is acknowledged although no handler has seen it. Not so news of heads, which nobody sends again before the next one. */
  readonly lost: number
}

export const CALM: DeliveryFaults = { twice: 0, unacknowledged: 0, refused: 0, shuffled: 0, lost: 0 }

/** How a consumer reads: these are its own business, and the rows may not depend on them. */
export interface Reading {
  readonly batch: number
  readonly maxInFlight: number
}

/** Counts what happened. */
export interface DeliveryCounts {
  redelivered: number
  refused: number
  lost: number
}

/** Far below the five failures after which a message is a dead letter. */
const MOST_REFUSALS = 2

/** A bus that misbehaves within what its contract allows, or beyond: any order, any number of times. */
export class FaultyBus implements StreamSource {
  readonly #bus: StreamSource
  readonly #random: Random
  readonly #reading: Reading
  readonly #counts: DeliveryCounts
  readonly #refusals = new Map<string, number>()
  #faults = CALM

  constructor(bus: StreamSource, random: Random, reading: Reading, counts: DeliveryCounts) {
    this.#bus = bus
    this.#random = random
    this.#reading = reading
    this.#counts = counts
  }

  setFaults(faults: DeliveryFaults): void {
    this.#faults = faults
  }

  subscribe(subscription: Subscription) {
    return this.#bus.subscribe({
      ...subscription,
      ...this.#reading,
      retry: { ...subscription.retry, delayMs: () => 2 },
      handle: (messages, signal) => this.#handle(subscription, messages, signal),
    })
  }

  start(): Promise<void> {
    return this.#bus.start()
  }

  async #handle({ handle, group }: Subscription, messages: readonly Delivery[], signal: AbortSignal): Promise<void> {
    const { twice, unacknowledged, refused, shuffled, lost } = this.#faults
    if (group !== 'finality' && this.#random.chance(lost)) {
      this.#counts.lost += messages.length
      return
    }
    if (this.#random.chance(refused)) this.#refuse(group, messages)
    const batch = this.#random.chance(shuffled) ? this.#random.shuffle(messages) : messages
    if (this.#random.chance(twice))
      await this.#twice(
        () => handle(batch, signal),
        () => handle(messages, signal),
        messages.length,
      )
    else await handle(batch, signal)
    if (!this.#random.chance(unacknowledged)) return
    this.#counts.redelivered += messages.length
    throw new Error('Connection terminated: the acknowledgement was lost')
  }

  async #twice(first: () => Promise<void>, second: () => Promise<void>, count: number): Promise<void> {
    this.#counts.redelivered += count
    if (this.#random.chance(0.5)) {
      await first()
      return await second()
    }
    const failed = (await Promise.allSettled([first(), second()])).find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  #refuse(group: string, messages: readonly Delivery[]): void {
    const keys = messages.map(({ key }) => `${group}/${key}`)
    if (keys.some((key) => (this.#refusals.get(key) ?? 0) >= MOST_REFUSALS)) return
    for (const key of keys) this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1)
    this.#counts.refused += 1
    throw new Error('the handler failed for the moment')
  }
}
