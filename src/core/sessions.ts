import { randomUUID } from 'node:crypto'
import { assertWritable, type Db, type Session } from './db.js'
import { FtError } from './errors.js'
import { sleep } from './wakeup.js'

/** In milliseconds: as long as a pooler may take to drop what nobody is there to hear. Sessions hear at once and do not wait for it. */
const UNHEARD_AFTER = 1000

/**
 * A pooler in transaction mode hands each transaction to whichever backend is free. What a connection has said before is lost then: locks
 * of its session, LISTEN, and the role that it has taken on, which the next one to get that backend would have.
 * @throws FtError config_invalid when such a pooler is in between; database_unavailable when the server takes no writes, and so no LISTEN
 */
export async function assertSessions(db: Db): Promise<void> {
  await db.transaction(assertWritable)
  const session = await db.session(() => undefined)
  try {
    if (await hears(db, session)) return
  } finally {
    await session.release()
  }
  throw new FtError(
    'config_invalid',
    'DATABASE_URL: leads to a pooler in transaction mode, and ft needs sessions: point it at the server itself, or at a pooler in session mode',
  )
}

/**
 * In transaction mode a connection has no backend while it asks for nothing, so what it listens for finds nobody. That two statements run on
 * two backends would show such a pooler as well, but not each time: it may give a connection its own backend again by chance.
 */
async function hears(db: Db, session: Session): Promise<boolean> {
  const channel = `ft_session_${randomUUID()}`
  const heard = new AbortController()
  session.onNotification((from) => {
    if (from === channel) heard.abort()
  })
  await session.query(`LISTEN "${channel}"`)
  await db.query('SELECT pg_notify($1, $2)', [channel, ''])
  await sleep(UNHEARD_AFTER, heard.signal)
  // The server tells a session what it listens for before it says that a statement is done, however late it comes to it
  await session.query('SELECT 1')
  return heard.signal.aborted
}
