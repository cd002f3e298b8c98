import { addressFromHex } from '../core/address.js'
import { bytea, columns, jsonb, text, uuid } from '../core/columns.js'
import type { Db, Tx } from '../core/db.js'
import type { MetadataQuestion, Standard } from '../core/events.js'
import type { Network } from '../core/networks.js'
import { METADATA } from './consumers.js'
import { lockProjection } from './locks.js'

/*
 * The metadata of assets is no fact of the chain: it is fetched, it changes without an event, and it may be gone. So it is kept beside the
 * ledger, by looks: each asset has one from the moment that a final block names it, and is looked at again as long as it exists: soon after
 * it said something new, then at twice the distance.
 */

/** Events in which new assets are looked for at once, and blocks at most. */
const EVENTS_AT_ONCE = 10_000
const BLOCKS_AT_ONCE = 100_000
/** An asset that was read is looked at again after a day, and each time that it says the same, after twice as long, up to 32 days. */
const AGAIN_DAYS = 1
const MOST_DOUBLINGS = 5
/** One that could not be is tried again after ten minutes, and so on: the last of these tries is three and a half days after the first. */
const RETRY_MINUTES = 10
const MOST_FAILURES = 10

/** An asset whose metadata is due, and whom to ask. */
export interface Due {
  readonly assetId: string
  readonly question: MetadataQuestion
}

/** What a look found: the document and what it says in the words of the API, or why there is none. */
export interface Look {
  readonly assetId: string
  /** As the contract gives it, cut to what is worth keeping; null where it gives none. */
  readonly uri: string | null
  readonly found: Found | null
  /** Null where something was found. */
  readonly reason: string | null
}

/** A metadata document as JSON, what it says, and the SHA-256 of both together with the URI (`0x…`). */
export interface Found {
  readonly content: string
  readonly item: string
  readonly hash: string
}

/** Gives a look to each asset that the newest final blocks name which were not searched yet. Gives false when there are none left. */
export async function findAssets(tx: Tx, network: Network): Promise<boolean> {
  const rows = await tx.query(
    `WITH news AS MATERIALIZED (
       SELECT s.projected * int8multirange(int8range(NULL, s.finalized_number + 1)) - coalesce(r.blocks, '{}') AS blocks
       FROM projection.network_status s
       LEFT JOIN ledger.applied_ranges r ON r.network_id = s.network_id AND r.consumer_id = $4
       WHERE s.network_id = $1 AND s.finalized_number IS NOT NULL),
     last AS MATERIALIZED (
       SELECT greatest(lower(r), upper(r) - $3) AS first, upper(r) AS beyond FROM news CROSS JOIN unnest(news.blocks) AS r
       ORDER BY r DESC LIMIT 1),
     -- whole blocks: of the events at once, the lowest one's block is read to its end
     lowest AS MATERIALIZED (
       SELECT e.block_number FROM last CROSS JOIN LATERAL (
         SELECT e.block_number FROM ledger.normalized_events e
         WHERE e.network_id = $1 AND e.block_number >= last.first AND e.block_number < last.beyond
         ORDER BY e.block_number DESC OFFSET $2 LIMIT 1) e),
     span AS MATERIALIZED (
       SELECT coalesce((SELECT block_number FROM lowest), last.first) AS first, last.beyond FROM last),
     added AS (
       INSERT INTO catalog.metadata_looks (asset_id, network_id, due_at)
       SELECT DISTINCT e.asset_id, $1::smallint, now() FROM span JOIN ledger.normalized_events e
         ON e.network_id = $1 AND e.block_number >= span.first AND e.block_number < span.beyond
       WHERE e.event_kind IN ('mint', 'transfer', 'burn') AND NOT e.reverts AND e.asset_id IS NOT NULL
       ON CONFLICT (asset_id) DO NOTHING)
     INSERT INTO ledger.applied_ranges AS r (network_id, consumer_id, blocks)
     SELECT $1, $4, int8multirange(int8range(first, beyond)) FROM span
     ON CONFLICT (network_id, consumer_id) DO UPDATE SET blocks = r.blocks + EXCLUDED.blocks RETURNING 1`,
    [network.id, EVENTS_AT_ONCE, BLOCKS_AT_ONCE, METADATA],
  )
  return rows.length > 0
}

interface DueRow {
  asset_id: string
  contract: string
  token_id: bigint | null
  standard: Standard
}

/** The assets that have been due for longest, at most `count`. Looks at assets that are gone (a rewind) are removed. */
export async function dueAssets(tx: Tx, network: Network, count: number): Promise<readonly Due[]> {
  const rows = await tx.query<DueRow>(
    `WITH due AS MATERIALIZED (
       SELECT asset_id FROM catalog.metadata_looks WHERE network_id = $1 AND due_at <= now() ORDER BY due_at LIMIT $2),
     found AS MATERIALIZED (
       SELECT d.asset_id, coalesce(a.address, c.address) AS contract, a.token_id, a.standard FROM due d
       LEFT JOIN catalog.assets a USING (asset_id) LEFT JOIN catalog.collections c USING (collection_id)),
     gone AS (DELETE FROM catalog.metadata_looks l USING found f WHERE l.asset_id = f.asset_id AND f.contract IS NULL)
     SELECT * FROM found WHERE contract IS NOT NULL`,
    [network.id, count],
  )
  return rows.map(({ asset_id: assetId, contract, token_id: tokenId, standard }) => ({
    assetId,
    question: { contract: addressFromHex(contract), tokenId, standard },
  }))
}

/** Puts assets off for about an hour: the chain could not be asked, and one of them may be why. They will be among others then. */
export async function putOff(db: Db, due: readonly Due[]): Promise<void> {
  await db.query(
    `UPDATE catalog.metadata_looks SET due_at = now() + interval '1 hour' * (0.5 + random()) WHERE asset_id = ANY ($1::uuid[])`,
    columns(
      due,
      uuid(({ assetId }) => assetId),
    ),
  )
}

/** Keeps what looks found: a version where it is new, and when to look again. */
export async function keepLooks(tx: Tx, network: Network, looks: readonly Look[]): Promise<void> {
  if (looks.length === 0) return
  tx.send(
    `WITH given AS MATERIALIZED (
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::jsonb[], $5::bytea[], $6::text[])
         AS g (asset_id, uri, content, item, content_hash, reason)),
     looked AS MATERIALIZED (
       SELECT g.*, coalesce(l.version, 0) AS version, v.content_hash IS NOT DISTINCT FROM g.content_hash AS is_same
       FROM given g JOIN catalog.metadata_looks l USING (asset_id)
       LEFT JOIN catalog.metadata_versions v ON v.asset_id = l.asset_id AND v.version = l.version),
     written AS (
       INSERT INTO catalog.metadata_versions (asset_id, version, fetched_at, uri, content, item, content_hash)
       SELECT asset_id, version + 1, now(), uri, content, item, content_hash FROM looked
       WHERE content_hash IS NOT NULL AND NOT is_same)
     UPDATE catalog.metadata_looks l SET looked_at = now(), reason = f.reason,
       version = CASE WHEN f.content_hash IS NULL OR f.is_same THEN l.version ELSE f.version + 1 END,
       failures = CASE WHEN f.content_hash IS NULL THEN l.failures + 1 ELSE 0 END,
       unchanged = CASE WHEN f.content_hash IS NULL THEN l.unchanged WHEN f.is_same THEN least(l.unchanged + 1, $8) ELSE 0 END,
       due_at = CASE
         WHEN f.content_hash IS NOT NULL
           THEN now() + make_interval(days => $7) * 2 ^ CASE WHEN f.is_same THEN least(l.unchanged + 1, $8) ELSE 0 END
         WHEN l.failures + 1 < $10 THEN now() + make_interval(mins => $9) * 2 ^ l.failures
         ELSE 'infinity' END
     FROM looked f WHERE l.asset_id = f.asset_id`,
    [
      ...columns(
        looks,
        uuid(({ assetId }) => assetId),
        text(({ uri }) => uri),
        jsonb(({ found }) => found?.content ?? null),
        jsonb(({ found }) => found?.item ?? null),
        bytea(({ found }) => found?.hash ?? null),
        text(({ reason }) => reason),
      ),
      ...[AGAIN_DAYS, MOST_DOUBLINGS, RETRY_MINUTES, MOST_FAILURES],
    ],
  )
  await endStubs(tx, network, looks)
}

/** An asset is no stub any more once its metadata is known, whatever later looks find. */
async function endStubs(tx: Tx, network: Network, looks: readonly Look[]): Promise<void> {
  const known = looks.flatMap(({ assetId, found }) => (found === null ? [] : [assetId]))
  if (known.length === 0) return
  await lockProjection(tx, network)
  const ids = columns(
    known,
    uuid((id) => id),
  )
  tx.send('UPDATE catalog.assets SET is_stub = false WHERE asset_id = ANY($1::uuid[]) AND is_stub', ids)
  tx.send('UPDATE projection.asset_cards SET is_stub = false WHERE asset_id = ANY($1::uuid[]) AND is_stub', ids)
}

/**
 * Makes the metadata of a collection's assets due at once, or that of one of them. Gives how many.
 */
export async function refreshMetadata(
  db: Db,
  network: Network,
  { collectionId, tokenId }: { readonly collectionId: string; readonly tokenId: bigint | null },
): Promise<number> {
  const rows = await db.query(
    `INSERT INTO catalog.metadata_looks AS l (asset_id, network_id, due_at)
     SELECT a.asset_id, $1, now() FROM catalog.assets a WHERE a.collection_id = $2 AND ($3::numeric IS NULL OR a.token_id = $3)
     ON CONFLICT (asset_id) DO UPDATE SET due_at = now(), failures = 0, unchanged = 0 RETURNING 1`,
    [network.id, collectionId, tokenId],
  )
  return rows.length
}
