import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, json, pgSchema, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { address, hash, int8, timestamptz } from './columns.js'

/* system: how far the work is, and what is on its way. Partitioned tables are defined as plain ones: partitions are storage. */
export const system = pgSchema('system')

/** Which migrations the database has, with their checksums. The migration runner makes it before the first of them. */
export const schemaMigrations = system.table('schema_migrations', {
  version: text().primaryKey(),
  name: text().notNull(),
  checksum: text().notNull(),
  appliedAt: timestamptz('applied_at').notNull().defaultNow(),
})

export const syncCursors = system.table(
  'sync_cursors',
  {
    networkId: smallint('network_id').primaryKey(),
    blockNumber: int8('block_number'),
    blockHash: hash('block_hash'),
    finalizedNumber: int8('finalized_number'),
    finalizedHash: hash('finalized_hash'),
    state: text({ enum: ['backfilling', 'live', 'disputed'] })
      .notNull()
      .default('backfilling'),
    leaseEpoch: int8('lease_epoch').notNull().default(0),
    updatedAt: timestamptz('updated_at').notNull().defaultNow(),
    headsSent: int8('heads_sent').notNull().default(0),
  },
  (table) => [check('sync_cursors_state_check', sql`${table.state} IN ('backfilling', 'live', 'disputed')`)],
)

export const outboxSeq = system.sequence('outbox_seq')

/** Partitioned: RANGE by seq. */
export const outboxEvents = system.table(
  'outbox_events',
  {
    seq: int8().primaryKey().default(sql`nextval('system.outbox_seq')`),
    attempts: smallint().notNull().default(0),
    createdAt: timestamptz('created_at').notNull().defaultNow(),
    publishedAt: timestamptz('published_at'),
    topic: text().notNull(),
    payload: json().notNull(),
  },
  (table) => [index('outbox_events_pending').on(table.seq).where(sql`${table.publishedAt} IS NULL`)],
)

export const streams = system.table('streams', {
  topic: text().primaryKey(),
  publishedTo: timestamptz('published_to').notNull(),
  acknowledgedTo: timestamptz('acknowledged_to').notNull(),
})

export const dlq = system.table(
  'dlq',
  {
    dlqId: uuid('dlq_id').primaryKey(),
    firstFailedAt: timestamptz('first_failed_at').notNull(),
    lastFailedAt: timestamptz('last_failed_at').notNull(),
    resolvedAt: timestamptz('resolved_at'),
    attempts: integer().notNull(),
    topic: text().notNull(),
    consumerGroup: text('consumer_group').notNull(),
    network: text(),
    key: text().notNull(),
    code: text().notNull(),
    reason: text().notNull(),
    resolution: text(),
    payload: json().notNull(),
    contract: address(),
  },
  (table) => [
    index('dlq_open').on(table.lastFailedAt).where(sql`${table.resolvedAt} IS NULL`),
    index('dlq_contract').on(table.contract).where(sql`${table.resolvedAt} IS NULL AND ${table.contract} IS NOT NULL`),
  ],
)

/** Firings of tasks that happen once in a cluster, by the time for which they were scheduled. */
export const beat = system.table(
  'beat',
  {
    task: text().notNull(),
    scheduledAt: timestamptz('scheduled_at').notNull(),
    firedAt: timestamptz('fired_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.task, table.scheduledAt] })],
)

/** A row while a process delivers from the outbox without Redis. */
export const deliverer = system.table(
  'deliverer',
  {
    onlyOne: boolean('only_one').primaryKey().default(true),
    since: timestamptz('since').notNull().defaultNow(),
  },
  (table) => [check('deliverer_only_one_check', sql`${table.onlyOne}`)],
)

export const apiKeys = system.table('api_keys', {
  keyId: uuid('key_id').primaryKey(),
  createdAt: timestamptz('created_at').notNull().defaultNow(),
  expiresAt: timestamptz('expires_at'),
  revokedAt: timestamptz('revoked_at'),
  lastUsedAt: timestamptz('last_used_at'),
  requestsPerMinute: integer('requests_per_minute').notNull(),
  name: text().notNull(),
  prefix: text().notNull(),
  scopes: text().array().notNull(),
  keyHash: hash('key_hash').notNull().unique('api_keys_key_hash_key'),
})
