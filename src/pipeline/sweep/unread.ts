import { splitBySize } from '../../bus/outbox.js'
import { addressFromHex } from '../../core/address.js'
import { bigint, bytea, columns } from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import type { BlockSpan, Parser, RawEvent } from '../../core/events.js'
import type { Network } from '../../core/networks.js'
import { joinPayload, type StoredPayload } from '../../core/payload.js'
import { IN_LETTER, LIMIT } from './letters.js'

type Row = Omit<RawEvent, 'payload'> & StoredPayload

const COLUMNS = `r.source_event_id AS "sourceEventId", r.block_number AS "blockNumber", r.fork, r.position, r.tx_hash AS "txHash",
  r.contract, r.raw_payload, r.packed_log`

const CANONICAL = `ingest.raw_events r
  JOIN ingest.blocks b ON b.network_id = r.network_id AND b.number = r.block_number AND b.fork = r.fork AND b.canonical`

/** Events of canonical blocks that say something and have no key in the ledger. */
export async function findUnread(tx: Tx, network: Network, parse: Parser, span: BlockSpan): Promise<RawEvent[]> {
  const rows = await tx.query<Row>(
    `WITH letters AS (${IN_LETTER})
     SELECT ${COLUMNS} FROM ${CANONICAL}
     WHERE r.network_id = $1 AND r.block_number BETWEEN $2 AND $3
       AND NOT EXISTS (SELECT FROM ledger.normalized_event_keys k
                       WHERE k.source_event_id = r.source_event_id AND NOT k.is_reverted)
       AND r.source_event_id::text NOT IN (SELECT id FROM letters)
     ORDER BY r.block_number, r.position LIMIT ${LIMIT}`,
    [network.id, span.from, span.to, 'sourceEventId', 'normalizer', network.name],
  )
  const events = rows.map(toEvent)
  const meaningful = new Set(parse(events).facts.map(({ sourceEventId }) => sourceEventId))
  return events.filter(({ sourceEventId }) => meaningful.has(sourceEventId))
}

/** Every event of the transactions that some events are of: what they mean together has to be seen together. */
export async function readTransactions(tx: Tx, network: Network, events: readonly RawEvent[]): Promise<RawEvent[]> {
  const rows = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM ${CANONICAL}
     JOIN unnest($2::bigint[], $3::bytea[]) AS i (block_number, tx_hash)
       ON r.block_number = i.block_number AND r.tx_hash = i.tx_hash
     WHERE r.network_id = $1 ORDER BY r.block_number, r.position`,
    [
      network.id,
      ...columns(
        [...wanted(events)],
        bigint((event) => event.blockNumber),
        bytea((event) => event.txHash),
      ),
    ],
  )
  return rows.map(toEvent)
}

function wanted(events: readonly RawEvent[]): Iterable<RawEvent> {
  return new Map(events.map((event) => [`${event.blockNumber} ${event.txHash}`, event])).values()
}

/** Cuts events into parts that fit a message each; no transaction is cut. */
export function splitByTransaction(events: readonly RawEvent[]): RawEvent[][] {
  const transactions: RawEvent[][] = []
  for (const event of events) {
    const last = transactions.at(-1)
    if (last?.[0]?.txHash === event.txHash) last.push(event)
    else transactions.push([event])
  }
  return splitBySize(transactions).map((part) => part.flat())
}

/** Every event of the canonical blocks of a span, in chain order. */
export async function readSpan(tx: Tx, network: Network, span: BlockSpan): Promise<RawEvent[]> {
  const rows = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM ${CANONICAL}
     WHERE r.network_id = $1 AND r.block_number BETWEEN $2 AND $3 ORDER BY r.block_number, r.position`,
    [network.id, span.from, span.to],
  )
  return rows.map(toEvent)
}

function toEvent(row: Row): RawEvent {
  const { raw_payload, packed_log, ...event } = row
  return { ...event, contract: addressFromHex(row.contract), payload: joinPayload({ raw_payload, packed_log }) }
}
