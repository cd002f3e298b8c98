import { bigint, bytea, columns, integer, numeric, text, uuid } from '../core/columns.js'
import type { Tx } from '../core/db.js'
import { isMovement } from '../core/events.js'
import type { Network } from '../core/networks.js'
import type { Entry } from './entries.js'

/**
 * Makes stubs for the collections and assets that these entries name. The first event in chain order decides standard and
 * first_*, in whatever order the entries arrive. Assets that are known from an earlier event are sorted out before: a conflict would lock the
 * row, and a lock is written.
 */
export async function upsertStubs(tx: Tx, network: Network, entries: readonly Entry[]): Promise<void> {
  const assets = firstPer(entries, (entry) => entry.assetId)
  if (assets.length === 0) return
  const collections = firstPer(entries, (entry) => entry.collectionId)
  tx.send(
    `INSERT INTO catalog.collections AS c
       (network_id, collection_id, address, standard, first_block, first_position, first_sub_index)
     SELECT $1, i.* FROM unnest($2::uuid[], $3::bytea[], $4::ref.token_standard[], $5::bigint[], $6::bigint[], $7::integer[])
       AS i (collection_id, address, standard, block, position, sub_index) ORDER BY i.collection_id
     ON CONFLICT (collection_id) DO UPDATE SET standard = EXCLUDED.standard, first_block = EXCLUDED.first_block,
       first_position = EXCLUDED.first_position, first_sub_index = EXCLUDED.first_sub_index, ${askedAs('EXCLUDED.standard')}
     WHERE (EXCLUDED.first_block, EXCLUDED.first_position, EXCLUDED.first_sub_index)
         < (c.first_block, c.first_position, c.first_sub_index)`,
    [
      network.id,
      ...columns(
        collections,
        uuid((e) => e.collectionId),
        bytea((e) => e.fact.contract),
        text((e) => e.fact.standard),
        bigint((e) => e.raw.blockNumber),
        bigint((e) => e.raw.position),
        integer((e) => e.fact.subIndex),
      ),
    ],
  )
  tx.send(
    `INSERT INTO catalog.assets AS a
       (network_id, asset_id, collection_id, token_id, address, standard, first_kind, first_block, first_position, first_sub_index)
     SELECT $1, i.* FROM unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::bytea[], $6::ref.token_standard[],
       $7::ledger.event_kind[], $8::bigint[], $9::bigint[], $10::integer[])
       AS i (asset_id, collection_id, token_id, address, standard, kind, block, position, sub_index)
     WHERE NOT EXISTS (
       SELECT FROM catalog.assets a WHERE a.asset_id = i.asset_id
         AND (a.first_block, a.first_position, a.first_sub_index) <= (i.block, i.position, i.sub_index))
     ORDER BY i.asset_id
     ON CONFLICT (asset_id) DO UPDATE SET standard = EXCLUDED.standard, first_kind = EXCLUDED.first_kind,
       first_block = EXCLUDED.first_block, first_position = EXCLUDED.first_position, first_sub_index = EXCLUDED.first_sub_index
     WHERE (EXCLUDED.first_block, EXCLUDED.first_position, EXCLUDED.first_sub_index)
         < (a.first_block, a.first_position, a.first_sub_index)`,
    [
      network.id,
      ...columns(
        assets,
        uuid((e) => e.assetId),
        uuid((e) => e.collectionId),
        numeric((e) => e.fact.tokenId),
        bytea((e) => e.fact.item ?? null),
        text((e) => e.fact.standard),
        text((e) => e.fact.kind),
        bigint((e) => e.raw.blockNumber),
        bigint((e) => e.raw.position),
        integer((e) => e.fact.subIndex),
      ),
    ],
  )
}

/** What was found out about a contract of one standard says nothing about another: assignments to a collection `c` that may get that one. */
function askedAs(standard: string): string {
  return `standard_confidence = CASE WHEN c.standard = ${standard} THEN c.standard_confidence ELSE 'unconfirmed' END,
    ask_after = CASE WHEN c.standard = ${standard} THEN c.ask_after ELSE '-infinity' END,
    derivable = c.derivable OR c.standard <> ${standard}`
}

/** The first movement in chain order of each group. Market events make no stubs: what an order names may not exist. */
function firstPer(entries: readonly Entry[], group: (entry: Entry) => string | null): Entry[] {
  const first = new Map<string, Entry>()
  for (const entry of entries) {
    const key = group(entry)
    if (key === null || !isMovement(entry.fact.kind)) continue
    const other = first.get(key)
    if (other === undefined || isBefore(entry, other)) first.set(key, entry)
  }
  return [...first.values()]
}

function isBefore(a: Entry, b: Entry): boolean {
  return (
    (a.raw.blockNumber - b.raw.blockNumber || a.raw.position - b.raw.position || a.fact.subIndex - b.fact.subIndex) < 0
  )
}

/**
 * Puts the catalog of these assets, some of whose events were reverted, back to what the live events say: the first one that is
 * left decides; an asset or collection without any is gone. A collection is concerned when the event that was its first is among them.
 */
export async function recomputeStubs(tx: Tx, network: Network, assetIds: readonly string[]): Promise<void> {
  if (assetIds.length === 0) return
  const firsts = await tx.query<{ collection_id: string }>(
    `WITH touched AS (SELECT a.* FROM catalog.assets a WHERE a.asset_id = ANY($2::uuid[])),
     first AS (
       SELECT t.asset_id, e.* FROM touched t CROSS JOIN LATERAL (
         SELECT e.block_number, e.position, e.sub_index, e.standard, e.event_kind
         FROM ledger.normalized_events e
         JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
           AND k.incarnation = e.incarnation AND NOT k.is_reverted
         WHERE e.asset_id = t.asset_id AND e.network_id = $1 AND NOT e.reverts
           AND e.event_kind IN ('mint', 'transfer', 'burn')
         ORDER BY e.block_number, e.position, e.sub_index LIMIT 1) e),
     changed AS (
       UPDATE catalog.assets a SET standard = f.standard, first_kind = f.event_kind, first_block = f.block_number,
         first_position = f.position, first_sub_index = f.sub_index
       FROM first f WHERE a.asset_id = f.asset_id
         AND (a.first_block, a.first_position, a.first_sub_index, a.first_kind, a.standard)
           <> (f.block_number, f.position, f.sub_index, f.event_kind, f.standard)),
     gone AS (DELETE FROM catalog.assets a USING touched t
              WHERE a.asset_id = t.asset_id AND NOT EXISTS (SELECT FROM first f WHERE f.asset_id = t.asset_id))
     SELECT c.collection_id FROM touched t JOIN catalog.collections c USING (collection_id)
     WHERE (c.first_block, c.first_position, c.first_sub_index) = (t.first_block, t.first_position, t.first_sub_index)`,
    [network.id, assetIds],
  )
  if (firsts.length === 0) return
  tx.send(
    `WITH touched AS (SELECT * FROM catalog.collections c WHERE c.collection_id = ANY($1::uuid[])),
     first AS (
       SELECT t.collection_id, a.* FROM touched t CROSS JOIN LATERAL (
         SELECT a.first_block, a.first_position, a.first_sub_index, a.standard FROM catalog.assets a
         WHERE a.collection_id = t.collection_id
         ORDER BY a.first_block, a.first_position, a.first_sub_index LIMIT 1) a),
     changed AS (
       UPDATE catalog.collections c SET standard = f.standard, first_block = f.first_block,
         first_position = f.first_position, first_sub_index = f.first_sub_index, ${askedAs('f.standard')}
       FROM first f WHERE c.collection_id = f.collection_id
         AND (c.first_block, c.first_position, c.first_sub_index, c.standard)
           <> (f.first_block, f.first_position, f.first_sub_index, f.standard))
     DELETE FROM catalog.collections c USING touched t
     WHERE c.collection_id = t.collection_id AND NOT EXISTS (SELECT FROM first f WHERE f.collection_id = t.collection_id)`,
    [firsts.map((row) => row.collection_id)],
  )
}
