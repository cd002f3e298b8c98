import { createHash } from 'node:crypto'
import type { Db, Session } from '../core/db.js'
import { ANSWER_MS } from '../core/liveSession.js'
import { Tenure } from '../core/tenure.js'
import { within } from '../core/within.js'
import type { Beat, BeatTerm } from './beat.js'
import { type Log, silentLog } from './log.js'
import { aborted } from './signal.js'

export interface PostgresBeatOptions {
  readonly db: Db
  /** The task that it is for. */
  readonly task: string
  readonly log?: Log
}

/** Key of the session lock of the one process that has the beat of a task, a positive 64-bit number. */
export function beatLock(task: string): string {
  const digest = createHash('sha256').update(`ft.beat ${task}`).digest()
  return BigInt.asUintN(63, digest.readBigUInt64BE()).toString()
}

/**
 * The beat of a task as a session lock of PostgreSQL: one lock each, for two such tasks may run in two processes. Firings are taken
 * through the session that holds the lock: a process that has lost it, and does not know yet, takes nothing any more.
 */
export class PostgresBeat implements Beat {
  readonly #task: string
  readonly #log: Log
  readonly #tenure: Tenure
  #term: BeatTerm | null = null

  constructor({ db, task, log = silentLog }: PostgresBeatOptions) {
    this.#task = task
    this.#log = log
    this.#tenure = new Tenure({
      ...{ db, log, key: beatLock(task), what: `the beat of ${task}` },
      work: (session, lost) => this.#lead(session, lost),
    })
  }

  get term(): BeatTerm | null {
    return this.#term
  }

  get trouble(): string | null {
    return this.#tenure.trouble
  }

  start(): void {
    this.#tenure.start()
  }

  /** Gives the beat to the next process; resolves when the session is released. */
  async end(): Promise<void> {
    await this.#tenure.end()
  }

  async #lead(session: Session, lost: AbortSignal): Promise<void> {
    this.#term = termOf(session, lost)
    this.#log.info({ task: this.#task }, 'this process has the beat')
    await aborted(lost)
    this.#term = null
  }
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
