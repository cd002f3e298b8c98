import { totalmem } from 'node:os'

/** PostgreSQL settings by name; values as in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string>>

const MB = 2 ** 20

/**
 * An eighth of the memory that this process may use (bytes; a container's limit, where there is one) for the server's buffers, 128 MB to 8 GB.
 * Half of what PostgreSQL's manual gives a machine of its own, since it also runs the rest of ft.supply. Rows of a batch lie all over the keys:
 * once these have outgrown the buffers, a backfill runs at less than half its speed (docs/performance.md).
 */
export function bufferSettings(memory = usableMemory()): PostgresSettings {
  const buffers = Math.min(8192, Math.max(128, Math.floor(memory / 8 / MB)))
  return { shared_buffers: `${buffers}MB`, effective_cache_size: `${3 * buffers}MB` }
}

function usableMemory(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/**
 * For a machine of two cores that also runs the rest of ft.supply. Commits are durable. Checkpoints are far apart
 * because backfill writes much WAL; parallel plans and jit are off because they steal the second core from the indexer. Dead rows are looked
 * for every few seconds: a backfill makes hundreds of thousands of them a minute, and what is not reused in time makes tables and indexes larger.
 */
export const durableSettings: PostgresSettings = {
  ...bufferSettings(),
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_connections: '100',
  max_wal_size: '4GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  wal_level: 'minimal',
  max_wal_senders: '0',
  synchronous_commit: 'on',
  random_page_cost: '1.1',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  autovacuum_naptime: '5s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
}

/**
 * For tests: a crash of the machine may lose everything, the small buffers start quickly. A cluster that is first started with
 * `fsync` off is also created without syncing.
 */
export const fastSettings: PostgresSettings = {
  ...durableSettings,
  shared_buffers: '128MB',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_wal_size: '1GB',
  min_wal_size: '64MB',
}
