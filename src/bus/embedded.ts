import type { Db, Session } from '../core/db.js'
import { FtError, messageOf } from '../core/errors.js'
import { Outages } from '../core/outages.js'
import { turns } from '../core/serial.js'
import type { Tenure } from '../core/tenure.js'
import type { Log } from '../worker/log.js'
import type { Consumer, Subscription } from '../worker/stream.js'
import type { Bus } from './contract.js'
import { deadLetterOf, putDeadLetters } from './dlq.js'
import { answersQuickly } from './health.js'
import { Lane, type LaneDesk } from './lane.js'
import { insertMessages } from './outbox.js'
import { beginDelivery, endDelivery, outboxTenure } from './pending.js'
import type { Readers } from './readers.js'
import { leaveStreams } from './streams.js'
import { Term } from './term.js'

export interface EmbeddedBusOptions {
  readonly db: Db
  readonly log?: Log | undefined
  /** Every group there is: a process without one of them is refused. Default: those that subscribe. */
  readonly readers?: Readers
  /** How long to wait without a notification before looking anyway, in milliseconds; default 1,000. */
  readonly pollMs?: number
  /** How often everything pending is looked at, in milliseconds; default 30,000. */
  readonly sweepMs?: number
}

/**
 * The bus without a server: the outbox is the durable log, delivered to the handlers of this process. A message is marked
 * published when every group has committed it; a process that dies before leaves it pending, for all groups. What such a process may
 * have had in hand is tried one message at a time, so that one that kills its process every time ends as a dead letter.
 *
 * Of all processes on one database, one delivers (a session lock); the others stand by and take over when it ends. It must
 * therefore have every group there is: a message that its own groups have committed is done. What none of them reads waits.
 * Groups of one topic go at most a window of messages apart.
 */
export class EmbeddedBus implements Bus {
  readonly #options: EmbeddedBusOptions
  readonly #lanes: Lane[] = []
  readonly #tenure: Tenure
  readonly #outages: Outages
  readonly #suspectsInTurn = turns()
  #started = false
  #session: Session | null = null
  #term: Term | null = null

  constructor(options: EmbeddedBusOptions) {
    this.#options = options
    const { db, log } = options
    this.#outages = new Outages(log, 'delivery')
    this.#tenure = outboxTenure(db, log, (session, lost) => this.#deliver(session, lost))
  }

  async publish(topic: string, payloads: readonly object[]): Promise<void> {
    await insertMessages(this.#options.db, topic, payloads)
  }

  subscribe(subscription: Subscription): Consumer {
    if (this.#started) throw new Error(`group ${subscription.group} subscribes after the bus was started`)
    let outage: string | null = null
    const desk = this.#desk(subscription, (error) => {
      if (error === null) this.#outages.passed(subscription.group)
      else this.#outages.failed(subscription.group, error)
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
      trouble: () => this.#tenure.trouble ?? outage,
    }
  }

  async start(): Promise<void> {
    this.#refuseFragment()
    this.#started = true
    this.#tenure.start()
  }

  async close(): Promise<void> {
    for (const lane of this.#lanes) lane.hold()
    await Promise.all(this.#lanes.map((lane) => lane.stop()))
    await this.#term?.flush()
    this.#term?.end()
    await this.#tenure.end()
  }

  /** @throws FtError config_invalid when a group of the system would be left out: its messages would be marked without it */
  #refuseFragment(): void {
    const missing = (this.#options.readers ?? []).filter(({ group, topics }) =>
      topics.some((topic) => !this.#lanes.some((lane) => lane.group === group && lane.topic === topic)),
    )
    if (missing.length === 0) return
    const groups = [...new Set(missing.map(({ group }) => group))].join(', ')
    throw new FtError(
      'config_invalid',
      `without REDIS_URL one process has to run every task; this one lacks ${groups}: set REDIS_URL, or use ft up`,
    )
  }

  async #deliver(session: Session, lost: AbortSignal): Promise<void> {
    const { pollMs = 1_000, sweepMs = 30_000, log } = this.#options
    const onWaiting = (topic: string, count: number): void =>
      log?.warn({ topic, count }, 'messages wait for a process with a group that reads their topic')
    const isSuspicious = await beginDelivery(session)
    if (lost.aborted) {
      // Nobody has looked yet for the message that the process before this one may have died of.
      if (!isSuspicious) await endDelivery(session)
      return
    }
    const term = new Term(session, this.#lanes, { pollMs, sweepMs, onWaiting, isSuspicious, log })
    const end = (): void => term.end(lost.reason instanceof Error ? lost.reason : undefined)
    lost.addEventListener('abort', end, { once: true })
    session.onNotification(() => term.wake())
    this.#session = session
    this.#term = term
    const count = await leaveStreams(session)
    if (count > 0) log?.warn({ count }, 'messages that Redis had not delivered are delivered without it')
    for (const lane of this.#lanes) lane.open()
    try {
      await term.run()
      await endDelivery(session)
    } finally {
      lost.removeEventListener('abort', end)
      for (const lane of this.#lanes) lane.hold()
      this.#term = null
      this.#session = null
    }
  }

  #desk(subscription: Subscription, outage: (error: unknown) => void): LaneDesk {
    const { group } = subscription
    return {
      outage,
      alone: this.#suspectsInTurn,
      isHealthy: async () => this.#session !== null && (await answersQuickly(this.#session)),
      failed: ({ message }, error) =>
        this.#log('warn', error, group, `message ${message.key} of ${message.topic} failed`),
      bury: async (item, error) => {
        await putDeadLetters(this.#live(), [deadLetterOf(group, item.message, item.failures, error)])
        this.#log('error', error, group, `message ${item.message.key} of ${item.message.topic} is a dead letter`)
      },
    }
  }

  /** Through the session that holds the lock: a row that says "dead" must not outrun the mark that says "done". */
  #live(): Session {
    if (this.#session === null) throw new Error('the session of the bus is gone')
    return this.#session
  }

  #log(level: 'warn' | 'error', error: unknown, group: string, message: string): void {
    this.#options.log?.[level]({ err: error, group }, message)
  }
}
