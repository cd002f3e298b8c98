import { enqueue, splitBySize } from '../bus/outbox.js'
import { addressFromHex } from '../core/address.js'
import type { Tx } from '../core/db.js'
import { type NormalizedEvent, type Parser, type RawEvent, topicName } from '../core/events.js'
import type { Network } from '../core/networks.js'
import { CONSUMERS } from './consumers.js'

/*
 * A last net under the bus: what it should have brought to a stage and has not. Nothing of it is expected ever to be needed. What
 * is only on its way looks the same, so an event counts as missing when it was seen missing twice, minutes apart; sent once too
 * often it is a duplicate.
 */

/** Blocks below the newest one that are looked at: further back everything has had its chance many times. */
const WINDOW = 5_000
/** Most events of one network and stage in one look. */
const LIMIT = 1_000

/** The ids that were missing at the last look, per network and stage. */
export type Suspects = Map<string, ReadonlySet<string>>

/**
 * Looks for events of a network that have not reached the ledger or the ownership stage, and sends those again that were missing
 * the last time too.
 * @returns how many of each it sent
 */
export async function sweep(
  tx: Tx,
  network: Network,
  parse: Parser,
  suspects: Suspects,
): Promise<{ raw: number; normalized: number }> {
  const raws = await findUnread(tx, network, parse)
  const raw = confirmed(suspects, `${network.name} raw`, raws, ({ sourceEventId }) => sourceEventId)
  const topic = topicName('chain.{network}.raw_events', network.name)
  await send(tx, topic, network, raw)
  const entries = await findUnapplied(tx, network)
  const normalized = confirmed(suspects, `${network.name} normalized`, entries, (event) => event.normalizedEventId)
  await send(tx, 'ledger.normalized', network, normalized)
  return { raw: raw.length, normalized: normalized.length }
}

function confirmed<T>(suspects: Suspects, key: string, found: readonly T[], idOf: (item: T) => string): T[] {
  const before = suspects.get(key) ?? new Set()
  const again = found.filter((item) => before.has(idOf(item)))
  // What is sent now gets its time before it counts as missing again.
  suspects.set(key, new Set(found.map(idOf).filter((id) => !before.has(id))))
  return again
}

async function send(tx: Tx, topic: string, network: Network, events: readonly object[]): Promise<void> {
  const messages = splitBySize(events).map((part) => ({ v: 1, network: network.name, completes: [], events: part }))
  await enqueue(tx, topic, messages)
}

/** Letters that hold an event: it has reached its stage, which could not read it, and a person was told. */
const IN_LETTER = `SELECT e->>$4 AS id FROM system.dlq d CROSS JOIN LATERAL json_array_elements(d.payload->'events') e
  WHERE d.consumer_group = $3 AND d.network = $5 AND d.resolution IS DISTINCT FROM 'replayed'
    AND json_typeof(d.payload->'events') = 'array'`

const RECENT = '(SELECT coalesce(max(number), 0) FROM ingest.blocks WHERE network_id = $1) - $2'

/** Events of canonical blocks that say something and have no key in the ledger. */
async function findUnread(tx: Tx, network: Network, parse: Parser): Promise<RawEvent[]> {
  const rows = await tx.query<RawEvent>(
    `WITH letters AS (${IN_LETTER})
     SELECT r.source_event_id AS "sourceEventId", r.block_number AS "blockNumber", r.fork, r.position, r.tx_hash AS "txHash",
       r.contract, r.raw_payload AS payload
     FROM ingest.raw_events r
     JOIN ingest.blocks b ON b.network_id = r.network_id AND b.number = r.block_number AND b.fork = r.fork AND b.canonical
     WHERE r.network_id = $1 AND r.block_number > ${RECENT}
       AND NOT EXISTS (SELECT FROM ledger.normalized_event_keys k
                       WHERE k.source_event_id = r.source_event_id AND NOT k.is_reverted)
       AND r.source_event_id::text NOT IN (SELECT id FROM letters)
     ORDER BY r.block_number, r.position LIMIT ${LIMIT}`,
    [network.id, WINDOW, 'normalizer', 'sourceEventId', network.name],
  )
  const events = rows.map((row) => ({ ...row, contract: addressFromHex(row.contract) }))
  const meaningful = new Set(parse(events).facts.map(({ sourceEventId }) => sourceEventId))
  return events.filter(({ sourceEventId }) => meaningful.has(sourceEventId))
}

type EntryRow = Omit<NormalizedEvent, 'deltas'> & { readonly deltas: { account: string; quantity: string }[] }

/** Entries of the ledger that the ownership stage has not applied. */
async function findUnapplied(tx: Tx, network: Network): Promise<NormalizedEvent[]> {
  const rows = await tx.query<EntryRow>(
    `WITH letters AS (${IN_LETTER})
     SELECT e.normalized_event_id AS "normalizedEventId", e.source_event_id AS "sourceEventId", e.sub_index AS "subIndex",
       e.incarnation, e.reverts, e.event_kind AS kind, e.standard, e.asset_id AS "assetId", e.block_number AS "blockNumber",
       e.position,
       coalesce((SELECT json_agg(json_build_object('account', encode(d.account_address, 'hex'), 'quantity', d.qty_delta::text)
                                 ORDER BY d.delta_index)
                 FROM ledger.normalized_event_deltas d
                 WHERE d.network_id = $1 AND d.block_number = e.block_number
                   AND d.normalized_event_id = e.normalized_event_id), '[]') AS deltas
     FROM ledger.normalized_events e
     WHERE e.network_id = $1 AND e.block_number > ${RECENT}
       AND NOT EXISTS (SELECT FROM ledger.applied_events a
                       WHERE a.network_id = $1 AND a.block_number = e.block_number AND a.consumer_id = $6
                         AND a.normalized_event_id = e.normalized_event_id)
       AND NOT EXISTS (SELECT FROM ledger.applied_ranges r
                       WHERE r.network_id = $1 AND r.consumer_id = $6 AND r.blocks @> e.block_number)
       AND e.normalized_event_id::text NOT IN (SELECT id FROM letters)
     ORDER BY e.block_number, e.position, e.sub_index, e.incarnation, e.reverts LIMIT ${LIMIT}`,
    [network.id, WINDOW, 'ownership_updater', 'normalizedEventId', network.name, CONSUMERS.ownership],
  )
  return rows.map((row) => ({
    ...row,
    deltas: row.deltas.map(({ account, quantity }) => ({ account: addressFromHex(`0x${account}`), quantity })),
  }))
}
