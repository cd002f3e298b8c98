import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgSchema, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { eventKinds } from '../events.js'
import { address, int8, int8multirange, numeric78 } from './columns.js'
import { tokenStandard } from './ref.js'

/*
 * ledger: what happened, append-only; a reorg adds reversing entries. Partitioned tables are defined as plain ones: partitions
 * are storage.
 */
export const ledger = pgSchema('ledger')

export const eventKind = ledger.enum('event_kind', eventKinds)

/** Partitioned: HASH by source_event_id. */
export const normalizedEventKeys = ledger.table(
  'normalized_event_keys',
  {
    sourceEventId: uuid('source_event_id').notNull(),
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    payloadHash: bigint('payload_hash', { mode: 'bigint' }).notNull(),
    subIndex: integer('sub_index').notNull(),
    networkId: smallint('network_id').notNull(),
    fork: smallint().notNull(),
    incarnation: smallint().notNull(),
    isReverted: boolean('is_reverted').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sourceEventId, table.subIndex] })],
)

/** The entries of the ledger: what one event says, or takes back. Partitioned: LIST by network, then RANGE by block_number. */
export const normalizedEvents = ledger.table(
  'normalized_events',
  {
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    normalizedEventId: uuid('normalized_event_id').notNull(),
    sourceEventId: uuid('source_event_id').notNull(),
    assetId: uuid('asset_id'),
    subIndex: integer('sub_index').notNull(),
    eventKind: eventKind('event_kind').notNull(),
    standard: tokenStandard(),
    networkId: smallint('network_id').notNull(),
    fork: smallint().notNull(),
    incarnation: smallint().notNull(),
    reverts: boolean().notNull(),
    details: jsonb().default(sql`'{}'`),
    collectionId: uuid('collection_id'),
  },
  (table) => [
    primaryKey({ columns: [table.blockNumber, table.normalizedEventId, table.networkId] }),
    index('normalized_events_asset').on(table.assetId, table.blockNumber),
    index('normalized_events_collection').on(table.collectionId, table.blockNumber).where(sql`NOT ${table.reverts}`),
    index('normalized_events_order')
      .on(sql`(${table.details} ->> 'order')`)
      .where(sql`${table.eventKind} IN ('list', 'cancel')`),
    index('normalized_events_maker')
      .on(sql`(${table.details} ->> 'maker')`)
      .where(sql`${table.eventKind} = 'cancel_all'`),
  ],
)

/** By how much an entry changes the holding of an account. Partitioned: LIST by network, then RANGE by block_number. */
export const normalizedEventDeltas = ledger.table(
  'normalized_event_deltas',
  {
    blockNumber: int8('block_number').notNull(),
    normalizedEventId: uuid('normalized_event_id').notNull(),
    networkId: smallint('network_id').notNull(),
    deltaIndex: smallint('delta_index').notNull(),
    accountAddress: address('account_address').notNull(),
    qtyDelta: numeric78('qty_delta').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.blockNumber, table.normalizedEventId, table.deltaIndex, table.networkId] }),
    index('normalized_event_deltas_account').on(table.accountAddress, table.blockNumber),
  ],
)

/** Partitioned: LIST by network, then RANGE by block_number. */
export const appliedEvents = ledger.table(
  'applied_events',
  {
    blockNumber: int8('block_number').notNull(),
    normalizedEventId: uuid('normalized_event_id').notNull(),
    networkId: smallint('network_id').notNull(),
    consumerId: text('consumer_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.blockNumber, table.normalizedEventId, table.consumerId, table.networkId] })],
)

export const appliedRanges = ledger.table(
  'applied_ranges',
  {
    networkId: smallint('network_id').notNull(),
    consumerId: text('consumer_id').notNull(),
    blocks: int8multirange().notNull(),
  },
  (table) => [primaryKey({ columns: [table.networkId, table.consumerId] })],
)
