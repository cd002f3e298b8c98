import { sql } from 'drizzle-orm'
import {
  boolean,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { address, hash, int8, int8multirange, timestamptz } from './columns.js'

/* ingest: what was read from the chains, as it was read. Partitioned tables are defined as plain ones: partitions are storage. */
export const ingest = pgSchema('ingest')

export const blocks = ingest.table(
  'blocks',
  {
    number: int8().notNull(),
    networkId: smallint('network_id').notNull(),
    fork: smallint().notNull(),
    canonical: boolean().notNull(),
    time: timestamptz('time').notNull(),
    hash: hash().notNull(),
    parentHash: hash('parent_hash').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.networkId, table.number, table.fork] }),
    unique('blocks_network_id_number_hash_key').on(table.networkId, table.number, table.hash),
    uniqueIndex('blocks_canonical').on(table.networkId, table.number).where(sql`${table.canonical}`),
  ],
)

/** Events as they were read from the chain. Partitioned: LIST by network, then RANGE by block_number. */
export const rawEvents = ingest.table(
  'raw_events',
  {
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    sourceEventId: uuid('source_event_id').notNull(),
    networkId: smallint('network_id').notNull(),
    fork: smallint().notNull(),
    contract: address().notNull(),
    txHash: hash('tx_hash').notNull(),
    rawPayload: jsonb('raw_payload').notNull(),
    packedLog: hash('packed_log'),
  },
  (table) => [primaryKey({ columns: [table.blockNumber, table.position, table.fork, table.networkId] })],
)

/** Forks that were followed, counted per network. */
export const forks = ingest.table(
  'forks',
  {
    networkId: smallint('network_id').notNull(),
    branch: int8().notNull(),
    ancestor: int8().notNull(),
    depth: integer().notNull(),
    foundAt: timestamptz('found_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.networkId, table.branch] })],
)

export const indexedRanges = ingest.table(
  'indexed_ranges',
  {
    networkId: smallint('network_id').notNull(),
    scope: text().notNull(),
    blocks: int8multirange().notNull(),
  },
  (table) => [primaryKey({ columns: [table.networkId, table.scope] })],
)
