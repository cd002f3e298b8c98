import { addressFromHex } from '../../core/address.js'
import type { Queryable } from '../../core/db.js'
import { type FinalityStatus, statusUpTo } from '../finality.js'
import type { Position } from './position.js'

/** One row of the feed, ready to be told. */
export interface Change {
  readonly network: string
  readonly seq: number
  readonly kind: 'changed' | 'retracted' | 'reset'
  readonly retracts: number | null
  readonly asset_id: string | null
  readonly collection_id: string | null
  readonly block_number: number
  readonly block_hash: string | null
  readonly accounts: readonly string[]
  readonly quantities: readonly bigint[]
  readonly finality_status: FinalityStatus
}

/** Where a network is, and which rows of it are still there. */
export interface FeedState {
  readonly network: string
  readonly first: number
  readonly last: number
  readonly finality_status: FinalityStatus
  readonly block_number: number | null
  readonly block_hash: string | null
}

const AFTER = `
SELECT n.name AS network, c.seq, c.kind, c.retracts, c.asset_id, c.collection_id, c.block_number, c.block_hash, c.accounts,
  c.quantities, ${statusUpTo('c.block_number', 'n')} AS finality_status
FROM projection.network_status n
LEFT JOIN unnest($1::text[], $2::bigint[]) AS p (name, seq) USING (name)
CROSS JOIN LATERAL (SELECT * FROM projection.changes c WHERE c.network_id = n.network_id AND c.seq > coalesce(p.seq, 0)
                    ORDER BY c.seq LIMIT $3) c
ORDER BY n.name, c.seq`

const STATE = `
SELECT n.name AS network, coalesce(f.seq, 1) AS first, coalesce(l.seq, 0) AS last, n.projected_number AS block_number,
  n.projected_hash AS block_hash, ${statusUpTo('n.projected_number', 'n')} AS finality_status
FROM projection.network_status n
LEFT JOIN LATERAL (SELECT seq FROM projection.changes c WHERE c.network_id = n.network_id ORDER BY seq LIMIT 1) f ON true
LEFT JOIN LATERAL (SELECT seq FROM projection.changes c WHERE c.network_id = n.network_id ORDER BY seq DESC LIMIT 1) l ON true
ORDER BY n.name`

/** Rows behind a position, at most `limit` per network, in order. A network that the position does not name is read from its first row. */
export async function changesAfter(db: Queryable, position: Position, limit: number): Promise<Change[]> {
  const rows = await db.prepared<Change>('api_changes_after', AFTER, [
    [...position.keys()],
    [...position.values()],
    limit,
  ])
  return rows.map((row) => ({ ...row, accounts: row.accounts.map(addressFromHex) }))
}

/** Every network's place in the feed. */
export async function feedStates(db: Queryable): Promise<FeedState[]> {
  return await db.prepared<FeedState>('api_changes_state', STATE)
}
