import type { Tx } from '../../core/db.js'
import type { Network } from '../../core/networks.js'
import { lockProjection } from '../locks.js'

/*
 * The feed of changes. Its rows are written with the change itself, so that none is missing and none is told that did not happen. A row
 * says where its asset was changed last (block and fork); when that block has left the chain, the row is taken back by another one, and
 * the asset's present state is told anew. As long as the present state is itself of a block that has left the chain, the ledger has not
 * taken that back yet, and may never: the block may return first, and nobody would look at the asset again. So only what the ledger has taken
 * back is taken back then. What was told of a later block than the present state's, or of an asset that is gone, the ledger has
 * taken back, whether or not that block is in the chain again by now.
 */

/** How many rows of a network are kept: who was away for longer has to begin again. */
const KEPT = 100_000
/** Channel on which the readers of the feed wait. */
const CHANNEL = 'ft_changes'

/*
 * Laterals with a limit throughout: the planner takes the touched assets for a handful, and a join of two steps would then be a loop in
 * a loop. Earlier rows are looked up by asset alone (its id names its network, too): with the network's number in the condition, the
 * primary key would look as good to a planner whose statistics are old, and the whole feed be read for each asset.
 */
const APPEND = `
WITH touched AS MATERIALIZED (
  SELECT t.*, t.block_number IS NULL OR b.canonical AS settled
  FROM json_to_recordset($2::json) AS t (asset_id uuid, collection_id uuid, block_number bigint, fork smallint,
    block_hash text, moved boolean, accounts text[], quantities numeric[])
  LEFT JOIN LATERAL (
    SELECT b.canonical FROM ingest.blocks b
    WHERE b.network_id = $1 AND b.number = t.block_number AND b.fork = t.fork LIMIT 1) b ON true),
last AS MATERIALIZED (SELECT coalesce(max(seq), 0) AS seq FROM projection.changes WHERE network_id = $1),
orphaned AS MATERIALIZED (
  SELECT c.* FROM touched t
  CROSS JOIN LATERAL (
    SELECT c.* FROM projection.changes c
    WHERE c.asset_id = t.asset_id AND c.kind = 'changed' AND NOT c.retracted OFFSET 0) c
  LEFT JOIN LATERAL (
    SELECT b.canonical FROM ingest.blocks b
    WHERE b.network_id = $1 AND b.number = c.block_number AND b.fork = c.fork LIMIT 1) b ON true
  WHERE CASE WHEN t.settled THEN NOT b.canonical OR c.block_number > t.block_number OR t.block_number IS NULL
    ELSE NOT b.canonical AND NOT EXISTS (
      SELECT FROM ledger.normalized_events e
      JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
        AND k.incarnation = e.incarnation AND NOT k.is_reverted
      WHERE e.network_id = $1 AND e.asset_id = c.asset_id AND e.block_number = c.block_number AND e.fork = c.fork
        AND NOT e.reverts) END),
marked AS (
  UPDATE projection.changes SET retracted = true
  WHERE network_id = $1 AND seq = ANY (ARRAY(SELECT seq FROM orphaned))),
-- where the newest that was told of an asset does not hold any more, what holds is to be told, though the asset may look as before
state AS MATERIALIZED (
  SELECT t.*, n.seq AS told_seq, n.fork AS told_fork, n.block_number AS told_number, n.block_hash AS told_hash,
    n.collection_id AS told_collection,
    n.retracted OR t.settled AND (NOT b.canonical OR n.block_number > t.block_number) AS outdated
  FROM touched t
  LEFT JOIN LATERAL (
    SELECT c.* FROM projection.changes c WHERE c.asset_id = t.asset_id AND c.kind = 'changed'
    ORDER BY c.seq DESC LIMIT 1) n ON true
  LEFT JOIN LATERAL (
    SELECT b.canonical FROM ingest.blocks b
    WHERE b.network_id = $1 AND b.number = n.block_number AND b.fork = n.fork LIMIT 1) b ON true),
gone AS MATERIALIZED (SELECT * FROM state WHERE block_number IS NULL AND moved AND told_seq IS NOT NULL),
rows AS (
  SELECT 0 AS rank, o.seq AS nth, 'retracted' AS kind, o.fork, o.block_number, o.seq AS retracts, o.asset_id, o.collection_id,
    o.block_hash, o.accounts, '{}'::numeric[] AS quantities FROM orphaned o WHERE o.seq NOT IN (SELECT told_seq FROM gone)
  UNION ALL
  SELECT 1, g.told_seq, 'retracted', g.told_fork, g.told_number, g.told_seq, g.asset_id, g.told_collection, g.told_hash,
    ARRAY(SELECT decode(a, 'hex') FROM unnest(g.accounts) WITH ORDINALITY AS a (a, n) ORDER BY n), g.quantities FROM gone g
  UNION ALL
  SELECT 2, s.block_number, 'changed', s.fork, s.block_number, NULL, s.asset_id, s.collection_id, decode(s.block_hash, 'hex'),
    ARRAY(SELECT decode(a, 'hex') FROM unnest(s.accounts) WITH ORDINALITY AS a (a, n) ORDER BY n), s.quantities
  FROM state s WHERE s.block_number IS NOT NULL AND (s.moved OR s.outdated)),
written AS (
  INSERT INTO projection.changes (network_id, seq, kind, fork, block_number, retracts, asset_id, collection_id, block_hash, accounts,
    quantities)
  SELECT $1, last.seq + row_number() OVER (ORDER BY rank, nth, asset_id), kind, fork, block_number, retracts, asset_id,
    collection_id, block_hash, accounts, quantities
  FROM rows CROSS JOIN last RETURNING seq),
trimmed AS (
  DELETE FROM projection.changes c USING last WHERE c.network_id = $1 AND c.seq <= last.seq - $3)
SELECT pg_notify('${CHANNEL}', '') FROM written LIMIT 1`

/**
 * Tells what changed: the present state of each touched asset, a list in JSON as the statement of `holdings.ts` gives it, which goes back to the
 * database as it is. Without a block the asset is gone; `moved` says whether anything differs from before; `accounts` are those
 * whose holdings differ (hexadecimal), `quantities` what they are now. The caller holds the projection's lock.
 */
export function appendChanges(tx: Tx, network: Network, changes: string): void {
  tx.send(APPEND, [network.id, changes, KEPT])
}

/**
 * Tells that final blocks up to `block` were read in bulk: their changes have no rows, so whoever follows must read again what it
 * keeps. Only the newest of such rows stays, as a long backfill is one event to its readers.
 */
export async function appendReset(tx: Tx, network: Network, block: number): Promise<void> {
  await lockProjection(tx, network)
  tx.send(
    `WITH last AS MATERIALIZED (
       SELECT seq, kind FROM projection.changes WHERE network_id = $1 ORDER BY seq DESC LIMIT 1),
     replaced AS (
       DELETE FROM projection.changes c USING last WHERE c.network_id = $1 AND c.seq = last.seq AND last.kind = 'reset')
     INSERT INTO projection.changes (network_id, seq, kind, fork, block_number, accounts, quantities)
     SELECT $1, coalesce((SELECT seq FROM last), 0) + 1, 'reset', 0, $2, '{}', '{}'`,
    [network.id, block],
  )
  tx.send(`SELECT pg_notify('${CHANNEL}', '')`)
}
