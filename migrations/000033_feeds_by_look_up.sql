-- The same rows as before. Beside an entry of the ledger everything is looked up (LIMIT 1): joined, PostgreSQL took two entries of a hundred
-- thousand for one, and so read and sorted all movements of a busy account for each page. Network and height of an account's movements
-- are those of the delta, so that its index (account_address, block_number) is entered where the page begins.
CREATE OR REPLACE VIEW projection.movements AS
SELECT e.network_id, e.block_number, e.position, e.sub_index, e.source_event_id AS event_id, e.event_kind::text AS kind, e.asset_id,
  e.collection_id, b.time AS happened_at, r.tx_hash, f.account_address AS from_account, t.account_address AS to_account,
  coalesce(t.qty_delta, -f.qty_delta, 0) AS quantity
FROM ledger.normalized_events e
CROSS JOIN LATERAL (
  SELECT FROM ledger.normalized_event_keys k
  WHERE k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index AND k.incarnation = e.incarnation AND NOT k.is_reverted
  LIMIT 1) k
CROSS JOIN LATERAL (
  SELECT b.time FROM ingest.blocks b
  WHERE b.network_id = e.network_id AND b.number = e.block_number AND b.fork = e.fork LIMIT 1) b
LEFT JOIN LATERAL (
  SELECT r.tx_hash FROM ingest.raw_events r
  WHERE r.network_id = e.network_id AND r.block_number = e.block_number AND r.position = e.position AND r.fork = e.fork
    AND r.source_event_id = e.source_event_id LIMIT 1) r ON true
LEFT JOIN LATERAL (
  SELECT f.account_address, f.qty_delta FROM ledger.normalized_event_deltas f
  WHERE f.network_id = e.network_id AND f.block_number = e.block_number AND f.normalized_event_id = e.normalized_event_id
    AND f.delta_index = 0 LIMIT 1) f ON e.event_kind <> 'mint'
LEFT JOIN LATERAL (
  SELECT t.account_address, t.qty_delta FROM ledger.normalized_event_deltas t
  WHERE t.network_id = e.network_id AND t.block_number = e.block_number AND t.normalized_event_id = e.normalized_event_id
    AND t.delta_index = CASE e.event_kind WHEN 'mint' THEN 0 ELSE 1 END LIMIT 1) t ON e.event_kind <> 'burn'
WHERE NOT e.reverts AND e.event_kind IN ('mint', 'transfer', 'burn');

CREATE OR REPLACE VIEW projection.account_movements AS
SELECT d.account_address, d.network_id, d.block_number, e.position, e.sub_index, e.source_event_id AS event_id,
  e.event_kind::text AS kind, e.asset_id, e.collection_id, b.time AS happened_at, r.tx_hash, f.account_address AS from_account,
  t.account_address AS to_account, abs(d.qty_delta) AS quantity
FROM ledger.normalized_event_deltas d
CROSS JOIN LATERAL (
  SELECT e.position, e.sub_index, e.source_event_id, e.incarnation, e.event_kind, e.asset_id, e.collection_id, e.fork
  FROM ledger.normalized_events e
  WHERE e.network_id = d.network_id AND e.block_number = d.block_number AND e.normalized_event_id = d.normalized_event_id
    AND NOT e.reverts LIMIT 1) e
CROSS JOIN LATERAL (
  SELECT FROM ledger.normalized_event_keys k
  WHERE k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index AND k.incarnation = e.incarnation AND NOT k.is_reverted
  LIMIT 1) k
CROSS JOIN LATERAL (
  SELECT b.time FROM ingest.blocks b
  WHERE b.network_id = d.network_id AND b.number = d.block_number AND b.fork = e.fork LIMIT 1) b
LEFT JOIN LATERAL (
  SELECT r.tx_hash FROM ingest.raw_events r
  WHERE r.network_id = d.network_id AND r.block_number = d.block_number AND r.position = e.position AND r.fork = e.fork
    AND r.source_event_id = e.source_event_id LIMIT 1) r ON true
LEFT JOIN LATERAL (
  SELECT f.account_address FROM ledger.normalized_event_deltas f
  WHERE f.network_id = d.network_id AND f.block_number = d.block_number AND f.normalized_event_id = d.normalized_event_id
    AND f.delta_index = 0 LIMIT 1) f ON e.event_kind <> 'mint'
LEFT JOIN LATERAL (
  SELECT t.account_address FROM ledger.normalized_event_deltas t
  WHERE t.network_id = d.network_id AND t.block_number = d.block_number AND t.normalized_event_id = d.normalized_event_id
    AND t.delta_index = CASE e.event_kind WHEN 'mint' THEN 0 ELSE 1 END LIMIT 1) t ON e.event_kind <> 'burn'
-- who gives to himself has two deltas of one movement
WHERE d.delta_index = 0 OR f.account_address IS DISTINCT FROM d.account_address;
