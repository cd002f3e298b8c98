import { hostname } from 'node:os'
import type { Db, Session } from '../../core/db.js'
import type { Tenure } from '../../core/tenure.js'
import type { Log } from '../../worker/log.js'
import { outboxTenure } from '../pending.js'
import type { Readers } from '../readers.js'
import { groupsByTopic } from '../readers.js'
import { type Connection, RedisServer } from './connection.js'
import { LIMITS, Publication, type PublisherLimits } from './publication.js'
import { Stream } from './stream.js'

export interface PublisherOptions {
  readonly url: string
  readonly db: Db
  /** Every group there is, of all processes: an entry stays until each of them has acknowledged it. */
  readonly readers: Readers
  readonly log?: Log | undefined
  /** Begins every key; default `ft`. */
  readonly prefix?: string
  readonly limits?: Partial<PublisherLimits>
}

/**
 * Puts the messages of the outbox on Redis Streams. Any number of publishers may run; one of them works (Tenure), so that the
 * order of a topic holds, and the next one takes over as soon as its session ends.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #log: Log | undefined
  readonly #server: RedisServer
  readonly #tenure: Tenure

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#log = options.log
    this.#server = new RedisServer(options.url, `ft:publisher:${hostname()}:${process.pid}`)
    const { db } = options
    this.#tenure = outboxTenure(db, this.#log, (session, ended) => this.#publish(session, ended))
  }

  start(): void {
    this.#tenure.start()
  }

  /** Why nothing is published and this process does not stand by either, or null. */
  trouble(): string | null {
    return this.#tenure.trouble
  }

  /** Ends after the batch that is under way. */
  async close(): Promise<void> {
    await this.#tenure.end()
  }

  async #publish(session: Session, ended: AbortSignal): Promise<void> {
    const connection = await this.#server.open()
    try {
      const publication = new Publication(
        session,
        this.#streams(connection),
        { ...LIMITS, ...this.#options.limits },
        this.#log,
      )
      session.onNotification(publication.wake)
      await publication.run(ended)
    } finally {
      connection.destroy()
    }
  }

  #streams(connection: Connection): Stream[] {
    const { readers, prefix = 'ft' } = this.#options
    return [...groupsByTopic(readers)].map(([topic, groups]) => new Stream(connection, prefix, topic, groups))
  }
}
