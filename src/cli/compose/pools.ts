import type { Db } from '../../core/db.js'
import { type Provider, provider } from '../../worker/dependency.js'
import type { Database, Role } from './database.js'

/** The pools that tasks ask for. Each is opened when a task of this process needs it, and not before. */
export interface Pools {
  readonly pipeline: Provider<Db>
  readonly backfill: Provider<Db>
  /** For the monitor, which must not wait behind the pipeline. */
  readonly monitor: Provider<Db>
  readonly partitions: Provider<Db>
  readonly api: Provider<Db>
}

/** One pool per role. `networks` is how many may be indexed at once: each needs a session for its lease and one to write. */
export function createPools(database: Provider<Database>, networks: number): Pools {
  const open = (role: Role, options: { max: number; statementTimeoutMs?: number }): Provider<Db> =>
    provider({
      name: `database as ${role}`,
      deps: { database },
      start: (deps) => deps.database.open(role, options),
      stop: (db) => db.end(),
    })
  return {
    pipeline: open('ft_pipeline', { max: 10 }),
    backfill: open('ft_backfill', { max: 2 + 2 * networks }),
    monitor: open('ft_pipeline', { max: 1 }),
    partitions: open('ft_backfill', { max: 1 }),
    // And up to four connections for look-ups.
    api: open('ft_api', { max: 16, statementTimeoutMs: 10_000 }),
  }
}
