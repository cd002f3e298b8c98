import type { Queryable } from '../core/db.js'

/** What is still to be asked of contracts, beside reading blocks. Networks where it is switched off are absent. */
export interface AskingState {
  /** Assets that are due for a look at their metadata, at most 20,000, and for how long the first of them has been. */
  readonly metadata: ReadonlyMap<string, { readonly due: number; readonly oldestSeconds: number }>
  /** Final blocks that were not looked through yet for accounts without an opening balance. */
  readonly openings: ReadonlyMap<string, { readonly blocks: number }>
}

/** Most assets that are counted: at first all of them are due, and counting must stay cheap. */
const MOST_DUE = 20_000

/* What is due at once is so since -infinity; it is read within a step. */
const METADATA = `
SELECT n.name, (SELECT count(*) FROM (
    SELECT FROM catalog.metadata_looks l WHERE l.network_id = n.network_id AND l.due_at <= now() LIMIT ${MOST_DUE}) d)::int AS due,
  coalesce((SELECT extract(epoch FROM now() - l.due_at) FROM catalog.metadata_looks l
    WHERE l.network_id = n.network_id AND l.due_at > '-infinity' AND l.due_at <= now() ORDER BY l.due_at LIMIT 1), 0)::float8 AS "oldestSeconds"
FROM ref.networks n WHERE n.name = ANY ($1::text[])`

const OPENINGS = `
SELECT n.name, CASE WHEN n.history_complete THEN 0 ELSE coalesce((
    SELECT sum(upper(r) - lower(r)) FROM unnest(
      int8multirange(int8range(n.start_block, greatest(n.start_block, least(p.finalized_number, p.projected_number) + 1)))
      - coalesce(a.blocks, '{}')) AS r), 0)::int8 END AS blocks
FROM ref.networks n JOIN projection.network_status p USING (network_id)
LEFT JOIN ledger.applied_ranges a ON a.network_id = n.network_id AND a.consumer_id = 'opening_balances'
WHERE n.name = ANY ($1::text[])`

/** Reads it, for the networks where each is switched on. Costs at most 20,000 index entries for each network. */
export async function readAskingState(
  db: Queryable,
  { metadata, openings }: { readonly metadata: readonly string[]; readonly openings: readonly string[] },
): Promise<AskingState> {
  const due = await db.query<{ name: string; due: number; oldestSeconds: number }>(METADATA, [metadata])
  const blocks = await db.query<{ name: string; blocks: number }>(OPENINGS, [openings])
  return {
    metadata: new Map(due.map(({ name, ...state }) => [name, state])),
    openings: new Map(blocks.map(({ name, ...state }) => [name, state])),
  }
}
