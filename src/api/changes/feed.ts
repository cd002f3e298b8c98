import type { Db, Session } from '../../core/db.js'
import { Wakeup } from '../../core/wakeup.js'
import type { ApiLogger } from '../options.js'
import { type Change, changesAfter, feedStates } from './query.js'

/*
 * One reader of the feed for all who follow it. It waits on LISTEN, and looks by itself now and then in case a notification or the
 * connection got lost; what it reads it hands to everybody.
 */

const POLL_MS = 2_000
const BATCH = 500

/** Somebody who follows. */
export interface Follower {
  take(changes: readonly Change[]): void
  /** The server stops, or the feed cannot be read any more. */
  end(): void
}

export class ChangeFeed {
  readonly #db: Db
  readonly #log: ApiLogger
  readonly #followers = new Set<Follower>()
  readonly #position = new Map<string, number>()
  #session: Session | null = null
  #running: Promise<void> | null = null
  /** Something was notified, or the feed is closed. */
  readonly #due = new Wakeup()
  readonly #closing = new AbortController()

  constructor(db: Db, log: ApiLogger) {
    this.#db = db
    this.#log = log
  }

  /** How far the reader is. Before its first follower: nowhere. */
  get position(): ReadonlyMap<string, number> {
    return this.#position
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Starts reading, unless it does already. Afterwards `position` says where. */
  async start(): Promise<void> {
    if (this.#running !== null || this.isClosed) return
    const states = await feedStates(this.#db)
    if (this.#running !== null || this.isClosed) return
    for (const { network, last } of states) this.#position.set(network, last)
    this.#running = this.#run()
  }

  /** Says why a follower is left: what it is told could not be read. */
  failed(error: unknown): void {
    this.#log.error({ err: error }, 'what a caller missed of the changes cannot be read; it is cut off and may resume')
  }

  /** Everything that is read from now on goes to the follower too. Gives the function that ends this. */
  join(follower: Follower): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  /** Ends everybody's stream, and the reading. */
  async close(): Promise<void> {
    this.#closing.abort()
    for (const follower of [...this.#followers]) follower.end()
    await this.#running
    await this.#session?.release()
  }

  async #run(): Promise<void> {
    while (!this.isClosed) {
      try {
        this.#session ??= await this.#listen()
        while ((await this.#read()) === BATCH) if (this.isClosed) return
      } catch (error) {
        this.#log.error({ err: error }, 'the feed of changes cannot be read; trying again')
      }
      await this.#due.sleep(POLL_MS, this.#closing.signal)
    }
  }

  async #listen(): Promise<Session> {
    const session = await this.#db.session(() => {
      this.#session = null
    })
    session.onNotification(this.#due.wake)
    await session.query('LISTEN ft_changes')
    return session
  }

  /** Hands on what is new. Gives how many rows of the network that has most: less than BATCH when that was all. */
  async #read(): Promise<number> {
    const changes = await changesAfter(this.#db, this.#position, BATCH)
    if (changes.length === 0) return 0
    const counts = new Map<string, number>()
    for (const { network, seq } of changes) {
      this.#position.set(network, seq)
      counts.set(network, (counts.get(network) ?? 0) + 1)
    }
    for (const follower of [...this.#followers]) follower.take(changes)
    return Math.max(...counts.values())
  }
}
