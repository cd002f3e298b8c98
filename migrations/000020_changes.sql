-- What changed in the read models, in order, for those who follow it. Written in the transaction that changes them, under the
-- projection's lock of the network: the numbers of a network have no gaps and are committed in their order. Bounded: old rows go.
CREATE TABLE projection.changes (
  network_id smallint NOT NULL,
  seq bigint NOT NULL,
  -- changed: an asset is now as of this block. retracted: the block of an earlier change (`retracts`) left the chain.
  -- reset: blocks up to this one were read in bulk, without a row per change
  kind text NOT NULL CHECK (kind IN ('changed', 'retracted', 'reset')),
  fork smallint NOT NULL,
  retracted boolean NOT NULL DEFAULT false,
  block_number bigint NOT NULL,
  retracts bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  asset_id uuid,
  collection_id uuid,
  block_hash bytea,
  -- whose holdings changed, and what they hold now (nothing, where a row only takes another one back)
  accounts bytea[] NOT NULL,
  quantities numeric(78, 0)[] NOT NULL,
  PRIMARY KEY (network_id, seq)
);
CREATE INDEX changes_asset ON projection.changes (asset_id, seq);

GRANT SELECT, INSERT, UPDATE, DELETE ON projection.changes TO ft_pipeline;
GRANT SELECT ON projection.changes TO ft_api;
