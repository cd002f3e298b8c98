import type { Db, Queryable, Tx } from '../../src/core/db.js'
import type { Random } from '../support/world/random.js'

/** How likely each thing is to happen to a transaction. */
export interface DatabaseFaults {
  /** The server ends its connection, after some of its statements. */
  readonly killed: number
  /** It commits, but the connection breaks before the client hears of it. */
  readonly unheard: number
}

export const RELIABLE: DatabaseFaults = { killed: 0, unheard: 0 }

/** A pool whose connections break, and that can be cut off for good, as the end of its process would. */
export interface FaultyDb extends Db {
  setFaults(faults: DatabaseFaults): void
  /** Ends every connection at once, in the middle of whatever it does; nothing gets through any more. */
  cutOff(): Promise<void>
}

/**
 * Makes the connections of `pool` break. `name` is the application name of its connections, by which `admin` finds them.
 */
export function faultyDb(pool: Db, name: string, admin: Queryable, random: Random): FaultyDb {
  let faults = RELIABLE
  let isCut = false
  const broken = () => new Error('Connection terminated: the simulation cut it')
  const guard = (): void => {
    if (isCut) throw broken()
  }
  const run = async <T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> => {
    if (!random.chance(faults.killed)) return await work(tx)
    const doomed = await doom(tx, random.int(8), admin)
    const result = await work(doomed.tx)
    await doomed.kill()
    return result
  }
  return {
    orm: pool.orm,
    query: async (text, values) => {
      guard()
      return await pool.query(text, values)
    },
    prepared: async (statement, text, values) => {
      guard()
      return await pool.prepared(statement, text, values)
    },
    lookUp: async (statement, text, values) => {
      guard()
      return await pool.lookUp(statement, text, values)
    },
    transaction: async (work, options) => {
      guard()
      const result = await pool.transaction((tx) => run(tx, work), options)
      if (random.chance(faults.unheard)) throw broken()
      guard()
      return result
    },
    snapshot: async () => {
      guard()
      return await pool.snapshot()
    },
    session: async (onLost) => {
      guard()
      return await pool.session(onLost)
    },
    end: () => pool.end(),
    setFaults: (next) => {
      faults = next
    },
    cutOff: async () => {
      isCut = true
      await admin.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
        [name],
      )
    },
  }
}

/** A transaction whose connection is ended by the server after `statements` more of its statements, or by `kill`. */
async function doom(tx: Tx, statements: number, admin: Queryable): Promise<{ tx: Tx; kill: () => Promise<void> }> {
  const [row] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const kill = async (): Promise<void> => {
    await dying
    await admin.query('SELECT pg_terminate_backend($1, 5000)', [row?.pid])
  }
  let left = statements
  let dying: Promise<void> = Promise.resolve()
  const count = (): void => {
    if (left === 0) dying = kill()
    left -= 1
  }
  return {
    kill,
    tx: {
      transaction: true,
      query: async (text, values) => {
        count()
        await dying
        return await tx.query(text, values)
      },
      prepared: async (name, text, values) => {
        count()
        await dying
        return await tx.prepared(name, text, values)
      },
      send: (text, values) => {
        count()
        tx.send(text, values)
      },
    },
  }
}
