import { assertWritable, type Db, type Session } from './db.js'
import { serialized, turns } from './serial.js'
import { sleep } from './wakeup.js'
import { within } from './within.js'

/** How often the process shows the server that it lives. */
const BEAT_MS = 1_000
/** The server ends a session that has been silent for so long. */
const SILENCE_MS = 6_000
/** The same for one that takes nothing of an answer, during which silence does not count; seen at the next probe, up to twice as late. */
const STUCK_MS = 3_000
/** An answer that takes longer says that the server is ill, or that nothing comes through to it. */
export const ANSWER_MS = 4_000
const GOODBYE_MS = 4_000

/** A session for several users at once that ends when its process hangs or is cut off. */
export interface LiveSession extends Session {
  /** Aborted, with the reason, when the session ends by itself. */
  readonly lost: AbortSignal
  /** @throws Error when nothing comes through to the server any more: it ends the session by itself, soon */
  release(): Promise<void>
}

/**
 * Opens a session that lasts only as long as its process is seen to live, so that a process which hangs does not keep its locks for
 * ever. The process says something every second; the server ends a session that is silent, and the process one that gets no answer.
 * @throws FtError database_unavailable when the server takes no writes; what connecting throws
 */
export async function openLiveSession(db: Db): Promise<LiveSession> {
  const lost = new AbortController()
  const over = new AbortController()
  const session = await db.session((error) => lost.abort(error))
  try {
    await assertWritable(session)
  } catch (error) {
    await session.release()
    throw error
  }
  await session.query(`SET idle_session_timeout = ${SILENCE_MS}`)
  await session.query(`SET tcp_user_timeout = ${STUCK_MS}`)
  const [own] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const inTurn = turns()
  const ended = AbortSignal.any([lost.signal, over.signal])
  const beat = async (): Promise<void> => {
    while (!ended.aborted) {
      // A long statement before it is no silence: the clock starts with the question.
      const answer = inTurn(() => within(session.query('SELECT 1'), ANSWER_MS, 'the answer of the database', ended))
      await waitFor(answer, ended, async () => {
        if (await isGone(db, own?.pid ?? 0, ended))
          throw new Error('the server has ended the session, and nothing said so')
      })
      await sleep(BEAT_MS, ended)
    }
  }
  let ending: Promise<void> | undefined
  const end = (): Promise<void> => {
    ending ??= session.release()
    return ending
  }
  const beating = beat().catch((error: unknown) => {
    if (over.signal.aborted) return
    lost.abort(error)
    // Nothing says that a connection is dead on which nothing comes through: who waits for an answer on it would wait for a quarter of an hour.
    end().catch(() => undefined)
  })
  return {
    ...serialized(session, inTurn),
    lost: lost.signal,
    release: async () => {
      over.abort()
      await beating
      await within(end(), GOODBYE_MS, 'the end of the session', new AbortController().signal)
    },
  }
}

/** Waits for `work`, and calls `look` whenever it takes long. @throws what either throws */
async function waitFor(work: Promise<unknown>, ended: AbortSignal, look: () => Promise<void>): Promise<void> {
  const over = work.then(
    () => true,
    () => true,
  )
  const soon = (): Promise<boolean> => within(over, ANSWER_MS, 'the wait', ended).catch(() => false)
  while (!(await soon()) && !ended.aborted) await look()
  if (!ended.aborted) await work
}

/**
 * Whether the server no longer has a session whose statement takes long: the answer may be lost, or the question. Asked over a connection of
 * its own, since others may be as dead; where that fails nothing is known.
 */
async function isGone(db: Db, pid: number, ended: AbortSignal): Promise<boolean> {
  const asking = db
    .session(() => undefined)
    .then(async (other) => {
      try {
        return await other.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])
      } finally {
        await other.release()
      }
    })
  try {
    return (await within(asking, 2 * ANSWER_MS, 'the look at the sessions', ended)).length === 0
  } catch {
    return false
  }
}
