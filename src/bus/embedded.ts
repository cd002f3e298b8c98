import type { Db, Session } from '../core/db.js'
import { messageOf } from '../core/errors.js'
import type { Log } from '../worker/log.js'
import type { Consumer, Subscription } from '../worker/stream.js'
import type { Bus } from './contract.js'
import { deadLetterOf, putDeadLetters } from './dlq.js'
import { Lane, type LaneDesk } from './lane.js'
import { insertMessages } from './outbox.js'
import { keepAttempts, listenToOutbox, lockOutbox } from './pending.js'
import { serialized } from './serial.js'
import { Term } from './term.js'
import { sleep } from './wakeup.js'

export interface EmbeddedBusOptions {
  readonly db: Db
  readonly log?: Log
  /** Told of every message that became a dead letter. */
  readonly onDead?: (group: string, topic: string, error: unknown) => void
  /** How long to wait without a notification before looking anyway, in milliseconds; default 1,000. */
  readonly pollMs?: number
  /** How often everything pending is looked at, and what nobody reads is marked, in milliseconds; default 30,000. */
  readonly sweepMs?: number
}

/** How often a process that stands by looks whether the lock is free, and how long it waits after an error. */
const RETRY_MS = 1_000
/** Beyond this, the database is ill: see Desk.isHealthy. */
const HEALTHY_MS = 1_000

/**
 * The bus without a server: the outbox is the durable log, delivered to the handlers of this process. A message is marked
 * published when every group has committed it; a process that dies before leaves it pending, for all groups.
 *
 * Of all processes on one database, one delivers (a session lock); the others stand by and take over when it ends. It must
 * therefore have every group there is: a message that its own groups have committed is done. What nobody subscribes to is done
 * at once. Groups of one topic go at most a window of messages apart.
 *
 * connecting → standing by → delivering → (session lost) → connecting … → closed
 */
export class EmbeddedBus implements Bus {
  readonly #options: EmbeddedBusOptions
  readonly #lanes: Lane[] = []
  readonly #closing = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #started = false
  #session: Session | null = null
  #term: Term | null = null
  #trouble: string | null = 'not started'

  constructor(options: EmbeddedBusOptions) {
    this.#options = options
  }

  async publish(topic: string, payloads: readonly object[]): Promise<void> {
    await insertMessages(this.#options.db, topic, payloads)
  }

  subscribe(subscription: Subscription): Consumer {
    if (this.#started) throw new Error(`group ${subscription.group} subscribes after the bus was started`)
    let outage: string | null = null
    const desk = this.#desk(subscription, (error) => {
      if (error !== null && outage === null)
        this.#log('warn', error, subscription.group, 'delivery waits for an outage')
      outage = error === null ? null : messageOf(error)
    })
    const own = [...new Set(subscription.topics)].map((topic) => new Lane(topic, subscription, desk))
    const taken = own.find(({ topic, group }) =>
      this.#lanes.some((lane) => lane.topic === topic && lane.group === group),
    )
    if (taken !== undefined) throw new Error(`group ${taken.group} reads ${taken.topic} twice in one process`)
    this.#lanes.push(...own)
    return {
      stop: async () => {
        await Promise.all(own.map((lane) => lane.stop()))
      },
      abort: (reason) => {
        for (const lane of own) lane.abort(reason)
      },
      trouble: () => this.#trouble ?? outage,
    }
  }

  async start(): Promise<void> {
    this.#started = true
    this.#trouble = 'connecting'
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) lane.hold()
    await Promise.all(this.#lanes.map((lane) => lane.stop()))
    await this.#term?.flush()
    this.#closing.abort()
    this.#term?.end()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#connect()
      } catch (error) {
        if (this.#closing.signal.aborted) return
        this.#trouble = messageOf(error)
        this.#log('warn', error, null, 'the session of the bus was lost')
        await sleep(RETRY_MS, this.#closing.signal)
      }
    }
  }

  async #connect(): Promise<void> {
    const lost = new AbortController()
    const session = serialized(
      await this.#options.db.session((error) => {
        lost.abort(error)
        this.#term?.end(error)
      }),
    )
    try {
      await listenToOutbox(session)
      while (!(await lockOutbox(session))) {
        // Standing by is no trouble: a rolling update would wait for ever for the second process to become ready.
        this.#trouble = null
        await sleep(RETRY_MS, this.#closing.signal)
        if (this.#closing.signal.aborted) return
      }
      if (!this.#closing.signal.aborted) await this.#deliver(session, lost.signal)
    } finally {
      await session.release()
    }
  }

  async #deliver(session: Session, lost: AbortSignal): Promise<void> {
    const { pollMs = 1_000, sweepMs = 30_000 } = this.#options
    const onUnread = (count: number): void =>
      this.#options.log?.warn({ count }, 'messages were marked as done because no group reads their topic')
    const term = new Term(session, this.#lanes, { pollMs, sweepMs, onUnread })
    if (lost.aborted) throw lost.reason
    session.onNotification(() => term.wake())
    this.#session = session
    this.#term = term
    this.#trouble = null
    for (const lane of this.#lanes) lane.open()
    try {
      await term.run()
    } finally {
      for (const lane of this.#lanes) lane.hold()
      this.#term = null
      this.#session = null
    }
  }

  #desk(subscription: Subscription, outage: (error: unknown) => void): LaneDesk {
    const { group } = subscription
    return {
      outage,
      isHealthy: () => this.#isHealthy(),
      failed: async (item, error) => {
        this.#log('warn', error, group, `message ${item.message.key} of ${item.message.topic} failed`)
        await keepAttempts(this.#live(), Number(item.message.key), item.failures)
      },
      bury: async (item, error) => {
        await putDeadLetters(this.#live(), [deadLetterOf(group, item.message, item.failures, error)])
        this.#log('error', error, group, `message ${item.message.key} of ${item.message.topic} is a dead letter`)
        this.#options.onDead?.(group, item.message.topic, error)
      },
    }
  }

  /** Through the session that holds the lock: a row that says "dead" must not outrun the mark that says "done". */
  #live(): Session {
    if (this.#session === null) throw new Error('the session of the bus is gone')
    return this.#session
  }

  async #isHealthy(): Promise<boolean> {
    const start = performance.now()
    try {
      await this.#live().query('SELECT 1')
    } catch (error) {
      this.#log('debug', error, null, 'the database does not answer')
      return false
    }
    return performance.now() - start < HEALTHY_MS
  }

  #log(level: 'debug' | 'warn' | 'error', error: unknown, group: string | null, message: string): void {
    this.#options.log?.[level]({ err: error, ...(group === null ? {} : { group }) }, message)
  }
}
