import type { Db, Session } from '../core/db.js'
import { messageOf } from '../core/errors.js'
import { serialized } from '../core/serial.js'
import type { Beat, BeatTerm } from './beat.js'
import { type Log, silentLog } from './log.js'
import { pause } from './signal.js'
import { within } from './within.js'

export interface PostgresBeatOptions {
  readonly db: Db
  readonly log?: Log
}

/** Key of the session lock of the one process that has the beat: "ft.beat" in ASCII. */
export const BEAT_LOCK = 0x66742e62656174n.toString()

/** How often the holder shows that it lives, how often the others look whether the lock is free, and the pause after an error. */
const LOOK_MS = 1_000
/** The server ends a session that has been silent for so long: a holder that hangs, or is cut off, loses the lock. */
const SILENCE_MS = 6_000
/** A statement that takes longer says that the server is ill, or that nothing comes through to it. */
const ANSWER_MS = 4_000

/**
 * The beat as a session lock of PostgreSQL: it ends with the connection, so at the latest SILENCE_MS + LOOK_MS after its holder
 * died, hung or was cut off, another process has it. Firings are taken through the session that holds the lock: a process that
 * has lost it, and does not know yet, takes nothing any more.
 *
 * connecting → standing by → leading → (session lost) → connecting … → ended
 */
export class PostgresBeat implements Beat {
  readonly #db: Db
  readonly #log: Log
  readonly #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #term: BeatTerm | null = null
  #trouble: string | null = 'not started'

  constructor({ db, log = silentLog }: PostgresBeatOptions) {
    this.#db = db
    this.#log = log
  }

  get term(): BeatTerm | null {
    return this.#term
  }

  get trouble(): string | null {
    return this.#trouble
  }

  start(): void {
    this.#trouble = 'connecting'
    this.#running = this.#run()
  }

  /** Gives the beat to the next process; resolves when the session is released. */
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
        this.#log.warn({ err: error }, 'the beat was interrupted')
      }
      await pause(LOOK_MS, this.#ending.signal)
    }
  }

  async #hold(): Promise<void> {
    const lost = new AbortController()
    const ended = AbortSignal.any([lost.signal, this.#ending.signal])
    const session = serialized(await this.#db.session((error) => lost.abort(error)))
    try {
      await session.query(`SET idle_session_timeout = ${SILENCE_MS}`)
      while (!ended.aborted && !(await lock(session))) {
        this.#trouble = null
        await pause(LOOK_MS, ended)
      }
      if (ended.aborted) return
      this.#trouble = null
      this.#term = termOf(session, lost.signal)
      this.#log.info({}, 'this process has the beat')
      while (!ended.aborted) {
        await within(session.query('SELECT 1'), ANSWER_MS, 'the answer of the database', ended)
        await pause(LOOK_MS, ended)
      }
      if (lost.signal.aborted) throw lost.signal.reason
    } finally {
      this.#term = null
      lost.abort(new Error('the beat has gone to another process'))
      await this.#release(session)
    }
  }

  /** A connection through which nothing comes any more cannot say goodbye: the server ends it by its silence. */
  async #release(session: Session): Promise<void> {
    try {
      await within(session.release(), LOOK_MS, 'the end of the session', new AbortController().signal)
    } catch (error) {
      this.#log.debug({ err: error }, 'the session of the beat was left to the server')
    }
  }
}

async function lock(session: Session): Promise<boolean> {
  const [row] = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [BEAT_LOCK])
  return row?.held === true
}

/** Firings are forgotten by the server's clock, a month after they happened: a jump of ours must not bring them back. */
const TAKE = `
  WITH known AS (SELECT EXISTS (SELECT 1 FROM system.beat WHERE task = $1) AS known),
  taken AS (
    INSERT INTO system.beat (task, scheduled_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1),
  forgotten AS (
    DELETE FROM system.beat WHERE task = $1 AND scheduled_at <> $2 AND fired_at < now() - interval '35 days')
  SELECT known AND EXISTS (SELECT 1 FROM taken) AS taken FROM known`

function termOf(session: Session, lost: AbortSignal): BeatTerm {
  return {
    lost,
    confirm: async () => {
      await within(session.query('SELECT 1'), ANSWER_MS, 'the answer of the database', lost)
      return !lost.aborted
    },
    take: async (task, scheduledAt) => {
      const taking = session.query<{ taken: boolean }>(TAKE, [task, scheduledAt])
      const [row] = await within(taking, ANSWER_MS, `the firing of ${task}`, lost)
      return row?.taken === true
    },
  }
}
