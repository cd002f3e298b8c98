/** PostgreSQL settings by name; values as in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string>>

/**
 * For a machine of two cores and a few GB that also runs the rest of ft.supply. Commits are durable. Checkpoints are far apart
 * because backfill writes much WAL; parallel plans and jit are off because they steal the second core from the indexer.
 */
export const durableSettings: PostgresSettings = {
  shared_buffers: '512MB',
  effective_cache_size: '1536MB',
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
