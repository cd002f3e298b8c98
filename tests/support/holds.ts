import type { Db } from '../../src/core/db.js'

/** Where a transaction is stopped: at its first row of a table, or of a topic of the outbox. */
export interface Place {
  readonly table: string
  readonly topic?: string
}

/** A place at which every transaction waits. */
export interface Hold {
  /** Resolves when one waits. */
  reached(): Promise<void>
  /** Lets go; resolves when the sessions that waited are gone, which are those of a process that was killed meanwhile. */
  releaseDead(): Promise<void>
}

const LOOK_MS = 10

/**
 * Prepares a database so that transactions can be stopped in the middle, at these places: by triggers that ask for an advisory lock. A
 * process that is killed there has done what comes before in its transaction, and not what comes after. `db` owns the schema.
 */
export async function prepareHolds(db: Db, places: readonly Place[]): Promise<(place: Place) => Promise<Hold>> {
  await db.query(`CREATE FUNCTION public.test_hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint); RETURN NEW; END $$`)
  for (const [key, { table, topic }] of places.entries()) {
    const when = topic === undefined ? '' : `WHEN (NEW.topic = '${topic}')`
    await db.query(`CREATE TRIGGER test_hold_${key} BEFORE INSERT OR UPDATE ON ${table}
      FOR EACH ROW ${when} EXECUTE FUNCTION public.test_hold(${key})`)
  }
  return async (place) => {
    const key = places.indexOf(place)
    if (key < 0) throw new Error(`${place.table} is not among the prepared places`)
    return await hold(db, key)
  }
}

async function hold(db: Db, key: number): Promise<Hold> {
  let broken: Error | null = null
  const session = await db.session((error) => {
    broken = error
  })
  await session.query('SELECT pg_advisory_lock($1::bigint)', [key])
  const waiting = async (): Promise<number[]> => {
    if (broken !== null) throw broken
    const rows = await db.query<{ pid: number }>(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = 0 AND objid = $1::bigint::oid
         AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [key],
    )
    return rows.map(({ pid }) => pid)
  }
  return {
    reached: async () => {
      while ((await waiting()).length === 0) await pause()
    },
    releaseDead: async () => {
      const pids = await waiting()
      await session.release()
      const alive = async (): Promise<boolean> =>
        (await db.query('SELECT 1 FROM pg_stat_activity WHERE pid = ANY($1::int[])', [pids])).length > 0
      while (await alive()) await pause()
    },
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS))
}
