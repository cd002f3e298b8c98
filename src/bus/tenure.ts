import type { Db, Session } from '../core/db.js'
import { messageOf } from '../core/errors.js'
import { serialized } from '../core/serial.js'
import { sleep } from '../core/wakeup.js'
import type { Log } from '../worker/log.js'
import { listenToOutbox, lockOutbox } from './pending.js'

export interface TenureOptions {
  readonly db: Db
  readonly log?: Log | undefined
  /** What the one process does that holds the lock, through the session that holds it. Ends when `lost` is aborted. */
  readonly work: (session: Session, lost: AbortSignal) => Promise<void>
}

/** How often a process that stands by looks whether the lock is free, and how long it waits after an error. */
const RETRY_MS = 1_000

/**
 * The right to read the outbox and to mark what is in it: of all processes on one database, one has it. It is a session lock,
 * so PostgreSQL gives it to the next one as soon as its holder's connection ends.
 *
 * connecting → standing by → working → (session lost, or the work failed) → connecting … → ended
 */
export class Tenure {
  readonly #options: TenureOptions
  readonly #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #trouble: string | null = 'not started'

  constructor(options: TenureOptions) {
    this.#options = options
  }

  /** Why this process neither works nor stands by, or null. */
  get trouble(): string | null {
    return this.#trouble
  }

  start(): void {
    this.#trouble = 'connecting'
    this.#running = this.#run()
  }

  /** Ends the work and the wait for it; resolves when the session is released. */
  async end(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        await this.#hold()
      } catch (error) {
        if (this.#ending.signal.aborted) return
        this.#trouble = messageOf(error)
        this.#options.log?.warn({ err: error }, 'the work on the outbox was interrupted')
        await sleep(RETRY_MS, this.#ending.signal)
      }
    }
  }

  async #hold(): Promise<void> {
    const { db, work } = this.#options
    const lost = new AbortController()
    const ended = AbortSignal.any([lost.signal, this.#ending.signal])
    const session = serialized(await db.session((error) => lost.abort(error)))
    try {
      await listenToOutbox(session)
      while (!(await lockOutbox(session))) {
        // Standing by is no trouble: a rolling update would wait for ever for the second process to become ready.
        this.#trouble = null
        await sleep(RETRY_MS, ended)
        if (ended.aborted) return
      }
      if (ended.aborted) return
      this.#trouble = null
      await work(session, ended)
    } finally {
      await session.release()
    }
  }
}
