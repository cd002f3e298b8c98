import { addressFromHex } from '../core/address.js'
import type { Queryable } from '../core/db.js'
import type { BlockSpan, Standard } from '../core/events.js'
import { openingBalanceId } from '../core/ids.js'
import { FILL_LOCK, type Network } from '../core/networks.js'
import { OPENING_BALANCES } from './consumers.js'

/** Entries of the ledger that are looked through at once; a block is never cut. */
const LOOKED_AT_ONCE = 1_000

/** An account and an asset that moved, and whether that is known to the ledger: what is asked about, once. */
export interface Pair {
  readonly id: string
  readonly assetId: string
  readonly standard: Standard
  readonly contract: string
  readonly tokenId: bigint
  readonly account: string
}

/** The lowest blocks that have not been looked through, and their pairs without an opening balance. */
export interface Stretch {
  /** The block before the first indexed one. */
  readonly block: number
  readonly span: BlockSpan
  readonly pairs: readonly Pair[]
}

/** Nothing while history is extended: what is asked about now would have to be taken back. */
const GAP = `
SELECT n.start_block - 1 AS block, lower(r) AS "from", upper(r) - 1 AS "to"
FROM ref.networks n JOIN projection.network_status p USING (network_id)
CROSS JOIN LATERAL (SELECT least(p.finalized_number, p.projected_number) AS last) s
LEFT JOIN ledger.applied_ranges a ON a.network_id = n.network_id AND a.consumer_id = $2
CROSS JOIN LATERAL unnest(int8multirange(int8range(n.start_block, greatest(n.start_block, s.last + 1))) - coalesce(a.blocks, '{}')) AS r
WHERE n.network_id = $1 AND NOT n.history_complete AND n.start_block BETWEEN 1 AND s.last
  AND p.finalized_number IS NOT NULL AND p.projected_number IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid = hashtext($3)::oid AND l.objid = n.network_id::int::oid
      AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY 2 LIMIT 1`

const NEXT_STRETCH = `
SELECT block_number AS block FROM ledger.normalized_events WHERE network_id = $1 AND block_number BETWEEN $2 AND $3
ORDER BY block_number OFFSET ${LOOKED_AT_ONCE} LIMIT 1`

/* Look-ups by key are laterals with a limit, as the planner cannot know how few they are. */
const PAIRS = `
WITH entry AS MATERIALIZED (
  SELECT e.asset_id, e.block_number, e.normalized_event_id, e.source_event_id, e.sub_index, e.incarnation
  FROM ledger.normalized_events e
  WHERE e.network_id = $1 AND e.block_number BETWEEN $2 AND $3 AND NOT e.reverts
    AND e.event_kind IN ('mint', 'transfer', 'burn')),
asset AS MATERIALIZED (
  SELECT t.asset_id, a.standard, a.token_id, c.address FROM (SELECT DISTINCT asset_id FROM entry) t
  CROSS JOIN LATERAL (SELECT a.* FROM catalog.assets a WHERE a.asset_id = t.asset_id LIMIT 1) a
  JOIN ref.token_standards s ON s.standard = a.standard AND NOT s.single_owner
  CROSS JOIN LATERAL (SELECT c.address FROM catalog.collections c WHERE c.collection_id = a.collection_id LIMIT 1) c)
SELECT DISTINCT a.asset_id AS "assetId", a.standard, a.address AS contract, a.token_id AS "tokenId", d.account_address AS account
FROM entry e JOIN asset a USING (asset_id)
CROSS JOIN LATERAL (
  SELECT FROM ledger.normalized_event_keys k
  WHERE k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index AND k.incarnation = e.incarnation AND NOT k.is_reverted
  LIMIT 1) k
CROSS JOIN LATERAL (
  SELECT d.account_address FROM ledger.normalized_event_deltas d
  WHERE d.network_id = $1 AND d.block_number = e.block_number AND d.normalized_event_id = e.normalized_event_id OFFSET 0) d
ORDER BY 1, 5`

/** The next blocks to look through, and what is to be asked about them; null while there are none. */
export async function nextStretch(db: Queryable, network: Network): Promise<Stretch | null> {
  const [gap] = await db.query<BlockSpan & { block: number }>(GAP, [network.id, OPENING_BALANCES, FILL_LOCK])
  if (gap === undefined) return null
  const { block, from } = gap
  const [next] = await db.query<{ block: number }>(NEXT_STRETCH, [network.id, from, gap.to])
  const to = next === undefined ? gap.to : Math.max(from, next.block - 1)
  const rows = await db.query<Omit<Pair, 'id'>>(PAIRS, [network.id, from, to])
  const pairs = rows.map((row): Pair => {
    const [contract, account] = [addressFromHex(row.contract), addressFromHex(row.account)]
    return { ...row, contract, account, id: openingBalanceId(row.assetId, account) }
  })
  const known = await db.query<{ id: string }>(
    'SELECT source_event_id AS id FROM ledger.normalized_event_keys WHERE source_event_id = ANY ($1::uuid[]) AND NOT is_reverted',
    [pairs.map(({ id }) => id)],
  )
  const opened = new Set(known.map(({ id }) => id))
  return { block, span: { from, to }, pairs: pairs.filter(({ id }) => !opened.has(id)) }
}
