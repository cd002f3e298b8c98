import { columns, text, uuid } from '../core/columns.js'
import type { Db, Tx } from '../core/db.js'
import type { BlockSpan, MetadataUpdate } from '../core/events.js'
import { claimBlocks } from '../core/idempotency.js'
import { collectionId } from '../core/ids.js'
import type { Network } from '../core/networks.js'
import { METADATA_UPDATES } from './consumers.js'

/*
 * What contracts say of metadata that has changed makes the assets due which have been found already; all others are read anyway. One call can name
 * all tokens of a collection, and anybody can make it at any time. So what is named is kept as ranges of token ids, one row for each collection, and
 * the collections take turns: a few assets at once go to the front of the queue. Nothing depends on it: a word too many costs a look, and one that is
 * missing leaves an asset as it is until its next look. (docs/adr/0023)
 */

/** Final blocks that were not searched further back than that are passed over: about a day of Polygon, and each asset is read again anyway. */
const MOST_BEHIND = 50_000
/** Ranges of token ids of one collection at most; more of them become one that holds them all. */
const MOST_RANGES = 1_000
/** An asset is not read again sooner than that after its last look, however often its contract asks for it. */
const PAUSE_MINUTES = 10

/** The final blocks that were not searched yet for what contracts say of their metadata; null: none. At first, that is the newest one. */
export async function unsearched(db: Db, network: Network): Promise<BlockSpan | null> {
  const [span] = await db.query<BlockSpan>(
    `SELECT b.first AS "from", s.finalized_number AS "to" FROM projection.network_status s
     LEFT JOIN ledger.applied_ranges r ON r.network_id = s.network_id AND r.consumer_id = $2
     CROSS JOIN LATERAL (
       SELECT greatest(coalesce(upper(r.blocks), s.finalized_number), s.finalized_number - $3 + 1, 0) AS first) b
     WHERE s.network_id = $1 AND b.first <= s.finalized_number`,
    [network.id, METADATA_UPDATES, MOST_BEHIND],
  )
  return span ?? null
}

/** At most `MOST_RANGES` of ranges: an expression of SQL, of an expression. */
const bounded = (ranges: string) => `(
  SELECT CASE WHEN count(*) <= ${MOST_RANGES} THEN range_agg(r) ELSE nummultirange(range_merge(range_agg(r))) END
  FROM unnest(${ranges}) AS r)`

/** Keeps what contracts have said in these blocks, as far as they are collections that are known, and that the blocks were searched. */
export async function keepUpdates(
  tx: Tx,
  network: Network,
  span: BlockSpan,
  updates: readonly MetadataUpdate[],
): Promise<void> {
  await claimBlocks(tx, network, METADATA_UPDATES, span)
  if (updates.length === 0) return
  const tokens = new Map<string, string[]>()
  for (const { contract, first, last } of updates) {
    const id = collectionId(network.name, contract)
    const ranges = tokens.get(id) ?? []
    if (ranges.push(`[${first},${last}]`) === 1) tokens.set(id, ranges)
  }
  tx.send(
    `INSERT INTO catalog.metadata_updates AS u (collection_id, network_id, tokens)
     SELECT c.collection_id, $1, ${bounded('i.tokens::nummultirange')}
     FROM unnest($2::uuid[], $3::text[]) AS i (collection_id, tokens) JOIN catalog.collections c USING (collection_id)
     ON CONFLICT (collection_id) DO UPDATE SET tokens = ${bounded('u.tokens + EXCLUDED.tokens')}`,
    [
      network.id,
      ...columns(
        [...tokens],
        uuid(([id]) => id),
        text(([, ranges]) => `{${ranges.join(',')}}`),
      ),
    ],
  )
}

/*
 * Of those that have waited longest, the first tokens of each, in turn. What a range holds is found in the read models, which have the index for it.
 * A collection of which nothing is left goes; one that got no turn stays as it is.
 */
const TAKE = `
WITH turn AS MATERIALIZED (
  SELECT collection_id, waits_since, tokens FROM catalog.metadata_updates WHERE network_id = $1
  ORDER BY waits_since LIMIT $2 FOR UPDATE),
found AS MATERIALIZED (
  SELECT t.collection_id, t.waits_since, a.*, row_number() OVER (PARTITION BY t.collection_id ORDER BY a.token_id) AS nth
  FROM turn t CROSS JOIN LATERAL (
    SELECT c.asset_id, c.token_id FROM unnest(t.tokens) AS r CROSS JOIN LATERAL (
      SELECT c.asset_id, c.token_id FROM projection.asset_cards c
      WHERE c.collection_id = t.collection_id AND c.token_id BETWEEN lower(r) AND upper(r) ORDER BY c.token_id LIMIT $2) c
    ORDER BY c.token_id LIMIT $2) a),
taken AS MATERIALIZED (SELECT * FROM found ORDER BY nth, waits_since LIMIT $2),
served AS MATERIALIZED (
  SELECT t.collection_id, max(k.token_id) AS last, count(f.asset_id) < $2 AND count(f.asset_id) = count(k.asset_id) AS is_whole
  FROM turn t LEFT JOIN found f USING (collection_id) LEFT JOIN taken k USING (collection_id, asset_id) GROUP BY 1),
ended AS (DELETE FROM catalog.metadata_updates u USING served s WHERE u.collection_id = s.collection_id AND s.is_whole),
moved AS (
  UPDATE catalog.metadata_updates u SET waits_since = clock_timestamp(), tokens = u.tokens - nummultirange(numrange(NULL, s.last + 1))
  FROM served s WHERE u.collection_id = s.collection_id AND NOT s.is_whole AND s.last IS NOT NULL),
due AS (
  UPDATE catalog.metadata_looks l SET failures = 0, unchanged = 0, due_at = CASE
    WHEN l.looked_at > now() - make_interval(mins => $3) THEN least(l.due_at, l.looked_at + make_interval(mins => $3))
    ELSE '-infinity' END
  FROM taken k WHERE l.asset_id = k.asset_id)
SELECT 1 FROM turn`

/** Makes up to `count` assets due of which contracts have said that their metadata is another now. False when none are left. */
export async function takeUpdates(tx: Tx, network: Network, count: number): Promise<boolean> {
  const rows = await tx.query(TAKE, [network.id, count, PAUSE_MINUTES])
  return rows.length > 0
}
