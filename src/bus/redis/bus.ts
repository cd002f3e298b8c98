import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Db } from '../../core/db.js'
import { messageOf } from '../../core/errors.js'
import { Outages } from '../../core/outages.js'
import type { Log } from '../../worker/log.js'
import type { Consumer, Subscription } from '../../worker/stream.js'
import type { Bus } from '../contract.js'
import type { Item } from '../delivery.js'
import { deadLetterOf, putDeadLetters } from '../dlq.js'
import { answersQuickly } from '../health.js'
import { Lane, type LaneDesk } from '../lane.js'
import { insertMessages } from '../outbox.js'
import { RedisServer } from './connection.js'
import { Link } from './link.js'
import { TIMING, type Timing } from './options.js'
import { Reader } from './reader.js'

export interface RedisBusOptions {
  /** `redis://` or `rediss://`: a server, or one node of a cluster. */
  readonly url: string
  /** Where the outbox and the dead letters are. */
  readonly db: Db
  readonly log?: Log | undefined
  /** Begins every key; default `ft`. */
  readonly prefix?: string
  readonly timing?: Partial<Timing>
}

/**
 * The bus on Redis Streams: one stream per topic, one consumer group per group, and in it one consumer per process. Messages
 * come from the outbox by way of the publisher (publisher.ts), which must run somewhere.
 *
 * An entry is acknowledged when its handler has committed. Entries of a process that was killed are taken over when nobody has
 * touched them for a while (Timing); a message that was in such hands is suspected of having killed the process, see `deliver`.
 */
export class RedisBus implements Bus {
  readonly #options: RedisBusOptions
  readonly #log: Log | undefined
  readonly #outages: Outages
  readonly #server: RedisServer
  readonly #link: Link
  readonly #consumer: string
  readonly #readers: Reader[] = []
  #started = false

  constructor(options: RedisBusOptions) {
    this.#options = options
    this.#log = options.log
    this.#outages = new Outages(options.log, 'delivery')
    this.#consumer = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`
    this.#server = new RedisServer(options.url, `ft:${this.#consumer}`)
    this.#link = new Link(this.#server)
  }

  async publish(topic: string, payloads: readonly object[]): Promise<void> {
    await insertMessages(this.#options.db, topic, payloads)
  }

  subscribe(subscription: Subscription): Consumer {
    if (this.#started) throw new Error(`group ${subscription.group} subscribes after the bus was started`)
    let outage: string | null = null
    const onOutage = (error: unknown): void => {
      if (error === null) this.#outages.passed(subscription.group)
      else this.#outages.failed(subscription.group, error)
      outage = error === null ? null : messageOf(error)
    }
    const own = [...new Set(subscription.topics)].map((topic) => this.#reader(topic, subscription, onOutage))
    this.#readers.push(...own)
    return {
      stop: () => stop(own),
      abort: (reason) => {
        for (const { lane } of own) lane.abort(reason)
      },
      trouble: () => own.find(({ trouble }) => trouble !== null)?.trouble ?? outage,
    }
  }

  async start(): Promise<void> {
    this.#started = true
    for (const reader of this.#readers) reader.start()
  }

  async close(): Promise<void> {
    await stop(this.#readers)
    await this.#link.destroy()
  }

  /** Ends like a process that is killed: nothing is waited for, acknowledged or given back. */
  destroy(): void {
    for (const reader of this.#readers) {
      reader.lane.abort(new Error('the bus was destroyed'))
      reader.destroy()
    }
    void this.#link.destroy()
  }

  #reader(topic: string, subscription: Subscription, outage: (error: unknown) => void): Reader {
    const { group } = subscription
    if (this.#readers.some(({ lane }) => lane.topic === topic && lane.group === group)) {
      throw new Error(`group ${group} reads ${topic} twice in one process`)
    }
    const { prefix = 'ft', timing = {} } = this.#options
    return new Reader(new Lane(topic, subscription, this.#desk(group, outage)), {
      server: this.#server,
      link: this.#link,
      prefix,
      consumer: this.#consumer,
      timing: { ...TIMING, ...timing },
      log: this.#log?.child({ group, topic }),
      outages: this.#outages,
    })
  }

  #desk(group: string, outage: (error: unknown) => void): LaneDesk {
    const { db } = this.#options
    const name = ({ message }: Item): string => `message ${message.key} of ${message.topic}`
    return {
      outage,
      // Redis says of each message whether a consumer died with it, so there are few of them.
      alone: (work) => work(),
      isHealthy: () => answersQuickly(db),
      failed: (item, error) => this.#log?.warn({ err: error, group }, `${name(item)} failed`),
      bury: async (item, error) => {
        await putDeadLetters(db, [deadLetterOf(group, item.message, item.failures, error)])
        this.#log?.error({ err: error, group }, `${name(item)} is a dead letter`)
      },
    }
  }
}

async function stop(readers: readonly Reader[]): Promise<void> {
  for (const { lane } of readers) lane.hold()
  await Promise.all(
    readers.map(async (reader) => {
      await reader.stopReading()
      await reader.lane.stop()
      await reader.leave()
    }),
  )
}
