import type { Db, Queryable } from './db.js'
import { FtError } from './errors.js'

/** A pooler may give the session its own backend again by chance: then there are others that work. */
const ROUNDS = 3

/**
 * A pooler in transaction mode hands each transaction to whichever backend is free. What a connection has said before is lost then: locks
 * of its session, LISTEN, and the role that it has taken on, which the next one to get that backend would have.
 * @throws FtError config_invalid when such a pooler is in between
 */
export async function assertSessions(db: Db): Promise<void> {
  const session = await db.session(() => undefined)
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const own = await backend(session)
      // The transaction takes the backend that was free last, or, in turn, the next one, and the session is left with another.
      const [other, then] = await db.transaction(async (tx) => [await backend(tx), await backend(session)])
      if (other === own || then !== own) throw pooled()
    }
  } finally {
    await session.release()
  }
}

async function backend(connection: Queryable): Promise<number | undefined> {
  const [row] = await connection.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return row?.pid
}

function pooled(): FtError {
  return new FtError(
    'config_invalid',
    'DATABASE_URL: leads to a pooler in transaction mode, and ft needs sessions: point it at the server itself, or at a pooler in session mode',
  )
}
