-- ledger: what happened, append-only; a reorg adds reversing entries.
-- Tables that are partitioned by network keep network_id at the end of their keys: in front, it would look to the planner like a
-- selective condition as long as a partition has no statistics, and is none inside a partition.
CREATE SCHEMA ledger;

CREATE TYPE ledger.event_kind AS ENUM ('mint', 'transfer', 'burn', 'sale', 'list', 'cancel', 'cancel_all', 'counter');

-- One row per event of the chain, wherever and however often it was included. It names the latest inclusion; `incarnation`
-- counts the inclusions. Hash partitions, because uniqueness must hold across blocks.
CREATE TABLE ledger.normalized_event_keys (
  source_event_id uuid NOT NULL,
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  -- first 8 bytes of the SHA-1 of what the event says: the same inclusion must always say the same
  payload_hash bigint NOT NULL,
  sub_index integer NOT NULL,
  network_id smallint NOT NULL,
  fork smallint NOT NULL,
  incarnation smallint NOT NULL,
  is_reverted boolean NOT NULL,
  PRIMARY KEY (source_event_id, sub_index)
) PARTITION BY HASH (source_event_id);

DO $$
BEGIN
  FOR remainder IN 0..31 LOOP
    EXECUTE format(
      'CREATE TABLE ledger.normalized_event_keys_%s PARTITION OF ledger.normalized_event_keys '
      'FOR VALUES WITH (MODULUS 32, REMAINDER %s)', remainder, remainder);
  END LOOP;
END
$$;

CREATE TABLE ledger.normalized_events (
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  normalized_event_id uuid NOT NULL,
  source_event_id uuid NOT NULL,
  -- null for market events that name no asset
  asset_id uuid,
  sub_index integer NOT NULL,
  event_kind ledger.event_kind NOT NULL,
  standard ref.token_standard,
  network_id smallint NOT NULL,
  fork smallint NOT NULL,
  incarnation smallint NOT NULL,
  -- true: this entry takes back the one of the same incarnation
  reverts boolean NOT NULL,
  -- market facts; null for movements
  details jsonb,
  PRIMARY KEY (block_number, normalized_event_id, network_id)
) PARTITION BY LIST (network_id);
CREATE INDEX normalized_events_asset ON ledger.normalized_events (asset_id, block_number);

CREATE TABLE ledger.normalized_event_deltas (
  block_number bigint NOT NULL,
  normalized_event_id uuid NOT NULL,
  network_id smallint NOT NULL,
  delta_index smallint NOT NULL,
  account_address bytea NOT NULL,
  qty_delta numeric(78, 0) NOT NULL,
  PRIMARY KEY (block_number, normalized_event_id, delta_index, network_id)
) PARTITION BY LIST (network_id);

-- Which consumer has applied which entry, in the transaction of the effect.
CREATE TABLE ledger.applied_events (
  block_number bigint NOT NULL,
  normalized_event_id uuid NOT NULL,
  network_id smallint NOT NULL,
  consumer_id text NOT NULL,
  PRIMARY KEY (block_number, normalized_event_id, consumer_id, network_id)
) PARTITION BY LIST (network_id);

-- The same for whole blocks: final blocks that were applied in one piece (backfill), or whose rows in applied_events were
-- dropped after every delivery had become impossible.
CREATE TABLE ledger.applied_ranges (
  network_id smallint NOT NULL,
  consumer_id text NOT NULL,
  blocks int8multirange NOT NULL,
  PRIMARY KEY (network_id, consumer_id)
);
