import { addressFromHex } from '../core/address.js'
import {
  bigint,
  boolean,
  bytea,
  columns,
  integer,
  jsonb,
  numeric,
  type Parameter,
  smallint,
  text,
  uuid,
} from '../core/columns.js'
import type { Tx } from '../core/db.js'
import type { BlockSpan, Delta, EventKind, Fact, NormalizedEvent, Standard } from '../core/events.js'
import { normalizedEventId } from '../core/ids.js'
import type { Network } from '../core/networks.js'

/** An event of the ledger together with the block (height and fork) it was included in and its market facts. */
export interface LedgerEvent extends NormalizedEvent {
  readonly fork: number
  /** Of the entry's asset; null on reversing entries, which no feed shows. */
  readonly collectionId: string | null
  readonly details: Fact['details']
}

/** Names an event of the chain, wherever it is included. */
export interface EventKey {
  readonly sourceEventId: string
  readonly subIndex: number
}

/** Whether the ledger has entries at these heights, of whichever block. */
export async function hasEntries(tx: Tx, network: Network, blocks: BlockSpan): Promise<boolean> {
  const [row] = await tx.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ledger.normalized_events
                    WHERE network_id = $1 AND block_number BETWEEN $2 AND $3) AS found`,
    [network.id, blocks.from, blocks.to],
  )
  return row?.found === true
}

/** Appends entries and their deltas: two statements, whatever their number. */
export async function appendEvents(tx: Tx, network: Network, events: readonly LedgerEvent[]): Promise<void> {
  if (events.length === 0) return
  const entries = inKeyOrder(events)
  tx.send(
    `INSERT INTO ledger.normalized_events
       (network_id, block_number, position, normalized_event_id, source_event_id, asset_id, sub_index, event_kind, standard,
        fork, incarnation, reverts, details, collection_id)
     SELECT $1, e.* FROM unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::uuid[], $7::integer[],
       $8::ledger.event_kind[], $9::ref.token_standard[], $10::smallint[], $11::smallint[], $12::boolean[], $13::jsonb[], $14::uuid[]) AS e`,
    [
      network.id,
      ...columns(
        entries,
        bigint((e) => e.blockNumber),
        bigint((e) => e.position),
        uuid((e) => e.normalizedEventId),
        uuid((e) => e.sourceEventId),
        uuid((e) => e.assetId),
        integer((e) => e.subIndex),
        text((e) => e.kind),
        text((e) => e.standard),
        smallint((e) => e.fork),
        smallint((e) => e.incarnation),
        boolean((e) => e.reverts),
        jsonb((e) => JSON.stringify(e.details ?? {})),
        uuid((e) => e.collectionId),
      ),
    ],
  )
  const deltas = entries.flatMap((event) => event.deltas.map((delta, index) => ({ event, delta, index })))
  if (deltas.length === 0) return
  tx.send(
    `INSERT INTO ledger.normalized_event_deltas
       (network_id, block_number, normalized_event_id, delta_index, account_address, qty_delta)
     SELECT $1, d.* FROM unnest($2::bigint[], $3::uuid[], $4::smallint[], $5::bytea[], $6::numeric[]) AS d`,
    [
      network.id,
      ...columns(
        deltas,
        bigint((d) => d.event.blockNumber),
        uuid((d) => d.event.normalizedEventId),
        smallint((d) => d.index),
        bytea((d) => d.delta.account),
        numeric((d) => d.delta.quantity),
      ),
    ],
  )
}

/** Ids are random: rows that come in their order leave full pages behind in the indexes of the keys, others two thirds full ones. */
function inKeyOrder(events: readonly LedgerEvent[]): LedgerEvent[] {
  return events.toSorted((a, b) =>
    a.blockNumber === b.blockNumber
      ? a.normalizedEventId < b.normalizedEventId
        ? -1
        : 1
      : a.blockNumber - b.blockNumber,
  )
}

/** A key as the database has it: one inclusion of an event. */
export interface Inclusion {
  source_event_id: string
  sub_index: number
  incarnation: number
  block_number: number
}

interface LiveRow {
  source_event_id: string
  sub_index: number
  incarnation: number
  event_kind: EventKind
  standard: Standard | null
  asset_id: string | null
  block_number: number
  position: number
  fork: number
  deltas: { account: string; quantity: string }[]
}

/**
 * Reverts the live inclusions of these events: marks their keys and appends the reversing entries, whose deltas are the inverse
 * of what is stored, not of what a new parse would say. Keys that are reverted already are left alone. The catalog of the
 * assets is put back to what the events still alive say.
 * @returns the reversing entries
 */
export async function revertEvents(tx: Tx, network: Network, keys: readonly EventKey[]): Promise<LedgerEvent[]> {
  if (keys.length === 0) return []
  const taken = await tx.query<Inclusion>(
    `UPDATE ledger.normalized_event_keys k SET is_reverted = true
     FROM (SELECT * FROM unnest($2::uuid[], $3::integer[]) AS i (source_event_id, sub_index) ORDER BY 1, 2) i
     WHERE k.source_event_id = i.source_event_id AND k.sub_index = i.sub_index AND k.network_id = $1 AND NOT k.is_reverted
     RETURNING k.source_event_id, k.sub_index, k.incarnation, k.block_number`,
    [
      network.id,
      ...columns(
        keys,
        uuid((key) => key.sourceEventId),
        integer((key) => key.subIndex),
      ),
    ],
  )
  const live = await readEntries(tx, network, taken)
  const reversing = live.map(reverse)
  await appendEvents(tx, network, reversing)
  return reversing
}

/** The entries that these inclusions made, in chain order; by their ids, as a block may hold hundreds of others. */
async function readEntries(tx: Tx, network: Network, keys: readonly Inclusion[]): Promise<LiveRow[]> {
  return await tx.query<LiveRow>(
    `SELECT e.*, coalesce(d.deltas, '[]') AS deltas
     FROM unnest($2::bigint[], $3::uuid[]) AS i (block_number, normalized_event_id)
     CROSS JOIN LATERAL (
       SELECT e.source_event_id, e.sub_index, e.incarnation, e.event_kind, e.standard, e.asset_id, e.block_number, e.position, e.fork
       FROM ledger.normalized_events e
       WHERE e.network_id = $1 AND e.block_number = i.block_number AND e.normalized_event_id = i.normalized_event_id LIMIT 1) e
     CROSS JOIN LATERAL (
       SELECT json_agg(json_build_object('account', encode(d.account_address, 'hex'), 'quantity', d.qty_delta::text)
                       ORDER BY d.delta_index) AS deltas
       FROM ledger.normalized_event_deltas d
       WHERE d.network_id = $1 AND d.block_number = i.block_number AND d.normalized_event_id = i.normalized_event_id) d
     ORDER BY e.block_number, e.position, e.sub_index`,
    [network.id, ...placesOf(keys)],
  )
}

/** Where the entries are that these inclusions made: block numbers and ids, the key of the ledger. */
export function placesOf(keys: readonly Inclusion[]): Parameter[] {
  return columns(
    keys,
    bigint((key) => key.block_number),
    uuid((key) => normalizedEventId(key.source_event_id, key.sub_index, key.incarnation, 'apply')),
  )
}

function reverse(row: LiveRow): LedgerEvent {
  return {
    normalizedEventId: normalizedEventId(row.source_event_id, row.sub_index, row.incarnation, 'revert'),
    sourceEventId: row.source_event_id,
    subIndex: row.sub_index,
    incarnation: row.incarnation,
    reverts: true,
    kind: row.event_kind,
    standard: row.standard,
    assetId: row.asset_id,
    blockNumber: row.block_number,
    position: row.position,
    fork: row.fork,
    details: null,
    collectionId: null,
    deltas: row.deltas.map(
      (delta): Delta => ({
        account: addressFromHex(`0x${delta.account}`),
        quantity: (-BigInt(delta.quantity)).toString(),
      }),
    ),
  }
}

/** The bus form of ledger entries: what consumers need, without what only the ledger keeps. */
export function toMessage({ fork, details, collectionId, ...event }: LedgerEvent): NormalizedEvent {
  return event
}
