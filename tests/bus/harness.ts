import type { Bus } from '../../src/bus/contract.js'
import type { DeadLetterRow } from '../../src/bus/deadLetters.js'
import type { Subscription } from '../../src/worker/stream.js'

/** A bus as a process has it: its consumers, started. */
export interface Member {
  readonly bus: Bus
  close(): Promise<void>
  /** Ends without waiting and without acknowledging anything more, as a process that is killed. */
  crash(): Promise<void>
}

/** What an implementation gives the suite: one durable bus, and processes on it. */
export interface Harness {
  /** Starts a process with these consumers; without any it can publish only. */
  join(...subscriptions: readonly Subscription[]): Promise<Member>
  /** Puts messages on a topic, from outside every member. */
  publish(topic: string, payloads: readonly object[]): Promise<void>
  deadLetters(): Promise<DeadLetterRow[]>
  /** Sends every dead letter on its way again. */
  replay(): Promise<void>
  /** Resolves when nothing is pending for anybody. */
  drained(): Promise<void>
}
