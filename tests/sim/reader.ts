import type { Queryable } from '../../src/core/db.js'
import { HOLDINGS } from '../support/world/snapshot.js'
import { deadLetters, possibleDeadLetters, type Rows, type Truth } from './expected.js'

const hex = (column: string): string => `coalesce('0x' || encode(${column}, 'hex'), 'null')`

const place = (number: string, hash: string): string => `coalesce(${number}::text, 'null') || ' ' || ${hex(hash)}`

/** One row of text per row of the table, in the words of `expected.ts`. */
const QUERIES: Readonly<Record<string, string>> = {
  'ref.networks': `SELECT name || ' from ' || start_block || ' complete ' || history_complete || ' genesis ' || ${hex('genesis_hash')} AS row
    FROM ref.networks`,
  'ingest.blocks': `SELECT ${place('number', 'hash')} AS row FROM ingest.blocks WHERE canonical`,
  'ingest.raw_events': `SELECT ${place('b.number', 'b.hash')} || ' ' || r.position || ' ' || r.source_event_id || ' ' || ${hex('r.tx_hash')}
      || ' ' || ${hex('r.contract')} AS row
    FROM ingest.raw_events r JOIN ingest.blocks b ON b.network_id = r.network_id AND b.number = r.block_number AND b.fork = r.fork
    WHERE b.canonical`,
  'ingest.indexed_ranges': 'SELECT blocks::text AS row FROM ingest.indexed_ranges',
  'ledger (live entries)': `SELECT ${place('b.number', 'b.hash')} || ' ' || k.position || ' ' || k.source_event_id || ' ' || k.sub_index || ' '
      || e.event_kind || ' ' || coalesce(e.standard::text, 'null') || ' ' || coalesce(e.asset_id::text, 'null')
      || ' [' || coalesce(d.moves, '') || ']' AS row
    FROM ledger.normalized_event_keys k
    LEFT JOIN ingest.blocks b ON b.network_id = k.network_id AND b.number = k.block_number AND b.fork = k.fork AND b.canonical
    LEFT JOIN ledger.normalized_events e ON e.source_event_id = k.source_event_id AND e.sub_index = k.sub_index
      AND e.incarnation = k.incarnation AND NOT e.reverts AND (e.block_number, e.position, e.fork) = (k.block_number, k.position, k.fork)
    LEFT JOIN LATERAL (
      SELECT string_agg(${hex('d.account_address')} || ' ' || d.qty_delta, ', ' ORDER BY d.delta_index) AS moves
      FROM ledger.normalized_event_deltas d WHERE d.normalized_event_id = e.normalized_event_id) d ON true
    WHERE NOT k.is_reverted`,
  'projection.network_status': `SELECT state || ' from ' || start_block || ' complete ' || history_complete || ' head ' || ${place('head_number', 'head_hash')}
      || ' final ' || ${place('finalized_number', 'finalized_hash')} || ' projected ' || projected::text || ' '
      || ${place('projected_number', 'projected_hash')} AS row
    FROM projection.network_status`,
  'system.sync_cursors': `SELECT ${place('block_number', 'block_hash')} || ' final ' || ${place('finalized_number', 'finalized_hash')} || ' ' || state AS row
    FROM system.sync_cursors`,
  'system.outbox_events (pending)': `SELECT topic || ' ' || seq AS row FROM system.outbox_events WHERE published_at IS NULL`,
  'system.dlq (canonical)': `SELECT topic || ' ' || consumer_group || ' ' || key || ' ' || code AS row FROM system.dlq WHERE resolved_at IS NULL`,
  ...HOLDINGS,
}

/** What the seven schemas hold. Headers and dead letters that may be there, but need not, are left out. */
export async function readRows(db: Queryable, truth: Truth): Promise<Rows> {
  const rows: Record<string, string[]> = {}
  for (const [table, query] of Object.entries(QUERIES)) {
    rows[table] = (await db.query<{ row: string | null }>(query)).map(({ row }) => row ?? 'null')
  }
  const optional = new Set(optionalHeaders(truth))
  rows['ingest.blocks'] = (rows['ingest.blocks'] ?? []).filter((row) => !optional.has(row))
  const possible = possibleDeadLetters(truth)
  const certain = new Set(deadLetters(truth))
  rows['system.dlq (canonical)'] = (rows['system.dlq (canonical)'] ?? []).filter(
    (row) => certain.has(row) || !possible.has(row),
  )
  return rows
}

/** Final canonical blocks without events may be kept or not. */
function optionalHeaders({ chain, finalized }: Truth): string[] {
  return chain
    .filter(({ header, events }) => events.length === 0 && header.number <= finalized.number)
    .map(({ header }) => `${header.number} ${header.hash}`)
}
