import type { Tx } from '../../core/db.js'
import type { Network } from '../../core/networks.js'
import { lockProjection } from '../locks.js'

/*
 * The feed of changes. Its rows are written with the change itself, so that none is missing and none is told that did not happen. A row
 * says where its asset was changed last (block and fork); when that block has left the chain, the row is taken back by another one, and
 * the asset's present state is told anew.
 */

/** How many rows of a network are kept: who was away for longer has to begin again. */
const KEPT = 100_000
/** Channel on which the readers of the feed wait. */
const CHANNEL = 'ft_changes'

/** The present state of a touched asset, as the statement of `holdings.ts` gives it. No block: the asset is gone. */
export interface AssetChange {
  readonly asset_id: string
  readonly collection_id: string | null
  readonly block_number: number | null
  readonly fork: number | null
  readonly block_hash: string | null
  /** Whether anything differs from before. */
  readonly moved: boolean
  /** Whose holdings differ (hexadecimal), and what they are now (decimal). */
  readonly accounts: readonly string[]
  readonly quantities: readonly string[]
}

const APPEND = `
WITH touched AS MATERIALIZED (
  SELECT * FROM json_to_recordset($2::json) AS t (asset_id uuid, collection_id uuid, block_number bigint, fork smallint,
    block_hash text, moved boolean, accounts text[], quantities numeric(78, 0)[])),
last AS MATERIALIZED (SELECT coalesce(max(seq), 0) AS seq FROM projection.changes WHERE network_id = $1),
told AS MATERIALIZED (
  SELECT c.*, NOT c.retracted AND NOT b.canonical AS orphaned
  FROM touched t JOIN projection.changes c USING (asset_id)
  JOIN ingest.blocks b ON b.network_id = $1 AND b.number = c.block_number AND b.fork = c.fork
  WHERE c.network_id = $1 AND c.kind = 'changed'),
marked AS (
  UPDATE projection.changes c SET retracted = true FROM told o
  WHERE o.orphaned AND c.network_id = $1 AND c.seq = o.seq),
-- where the newest that was told of an asset does not hold any more, what holds is to be told, though the asset may look as before
newest AS MATERIALIZED (
  SELECT DISTINCT ON (asset_id) *, retracted OR orphaned AS outdated FROM told ORDER BY asset_id, seq DESC),
gone AS MATERIALIZED (
  SELECT n.*, t.accounts AS left_accounts, t.quantities AS left_quantities
  FROM touched t JOIN newest n USING (asset_id) WHERE t.block_number IS NULL AND t.moved AND n.outdated),
rows AS (
  SELECT 0 AS rank, o.seq AS nth, 'retracted' AS kind, o.fork, o.block_number, o.seq AS retracts, o.asset_id, o.collection_id,
    o.block_hash, o.accounts, '{}'::numeric[] AS quantities FROM told o WHERE o.orphaned AND o.seq NOT IN (SELECT seq FROM gone)
  UNION ALL
  SELECT 1, o.seq, 'retracted', o.fork, o.block_number, o.seq, o.asset_id, o.collection_id, o.block_hash,
    ARRAY(SELECT decode(a, 'hex') FROM unnest(o.left_accounts) WITH ORDINALITY AS a (a, n) ORDER BY n), o.left_quantities FROM gone o
  UNION ALL
  SELECT 2, t.block_number, 'changed', t.fork, t.block_number, NULL, t.asset_id, t.collection_id, decode(t.block_hash, 'hex'),
    ARRAY(SELECT decode(a, 'hex') FROM unnest(t.accounts) WITH ORDINALITY AS a (a, n) ORDER BY n), t.quantities
  FROM touched t
  JOIN ingest.blocks b ON b.network_id = $1 AND b.number = t.block_number AND b.fork = t.fork AND b.canonical
  LEFT JOIN newest o USING (asset_id) WHERE t.moved OR o.outdated),
written AS (
  INSERT INTO projection.changes (network_id, seq, kind, fork, block_number, retracts, asset_id, collection_id, block_hash, accounts,
    quantities)
  SELECT $1, last.seq + row_number() OVER (ORDER BY rank, nth, asset_id), kind, fork, block_number, retracts, asset_id,
    collection_id, block_hash, accounts, quantities
  FROM rows CROSS JOIN last RETURNING seq),
trimmed AS (
  DELETE FROM projection.changes c USING last WHERE c.network_id = $1 AND c.seq <= last.seq - $3)
SELECT pg_notify('${CHANNEL}', '') FROM written LIMIT 1`

/** Tells what changed. The caller holds the projection's lock. */
export async function appendChanges(tx: Tx, network: Network, changes: readonly AssetChange[]): Promise<void> {
  if (changes.length > 0) await tx.query(APPEND, [network.id, JSON.stringify(changes), KEPT])
}

/**
 * Tells that final blocks up to `block` were read in bulk: their changes have no rows, so whoever follows must read again what it
 * keeps. Only the newest of such rows stays, as a long backfill is one event to its readers.
 */
export async function appendReset(tx: Tx, network: Network, block: number): Promise<void> {
  await lockProjection(tx, network)
  await tx.query(
    `WITH last AS MATERIALIZED (
       SELECT seq, kind FROM projection.changes WHERE network_id = $1 ORDER BY seq DESC LIMIT 1),
     replaced AS (
       DELETE FROM projection.changes c USING last WHERE c.network_id = $1 AND c.seq = last.seq AND last.kind = 'reset')
     INSERT INTO projection.changes (network_id, seq, kind, fork, block_number, accounts, quantities)
     SELECT $1, coalesce((SELECT seq FROM last), 0) + 1, 'reset', 0, $2, '{}', '{}'`,
    [network.id, block],
  )
  await tx.query(`SELECT pg_notify('${CHANNEL}', '')`)
}
