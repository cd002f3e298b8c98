import { addressFromHex } from '../../core/address.js'
import type { Tx } from '../../core/db.js'
import type { BlockSpan, NormalizedEvent } from '../../core/events.js'
import type { Network } from '../../core/networks.js'
import { CONSUMERS } from '../consumers.js'
import { IN_LETTER, LIMIT } from './letters.js'

type Row = Omit<NormalizedEvent, 'deltas'> & { readonly deltas: { account: string; quantity: string }[] }

/** Entries of the ledger that the ownership stage has not applied. */
export async function findUnapplied(tx: Tx, network: Network, span: BlockSpan): Promise<NormalizedEvent[]> {
  const rows = await tx.query<Row>(
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
     WHERE e.network_id = $1 AND e.block_number BETWEEN $2 AND $3
       AND NOT EXISTS (SELECT FROM ledger.applied_events a
                       WHERE a.network_id = $1 AND a.block_number = e.block_number AND a.consumer_id = $7
                         AND a.normalized_event_id = e.normalized_event_id)
       AND NOT EXISTS (SELECT FROM ledger.applied_ranges r
                       WHERE r.network_id = $1 AND r.consumer_id = $7 AND r.blocks @> e.block_number)
       AND e.normalized_event_id::text NOT IN (SELECT id FROM letters)
     ORDER BY e.block_number, e.position, e.sub_index, e.incarnation, e.reverts LIMIT ${LIMIT}`,
    [network.id, span.from, span.to, 'normalizedEventId', 'ownership_updater', network.name, CONSUMERS.ownership],
  )
  return rows.map((row) => ({
    ...row,
    deltas: row.deltas.map(({ account, quantity }) => ({ account: addressFromHex(`0x${account}`), quantity })),
  }))
}
