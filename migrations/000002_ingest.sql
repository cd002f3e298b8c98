-- ingest: what was read from the chains, as it was read.
CREATE SCHEMA ingest;

-- Headers that are not yet final, and every block with NFT events. `fork` numbers the competing blocks at one height in the
-- order in which they were seen: narrower than a hash wherever an event has to say in which of them it was.
CREATE TABLE ingest.blocks (
  number bigint NOT NULL,
  network_id smallint NOT NULL,
  fork smallint NOT NULL,
  canonical boolean NOT NULL,
  time timestamptz NOT NULL,
  hash bytea NOT NULL,
  parent_hash bytea NOT NULL,
  PRIMARY KEY (network_id, number, fork),
  UNIQUE (network_id, number, hash)
);
-- one canonical block per height, whatever the writer does
CREATE UNIQUE INDEX blocks_canonical ON ingest.blocks (network_id, number) WHERE canonical;

-- Append-only. The source_event_id is unique per network and fork of a block; the ledger's keys make it unique for good.
CREATE TABLE ingest.raw_events (
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  source_event_id uuid NOT NULL,
  network_id smallint NOT NULL,
  fork smallint NOT NULL,
  contract bytea NOT NULL,
  tx_hash bytea NOT NULL,
  raw_payload jsonb NOT NULL,
  PRIMARY KEY (block_number, position, fork, network_id)
) PARTITION BY LIST (network_id);

-- What has been read, so that a hole can be seen: one multirange per network and scope (set of contracts).
CREATE TABLE ingest.indexed_ranges (
  network_id smallint NOT NULL,
  scope text NOT NULL,
  blocks int8multirange NOT NULL,
  PRIMARY KEY (network_id, scope)
);
