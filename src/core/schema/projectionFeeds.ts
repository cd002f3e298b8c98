import { sql } from 'drizzle-orm'
import { integer, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { address, hash, int8, numericSum, timestamptz } from './columns.js'
import { projection } from './projection.js'

/* projection, third part: movements, the live entries of the ledger. Views, so that they cannot differ from it. */

const movement = {
  networkId: smallint('network_id').notNull(),
  blockNumber: int8('block_number').notNull(),
  position: int8().notNull(),
  subIndex: integer('sub_index').notNull(),
  eventId: uuid('event_id').notNull(),
  kind: text().notNull(),
  assetId: uuid('asset_id'),
  collectionId: uuid('collection_id'),
  happenedAt: timestamptz('happened_at').notNull(),
  txHash: hash('tx_hash'),
  fromAccount: address('from_account'),
  toAccount: address('to_account'),
  quantity: numericSum().notNull(),
}

/** Movements as they happened. */
export const movements = projection.view('movements', movement).as(
  sql`SELECT e.network_id, e.block_number, e.position, e.sub_index, e.source_event_id AS event_id, e.event_kind::text AS kind, e.asset_id,
            e.collection_id, b.time AS happened_at, r.tx_hash, f.account_address AS from_account, t.account_address AS to_account,
            coalesce(t.qty_delta, -f.qty_delta, 0) AS quantity
          FROM ledger.normalized_events e
          CROSS JOIN LATERAL (
            SELECT FROM ledger.normalized_event_keys k
            WHERE k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index AND k.incarnation = e.incarnation AND NOT k.is_reverted
            LIMIT 1) k
          CROSS JOIN LATERAL (
            SELECT b.time FROM ingest.blocks b
            WHERE b.network_id = e.network_id AND b.number = e.block_number AND b.fork = e.fork LIMIT 1) b
          LEFT JOIN LATERAL (
            SELECT r.tx_hash FROM ingest.raw_events r
            WHERE r.network_id = e.network_id AND r.block_number = e.block_number AND r.position = e.position AND r.fork = e.fork
              AND r.source_event_id = e.source_event_id LIMIT 1) r ON true
          LEFT JOIN LATERAL (
            SELECT f.account_address, f.qty_delta FROM ledger.normalized_event_deltas f
            WHERE f.network_id = e.network_id AND f.block_number = e.block_number AND f.normalized_event_id = e.normalized_event_id
              AND f.delta_index = 0 LIMIT 1) f ON e.event_kind <> 'mint'
          LEFT JOIN LATERAL (
            SELECT t.account_address, t.qty_delta FROM ledger.normalized_event_deltas t
            WHERE t.network_id = e.network_id AND t.block_number = e.block_number AND t.normalized_event_id = e.normalized_event_id
              AND t.delta_index = CASE e.event_kind WHEN 'mint' THEN 0 ELSE 1 END LIMIT 1) t ON e.event_kind <> 'burn'
          WHERE NOT e.reverts AND e.event_kind IN ('mint', 'transfer', 'burn')`,
)

/** Movements from the side of each account that gave or took. */
export const accountMovements = projection
  .view('account_movements', {
    accountAddress: address('account_address').notNull(),
    ...movement,
  })
  .as(
    sql`SELECT d.account_address, d.network_id, d.block_number, e.position, e.sub_index, e.source_event_id AS event_id,
            e.event_kind::text AS kind, e.asset_id, e.collection_id, b.time AS happened_at, r.tx_hash, f.account_address AS from_account,
            t.account_address AS to_account, abs(d.qty_delta) AS quantity
          FROM ledger.normalized_event_deltas d
          CROSS JOIN LATERAL (
            SELECT e.position, e.sub_index, e.source_event_id, e.incarnation, e.event_kind, e.asset_id, e.collection_id, e.fork
            FROM ledger.normalized_events e
            WHERE e.network_id = d.network_id AND e.block_number = d.block_number AND e.normalized_event_id = d.normalized_event_id
              AND NOT e.reverts LIMIT 1) e
          CROSS JOIN LATERAL (
            SELECT FROM ledger.normalized_event_keys k
            WHERE k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index AND k.incarnation = e.incarnation AND NOT k.is_reverted
            LIMIT 1) k
          CROSS JOIN LATERAL (
            SELECT b.time FROM ingest.blocks b
            WHERE b.network_id = d.network_id AND b.number = d.block_number AND b.fork = e.fork LIMIT 1) b
          LEFT JOIN LATERAL (
            SELECT r.tx_hash FROM ingest.raw_events r
            WHERE r.network_id = d.network_id AND r.block_number = d.block_number AND r.position = e.position AND r.fork = e.fork
              AND r.source_event_id = e.source_event_id LIMIT 1) r ON true
          LEFT JOIN LATERAL (
            SELECT f.account_address FROM ledger.normalized_event_deltas f
            WHERE f.network_id = d.network_id AND f.block_number = d.block_number AND f.normalized_event_id = d.normalized_event_id
              AND f.delta_index = 0 LIMIT 1) f ON e.event_kind <> 'mint'
          LEFT JOIN LATERAL (
            SELECT t.account_address FROM ledger.normalized_event_deltas t
            WHERE t.network_id = d.network_id AND t.block_number = d.block_number AND t.normalized_event_id = d.normalized_event_id
              AND t.delta_index = CASE e.event_kind WHEN 'mint' THEN 0 ELSE 1 END LIMIT 1) t ON e.event_kind <> 'burn'
          WHERE d.delta_index = 0 OR f.account_address IS DISTINCT FROM d.account_address`,
  )

/** The transaction of what happened at a place of the canonical chain. */
export const transactions = projection
  .view('transactions', {
    networkId: smallint('network_id').notNull(),
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    txHash: hash('tx_hash').notNull(),
  })
  .as(
    sql`SELECT b.network_id, b.number AS block_number, r.position, r.tx_hash
          FROM ingest.blocks b
          JOIN ingest.raw_events r ON r.network_id = b.network_id AND r.block_number = b.number AND r.fork = b.fork
          WHERE b.canonical`,
  )
