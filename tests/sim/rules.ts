import type { Queryable } from '../../src/core/db.js'

/** Who follows the feed of changes reads everything again after it. */
const LAST_RESET = `coalesce((SELECT max(seq) FROM projection.changes WHERE kind = 'reset'), 0)`

/*
 * What holds in the tables whatever the chain did: histories, which the canonical chain does not determine, must at least agree with
 * themselves. Each query gives the rows that break its rule.
 */
const RULES: Readonly<Record<string, string>> = {
  'every inclusion up to the latest has one entry that applies it': `
    SELECT k.source_event_id || ' ' || k.sub_index || ' incarnation ' || i || ' has ' || count(e.*) AS row
    FROM ledger.normalized_event_keys k CROSS JOIN generate_series(1, k.incarnation) AS i
    LEFT JOIN ledger.normalized_events e ON e.source_event_id = k.source_event_id AND e.sub_index = k.sub_index
      AND e.incarnation = i AND NOT e.reverts
    GROUP BY k.source_event_id, k.sub_index, i HAVING count(e.*) <> 1`,
  'every inclusion but a live one is reverted once': `
    SELECT k.source_event_id || ' ' || k.sub_index || ' incarnation ' || i || ' has ' || count(e.*) AS row
    FROM ledger.normalized_event_keys k CROSS JOIN generate_series(1, k.incarnation) AS i
    LEFT JOIN ledger.normalized_events e ON e.source_event_id = k.source_event_id AND e.sub_index = k.sub_index
      AND e.incarnation = i AND e.reverts
    GROUP BY k.source_event_id, k.sub_index, k.incarnation, k.is_reverted, i
    HAVING count(e.*) <> (i < k.incarnation OR k.is_reverted)::int`,
  'every entry belongs to a key': `
    SELECT e.normalized_event_id::text AS row FROM ledger.normalized_events e
    LEFT JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
      AND k.incarnation >= e.incarnation
    WHERE k.source_event_id IS NULL`,
  'a reversing entry is the inverse of what it reverts, in the same place': `
    SELECT a.source_event_id || ' ' || a.sub_index || ' incarnation ' || a.incarnation AS row
    FROM ledger.normalized_events a
    JOIN ledger.normalized_events r USING (source_event_id, sub_index, incarnation)
    WHERE NOT a.reverts AND r.reverts AND (
      (a.block_number, a.position, a.fork, a.event_kind, a.asset_id, a.standard)
        IS DISTINCT FROM (r.block_number, r.position, r.fork, r.event_kind, r.asset_id, r.standard)
      OR EXISTS (
        SELECT FROM (SELECT * FROM ledger.normalized_event_deltas WHERE normalized_event_id = a.normalized_event_id) x
        FULL JOIN (SELECT * FROM ledger.normalized_event_deltas WHERE normalized_event_id = r.normalized_event_id) y
          USING (delta_index, account_address)
        WHERE x.qty_delta IS DISTINCT FROM -y.qty_delta))`,
  'deltas belong to entries': `
    SELECT d.normalized_event_id::text AS row FROM ledger.normalized_event_deltas d
    LEFT JOIN ledger.normalized_events e USING (normalized_event_id, block_number) WHERE e.normalized_event_id IS NULL`,
  'ownership is the sum of all deltas': `
    SELECT asset_id || ' ' || encode(account_address, 'hex') AS row
    FROM (SELECT e.asset_id, d.account_address, sum(d.qty_delta) AS quantity
          FROM ledger.normalized_event_deltas d JOIN ledger.normalized_events e USING (normalized_event_id, block_number)
          GROUP BY 1, 2 HAVING sum(d.qty_delta) <> 0) s
    FULL JOIN market.ownership_current o USING (asset_id, account_address)
    WHERE s.quantity IS DISTINCT FROM o.quantity`,
  'every entry is recorded as applied, and nothing else is': `
    SELECT coalesce(e.normalized_event_id, a.normalized_event_id)::text AS row
    FROM ledger.normalized_events e
    FULL JOIN (SELECT * FROM ledger.applied_events WHERE consumer_id = 'ownership') a USING (normalized_event_id)
    WHERE e.normalized_event_id IS NULL
      OR (a.normalized_event_id IS NULL AND NOT EXISTS (
        SELECT FROM ledger.applied_ranges r
        WHERE r.network_id = e.network_id AND r.consumer_id = 'ownership' AND r.blocks @> e.block_number))`,
  'what the feed of changes said last of a holding is so': `
    SELECT told.asset_id || ' ' || encode(told.account, 'hex') || ' is said to be ' || told.quantity AS row
    FROM (SELECT DISTINCT ON (c.asset_id, a.account) c.asset_id, a.account, a.quantity
          FROM projection.changes c CROSS JOIN LATERAL unnest(c.accounts, c.quantities) AS a (account, quantity)
          WHERE a.quantity IS NOT NULL AND c.seq > ${LAST_RESET}
          ORDER BY c.asset_id, a.account, c.seq DESC) told
    LEFT JOIN projection.ownership_view v ON v.asset_id = told.asset_id AND v.account_address = told.account
    WHERE told.quantity <> coalesce(v.quantity, 0)`,
  'what the feed of changes said of a block that left the chain is taken back': `
    SELECT c.asset_id || ' ' || c.seq AS row FROM projection.changes c
    JOIN ingest.blocks b ON b.network_id = c.network_id AND b.number = c.block_number AND b.fork = c.fork
    WHERE c.kind = 'changed' AND NOT b.canonical AND c.seq > ${LAST_RESET}
      AND NOT EXISTS (SELECT FROM projection.changes r WHERE r.kind = 'retracted' AND r.retracts = c.seq)`,
  // What was held before the first block is not of a block.
  'every live entry is in a canonical block': `
    SELECT k.source_event_id || ' ' || k.sub_index AS row FROM ledger.normalized_event_keys k
    JOIN ref.networks n USING (network_id)
    LEFT JOIN ingest.blocks b ON b.network_id = k.network_id AND b.number = k.block_number AND b.fork = k.fork
    WHERE NOT k.is_reverted AND b.canonical IS NOT TRUE AND k.block_number >= n.start_block`,
}

/** Names the broken rules, each with a row that breaks it. */
export async function brokenRules(db: Queryable): Promise<string[]> {
  const broken: string[] = []
  for (const [rule, query] of Object.entries(RULES)) {
    const rows = await db.query<{ row: string }>(query)
    if (rows.length > 0) broken.push(`broken: ${rule} (${rows.length} rows, such as ${rows[0]?.row})`)
  }
  return broken
}
