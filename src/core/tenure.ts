import type { Db, Session } from './db.js'
import { messageOf } from './errors.js'
import { type LiveSession, openLiveSession } from './liveSession.js'
import { type OutageLog, Outages } from './outages.js'
import { sleep } from './wakeup.js'

export interface TenureOptions {
  readonly db: Db
  /** Key of the session lock, a 64-bit number. */
  readonly key: string
  /** What it is about, in messages. */
  readonly what: string
  readonly log?: OutageLog | undefined
  /** Called with each session before it asks for the lock. */
  readonly prepare?: (session: Session) => Promise<void>
  /** What the one process does that has the lock, through the session that holds it. Ends when `lost` is aborted. */
  readonly work: (session: Session, lost: AbortSignal) => Promise<void>
}

/** How often a process that stands by looks whether the lock is free, and how long it waits after an error. */
const RETRY_MS = 1_000
/** Work that has lasted so long goes on. */
const STEADY_MS = 10_000

/**
 * What one process at a time does, of all on one database: the one that holds a session lock. It ends with the session, so within
 * 10 s after its holder died, hung or was cut off another process has it (see LiveSession). What is done through that session is
 * fenced: a process that has lost the lock, and does not know yet, changes nothing any more.
 *
 * connecting → standing by → working → (session lost, or the work failed) → connecting … → ended
 */
export class Tenure {
  readonly #options: TenureOptions
  readonly #outages: Outages
  readonly #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #trouble: string | null = 'not started'

  constructor(options: TenureOptions) {
    this.#options = options
    this.#outages = new Outages(options.log, options.what)
  }

  /** Why this process neither works nor stands by, or null. */
  get trouble(): string | null {
    return this.#trouble
  }

  start(): void {
    this.#trouble = 'connecting'
    this.#running = this.#run()
  }

  /** Ends the work and the wait for it; resolves when the lock is free for the next process. */
  async end(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        await this.#hold()
      } catch (error) {
        this.#trouble = messageOf(error)
        this.#outages.failed(this.#options.what, error)
        await sleep(RETRY_MS, this.#ending.signal)
      }
    }
  }

  async #hold(): Promise<void> {
    const { db, prepare, work } = this.#options
    const session = await openLiveSession(db)
    const ended = AbortSignal.any([session.lost, this.#ending.signal])
    let steady: NodeJS.Timeout | undefined
    try {
      await prepare?.(session)
      while (!ended.aborted && !(await this.#lock(session))) {
        // Standing by is no trouble: a rolling update would wait for ever for the second process to become ready.
        this.#trouble = null
        this.#outages.passed(this.#options.what)
        await sleep(RETRY_MS, ended)
      }
      if (!ended.aborted) {
        this.#trouble = null
        steady = setTimeout(() => this.#outages.passed(this.#options.what), STEADY_MS).unref()
        await work(session, ended)
      }
      session.lost.throwIfAborted()
    } finally {
      clearTimeout(steady)
      await this.#release(session)
    }
  }

  async #lock(session: Session): Promise<boolean> {
    const [row] = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [this.#options.key])
    return row?.held === true
  }

  /** What goes wrong with the goodbye must not hide why it was said. */
  async #release(session: LiveSession): Promise<void> {
    try {
      await session.release()
    } catch (error) {
      this.#options.log?.debug({ err: error }, `the session of ${this.#options.what} was left to the server`)
    }
  }
}
