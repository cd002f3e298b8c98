/*
 * What the runner needs of a bus. It is stated here because a bus may know the worker's types, not the worker a bus.
 */

/** One message as a consumer gets it. */
export interface Delivery {
  readonly topic: string
  /** Names the message for good: the same on every delivery, also after a restart. */
  readonly key: string
  /** Parsed JSON, not yet checked. */
  readonly payload: unknown
  /** 1 for the first delivery to this group, as far as the bus knows. */
  readonly attempt: number
  /** When the message was written. */
  readonly enqueuedAt: Date
}

/** How often and after what pause a message that its handler refuses is tried again. */
export interface RetryPolicy {
  /** Failures of a message, alone, after which it goes to the dead letters. */
  readonly maxFailures: number
  /** Pause in milliseconds after the nth failure in a row (n from 1). */
  readonly delayMs: (failures: number) => number
}

export interface Subscription {
  /** Every group gets every message; inside a group each message goes to one consumer. */
  readonly group: string
  readonly topics: readonly string[]
  /** Most messages in one call. All of a call are of one topic. */
  readonly batch: number
  /** Calls of one topic that may be under way at once. 1 keeps the order; more gives it up. */
  readonly maxInFlight: number
  readonly retry: RetryPolicy
  /**
   * Resolves when the effects are committed: that is the acknowledgement. Rejects to have the messages delivered again.
   * `signal` is aborted when the result will not be waited for.
   */
  readonly handle: (messages: readonly Delivery[], signal: AbortSignal) => Promise<void>
}

export interface Consumer {
  /** Reads no more; resolves when what is under way has settled. Messages not yet handed over stay on the bus. */
  stop(): Promise<void>
  /** Aborts the signal of what is under way and gives up waiting for it. */
  abort(reason: Error): void
  /** Why nothing is being delivered at the moment, or null. */
  trouble(): string | null
}

export interface StreamSource {
  /** Announces a consumer. Nothing is delivered before `start`. */
  subscribe(subscription: Subscription): Consumer
  /** Begins delivery to everyone who has subscribed. */
  start(): Promise<void>
}
