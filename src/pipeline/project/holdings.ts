import { tonFromBytea, tonToBytea } from '../../core/address.js'
import { bigint, bytea, columns, numeric, smallint, uuid } from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import type { OwnershipMessage } from '../../core/events.js'
import type { Network } from '../../core/networks.js'
import type { Latest } from '../latest.js'
import { lockProjection } from '../locks.js'
import { appendChanges } from './changes.js'

type Changes = Pick<OwnershipMessage, 'holdings' | 'assetIds'>

/*
 * The statement reads what the read models should hold for the touched assets, compares it with what they do hold, and writes
 * the difference; counters of collections move by that difference. Nothing depends on which message brought it here, so
 * repeating it changes nothing, and after the last message the read models equal the state.
 *
 * Look-ups by key are laterals with a limit, or compare with an array: the planner cannot know how many rows an earlier step gives,
 * and where it guesses badly, plain joins read whole tables, so that an event would cost more the longer the history is. For the
 * same reason known rows are named by their place (ctid): it was read in this statement, and the lock keeps everybody else away.
 *
 * Single-owner standards (ERC-721, TEP-62): the owner is the recipient of the last live event, which is right even when history
 * starts in the middle. Others: the sums of market.ownership_current, as far as they are positive.
 *
 * A TON item that is for sale is held by its sale contract. Readers are shown the seller: of the last live listing that says who
 * holds the item, if that is the recipient and no movement came after it. The ledger keeps the contract.
 */
const project = (seller: string): string => `
WITH touched AS MATERIALIZED (SELECT DISTINCT asset_id FROM unnest($2::uuid[]) AS t (asset_id)),
card AS MATERIALIZED (
  SELECT c.*, c.ctid AS row FROM touched t JOIN projection.asset_cards c USING (asset_id)),
known AS MATERIALIZED (
  SELECT k.* FROM unnest($5::uuid[], $6::bigint[], $7::bigint[], $8::smallint[], $9::bytea[], $10::numeric[])
    AS k (asset_id, last_block, position, fork, owner, owned)
  LEFT JOIN card c USING (asset_id) WHERE c.asset_id IS NULL OR c.last_block < k.last_block),
latest AS MATERIALIZED (
  SELECT * FROM known
  UNION ALL
  SELECT t.asset_id, l.block_number, l.position, l.fork, r.account_address, r.qty_delta
  FROM (SELECT asset_id FROM touched EXCEPT SELECT asset_id FROM known) t
  CROSS JOIN LATERAL (
    SELECT e.block_number, e.position, e.fork, e.normalized_event_id
    FROM ledger.normalized_events e
    JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
      AND k.incarnation = e.incarnation AND NOT k.is_reverted
    WHERE e.network_id = $1 AND e.asset_id = t.asset_id AND NOT e.reverts
      AND e.event_kind IN ('mint', 'transfer', 'burn')
    ORDER BY e.block_number DESC, e.position DESC, e.sub_index DESC LIMIT 1) l
  LEFT JOIN LATERAL (
    SELECT d.account_address, d.qty_delta FROM ledger.normalized_event_deltas d
    WHERE d.network_id = $1 AND d.block_number = l.block_number
      AND d.normalized_event_id = l.normalized_event_id AND d.qty_delta > 0) r ON true),
block AS MATERIALIZED (
  SELECT l.last_block, l.fork, b.hash, b.time FROM (SELECT DISTINCT last_block, fork FROM latest) l
  CROSS JOIN LATERAL (
    SELECT b.time, b.hash FROM ingest.blocks b WHERE b.network_id = $1 AND b.number = l.last_block AND b.fork = l.fork LIMIT 1) b),
asset AS MATERIALIZED (
  SELECT a.asset_id, a.collection_id, a.network_id, a.standard, a.first_kind, a.is_stub, a.token_id, a.address, s.single_owner,
    l.last_block, l.fork AS last_fork, b.hash AS last_hash, b.time AS last_event_at,
    CASE WHEN s.single_owner THEN coalesce(o.seller, l.owner) END AS owner,
    CASE WHEN s.single_owner THEN l.owned END AS owned
  FROM latest l
  CROSS JOIN LATERAL (SELECT * FROM catalog.assets a WHERE a.asset_id = l.asset_id LIMIT 1) a
  JOIN block b USING (last_block, fork)
  JOIN ref.token_standards s ON s.standard = a.standard
  LEFT JOIN LATERAL (${seller}) o ON true),
restandardised AS (
  SELECT a.asset_id FROM card c JOIN asset a USING (asset_id) WHERE c.standard <> a.standard AND NOT a.single_owner),
pair AS MATERIALIZED (
  SELECT asset_id, account_address FROM unnest($3::uuid[], $4::bytea[]) AS h (asset_id, account_address)
  UNION
  SELECT o.asset_id, o.account_address FROM market.ownership_current o
  WHERE o.asset_id = ANY (ARRAY(SELECT asset_id FROM restandardised))
  UNION
  SELECT v.asset_id, v.account_address FROM projection.ownership_view v
  WHERE v.asset_id = ANY (ARRAY(SELECT asset_id FROM restandardised))),
summed AS MATERIALIZED (SELECT p.* FROM pair p JOIN asset a USING (asset_id) WHERE NOT a.single_owner),
wanted AS (
  SELECT asset_id, owner AS account_address, owned AS quantity FROM asset WHERE owner IS NOT NULL
  UNION ALL
  SELECT p.asset_id, p.account_address, o.quantity
  FROM summed p CROSS JOIN LATERAL (
    SELECT o.quantity FROM market.ownership_current o
    WHERE o.asset_id = p.asset_id AND o.account_address = p.account_address LIMIT 1) o
  WHERE o.quantity > 0),
held AS (
  SELECT v.asset_id, v.account_address, v.quantity, v.ctid AS row FROM projection.ownership_view v
  WHERE v.asset_id = ANY (ARRAY(SELECT t.asset_id FROM touched t LEFT JOIN asset a USING (asset_id)
                                WHERE a.single_owner IS NOT FALSE))
  UNION ALL
  SELECT p.asset_id, p.account_address, v.quantity, v.row
  FROM summed p CROSS JOIN LATERAL (
    SELECT v.quantity, v.ctid AS row FROM projection.ownership_view v
    WHERE v.asset_id = p.asset_id AND v.account_address = p.account_address LIMIT 1) v),
diff AS MATERIALIZED (
  SELECT asset_id, account_address, coalesce(w.quantity, 0) AS quantity, coalesce(w.quantity, 0) - coalesce(h.quantity, 0) AS change,
         (w.quantity IS NOT NULL)::int - (h.quantity IS NOT NULL)::int AS held_change, h.row
  FROM wanted w FULL JOIN held h USING (asset_id, account_address)
  WHERE w.quantity IS DISTINCT FROM h.quantity),
removed AS (
  DELETE FROM projection.ownership_view WHERE ctid = ANY (ARRAY(SELECT row FROM diff WHERE quantity = 0))),
added AS (
  INSERT INTO projection.ownership_view (asset_id, account_address, quantity)
  SELECT asset_id, account_address, quantity FROM diff WHERE row IS NULL AND quantity > 0
  ORDER BY asset_id, account_address),
changed AS (
  UPDATE projection.ownership_view v SET quantity = d.quantity FROM diff d WHERE v.ctid = d.row AND d.quantity > 0),
asset_change AS (
  SELECT asset_id, sum(change) AS change, sum(held_change)::int AS held_change FROM diff GROUP BY asset_id),
item AS MATERIALIZED (
  SELECT asset_id, a.asset_id IS NOT NULL AS lives, coalesce(a.collection_id, c.collection_id) AS collection_id, a.network_id, a.standard,
    a.token_id, a.address, a.is_stub, a.single_owner AND a.first_kind = 'mint' AS is_whole, a.last_block, a.last_event_at, a.owner,
    coalesce(x.change, 0) AS change, coalesce(x.held_change, 0) AS held_change,
    (coalesce(c.supply, 0) + coalesce(x.change, 0) > 0)::int - (coalesce(c.supply, 0) > 0)::int AS item_change,
    a.asset_id IS NULL OR a.last_block < c.last_block OR a.last_event_at < c.last_event_at AS stepped_back, c.row
  FROM touched t LEFT JOIN asset a USING (asset_id) LEFT JOIN card c USING (asset_id) LEFT JOIN asset_change x USING (asset_id)
  WHERE a.asset_id IS NOT NULL OR c.asset_id IS NOT NULL),
gone AS (
  DELETE FROM projection.asset_cards WHERE ctid = ANY (ARRAY(SELECT row FROM item WHERE NOT lives))),
network AS MATERIALIZED (SELECT history_complete FROM ref.networks WHERE network_id = $1),
kept_new AS (
  INSERT INTO projection.asset_cards (asset_id, collection_id, network_id, standard, token_id, address, is_stub,
    history_complete, last_block, last_event_at, supply, owners, owner)
  SELECT asset_id, collection_id, network_id, standard, token_id, address, is_stub,
    is_whole OR (SELECT history_complete FROM network), last_block, last_event_at, change, held_change, owner
  FROM item WHERE lives AND row IS NULL ORDER BY asset_id),
kept_known AS (
  UPDATE projection.asset_cards c SET standard = i.standard, is_stub = i.is_stub,
    history_complete = i.is_whole OR (SELECT history_complete FROM network),
    last_block = i.last_block, last_event_at = i.last_event_at, supply = c.supply + i.change, owners = c.owners + i.held_change,
    owner = i.owner
  FROM item i WHERE i.lives AND c.ctid = i.row),
owner_change AS MATERIALIZED (
  SELECT x.*, coalesce(o.assets, 0) AS assets_before, o.row
  FROM (SELECT i.collection_id, d.account_address, sum(d.held_change)::int AS assets, sum(d.change) AS quantity
        FROM diff d JOIN item i USING (asset_id) WHERE i.collection_id IS NOT NULL
        GROUP BY i.collection_id, d.account_address HAVING sum(d.held_change) <> 0 OR sum(d.change) <> 0) x
  LEFT JOIN LATERAL (
    SELECT o.assets, o.ctid AS row FROM projection.collection_owners o
    WHERE o.collection_id = x.collection_id AND o.account_address = x.account_address LIMIT 1) o ON true),
owner_left AS (
  DELETE FROM projection.collection_owners
  WHERE ctid = ANY (ARRAY(SELECT row FROM owner_change WHERE assets_before + assets = 0))),
owner_new AS (
  INSERT INTO projection.collection_owners (collection_id, account_address, assets, quantity)
  SELECT collection_id, account_address, assets, quantity FROM owner_change WHERE row IS NULL AND assets <> 0
  ORDER BY collection_id, account_address),
owner_known AS (
  UPDATE projection.collection_owners o SET assets = o.assets + x.assets, quantity = o.quantity + x.quantity
  FROM owner_change x WHERE o.ctid = x.row AND x.assets_before + x.assets <> 0),
owner_count AS (
  SELECT collection_id, sum((assets_before + assets > 0)::int - (assets_before > 0)::int) AS owners
  FROM owner_change GROUP BY collection_id),
collection_change AS (
  SELECT i.collection_id, sum(i.item_change) AS items, sum(i.change) AS supply, max(i.last_block) AS last_block,
    max(i.last_event_at) AS last_event_at, bool_or(i.stepped_back) AS stepped_back
  FROM item i WHERE i.collection_id IS NOT NULL GROUP BY i.collection_id),
collection_written AS (
  INSERT INTO projection.collection_stats AS s (collection_id, network_id, address, standard, name, is_stub, history_complete,
    standard_confidence, derivable, last_block, last_event_at, items, owners, supply)
  SELECT x.collection_id, c.network_id, c.address, c.standard, c.name, c.is_stub, n.history_complete,
    c.standard_confidence, c.derivable, x.last_block, x.last_event_at, x.items, coalesce(o.owners, 0), x.supply
  FROM collection_change x JOIN catalog.collections c USING (collection_id) JOIN ref.networks n USING (network_id)
  LEFT JOIN owner_count o USING (collection_id) WHERE x.last_block IS NOT NULL
  ON CONFLICT (collection_id) DO UPDATE SET standard = EXCLUDED.standard, name = EXCLUDED.name, is_stub = EXCLUDED.is_stub,
    history_complete = EXCLUDED.history_complete, standard_confidence = EXCLUDED.standard_confidence, derivable = EXCLUDED.derivable,
    last_block = greatest(s.last_block, EXCLUDED.last_block), last_event_at = greatest(s.last_event_at, EXCLUDED.last_event_at),
    items = s.items + EXCLUDED.items, owners = s.owners + EXCLUDED.owners, supply = s.supply + EXCLUDED.supply),
collection_shrunk AS (
  UPDATE projection.collection_stats s SET items = s.items + x.items, supply = s.supply + x.supply,
    owners = s.owners + coalesce((SELECT o.owners FROM owner_count o WHERE o.collection_id = x.collection_id), 0)
  FROM collection_change x WHERE s.collection_id = x.collection_id AND x.last_block IS NULL)
SELECT
  (SELECT coalesce(json_agg(collection_id), '[]') FROM collection_change WHERE stepped_back) AS stepped_back,
  CASE WHEN $11 THEN (
    SELECT coalesce(json_agg(json_build_object('asset_id', t.asset_id, 'collection_id', coalesce(a.collection_id, c.collection_id),
      'block_number', a.last_block, 'fork', a.last_fork, 'block_hash', encode(a.last_hash, 'hex'),
      'moved', d.accounts IS NOT NULL OR a.last_block IS DISTINCT FROM c.last_block,
      'accounts', coalesce(d.accounts, '{}'), 'quantities', coalesce(d.quantities, '{}'))), '[]')
    FROM touched t LEFT JOIN asset a USING (asset_id) LEFT JOIN card c USING (asset_id)
    LEFT JOIN (SELECT asset_id, array_agg(encode(account_address, 'hex') ORDER BY account_address) AS accounts,
                 array_agg(quantity::text ORDER BY account_address) AS quantities
               FROM diff GROUP BY asset_id) d USING (asset_id))::text END AS changes`

const SELLER = `
SELECT ${tonToBytea("e.details->>'seller'")} AS seller
FROM ledger.normalized_events e
JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
  AND k.incarnation = e.incarnation AND NOT k.is_reverted
WHERE a.standard = 'tep62' AND e.network_id = $1 AND e.asset_id = a.asset_id AND e.block_number >= l.last_block
  AND (e.block_number, e.position) >= (l.last_block, l.position) AND NOT e.reverts
  AND e.event_kind = 'list' AND e.details->>'holder' = ${tonFromBytea('l.owner')}
ORDER BY e.block_number DESC, e.position DESC, e.sub_index DESC LIMIT 1`

/** Only on TON does a sale contract hold what is for sale: elsewhere the look-up would but open its partitions for every batch. */
const PROJECT = { evm: project('SELECT NULL::bytea AS seller'), ton: project(SELLER) }

interface Result {
  readonly stepped_back: readonly string[]
  /** For the feed, see `appendChanges`; null when the caller tells it. */
  readonly changes: string | null
}

/**
 * Brings ownership_view, asset_cards, collection_owners and collection_stats up to the state of the touched assets, and tells the
 * feed of each change, unless the caller tells it (`tells`). `latest` are the last movements that the caller knows: each is believed when
 * it is of a later block than the card, and looked up otherwise.
 */
export async function projectHoldings(
  tx: Tx,
  network: Network,
  changes: Changes,
  { latest = [], tells = true }: { readonly latest?: readonly Latest[]; readonly tells?: boolean } = {},
): Promise<void> {
  if (changes.assetIds.length === 0) return
  await lockProjection(tx, network)
  const values = [
    network.id,
    ...columns(
      changes.assetIds,
      uuid((assetId) => assetId),
    ),
    ...columns(
      changes.holdings,
      uuid((holding) => holding.assetId),
      bytea((holding) => holding.account),
    ),
    ...columns(
      latest,
      uuid((last) => last.assetId),
      bigint((last) => last.blockNumber),
      bigint((last) => last.position),
      smallint((last) => last.fork),
      bytea((last) => last.to?.account ?? null),
      numeric((last) => last.to?.quantity ?? null),
    ),
    tells,
  ]
  const [result] = await tx.query<Result>(PROJECT[network.chain], values)
  if (result === undefined) return
  if (result.stepped_back.length > 0) await stepBack(tx, network, result.stepped_back)
  if (result.changes !== null) appendChanges(tx, network, result.changes)
}

const LAST_OF_ALL = `
SELECT max(c.last_block) AS last_block, max(c.last_event_at) AS last_event_at
FROM projection.asset_cards c WHERE c.collection_id = i.collection_id`

/*
 * The card with the last event, without reading those of all items: the first that is met on the way down the ledger's entries of the collection.
 * Whatever block a card names, there is an entry of it. On TON an item may have entries from before it was known to belong to the collection.
 */
const LAST_OF = {
  evm: `
(SELECT c.last_block, c.last_event_at FROM ledger.normalized_events e
 CROSS JOIN LATERAL (
   SELECT c.last_block, c.last_event_at FROM projection.asset_cards c
   WHERE c.asset_id = e.asset_id AND c.last_block = e.block_number LIMIT 1) c
 WHERE e.network_id = $2 AND e.collection_id = i.collection_id AND NOT e.reverts
 ORDER BY e.block_number DESC LIMIT 1)
UNION ALL (${LAST_OF_ALL})
LIMIT 1`,
  ton: LAST_OF_ALL,
}

/** After a revert a collection's last event may be an earlier one, and a collection may be gone altogether. */
async function stepBack(tx: Tx, network: Network, collectionIds: readonly string[]): Promise<void> {
  tx.send(
    `WITH last AS (
       SELECT i.collection_id, l.last_block, l.last_event_at FROM unnest($1::uuid[]) AS i (collection_id)
       CROSS JOIN LATERAL (${LAST_OF[network.chain]}) l),
     gone AS (
       DELETE FROM projection.collection_stats s USING last l WHERE s.collection_id = l.collection_id AND l.last_block IS NULL)
     UPDATE projection.collection_stats s
     SET last_block = l.last_block, last_event_at = l.last_event_at, standard = c.standard,
       standard_confidence = c.standard_confidence, derivable = c.derivable
     FROM last l JOIN catalog.collections c USING (collection_id)
     WHERE s.network_id = $2 AND s.collection_id = l.collection_id AND l.last_block IS NOT NULL`,
    [collectionIds, network.id],
  )
}
