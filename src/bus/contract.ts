import type { Consumer, StreamSource, Subscription } from '../worker/stream.js'

/**
 * A bus: durable topics, each read by any number of consumer groups. tests/bus/suite.ts is this contract as tests; every
 * implementation passes it.
 *
 * Delivery is at least once. After a crash, a lost connection or a failure a message comes again, with the same key, so effects
 * must be idempotent. A message whose handler fails `retry.maxFailures` times while it is handed over alone goes to system.dlq,
 * once per group, and counts as acknowledged; when a batch fails, its messages are handed over one by one first. Errors of a
 * transport or a database (see isOutage) are no failures: delivery waits and tries again for as long as it takes.
 */
export interface Bus extends StreamSource {
  /**
   * Puts messages on a topic, in order. They are durable when it resolves. To publish together with other effects, use
   * `enqueue` in their transaction instead.
   */
  publish(topic: string, payloads: readonly object[]): Promise<void>

  /**
   * Announces a consumer of a group; delivery begins with `start`. A message published at any time, also before the group
   * existed, as long as it is pending, reaches every group; inside a group it is handed to one consumer at a time.
   *
   * Order: with `maxInFlight` 1 the one consumer of a group gets the messages of a topic in the order in which they were
   * published, and the next batch only when the one before it has settled. Transactions that publish at the same time on one
   * topic have no order among each other. Topics have no order among each other either.
   *
   * Acknowledgement: `handle` resolves. Redelivery: `handle` rejects, or the process ends before it has resolved.
   *
   * Back pressure: no more than `batch` × `maxInFlight` messages of a topic are in the hands of a consumer, and a bounded
   * number is read ahead.
   */
  subscribe(subscription: Subscription): Consumer

  /** Begins delivery. Everyone must have subscribed: a group that comes later may miss what is pending now. */
  start(): Promise<void>

  /**
   * Reads no more, waits for what is under way, acknowledges it, and lets go of the connections. Messages that were not handed
   * over, or whose handler fails from now on, stay pending for the next process.
   */
  close(): Promise<void>
}
