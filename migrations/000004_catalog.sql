-- catalog: which collections and assets exist.
CREATE SCHEMA catalog;

-- first_* is the first live event in chain order: it decides the standard, whatever order events arrive in.
CREATE TABLE catalog.collections (
  collection_id uuid PRIMARY KEY,
  first_block bigint NOT NULL,
  first_position bigint NOT NULL,
  first_sub_index integer NOT NULL,
  network_id smallint NOT NULL,
  standard ref.token_standard NOT NULL,
  is_stub boolean NOT NULL DEFAULT true,
  address bytea NOT NULL,
  name text
);

CREATE TABLE catalog.assets (
  asset_id uuid PRIMARY KEY,
  -- null: a TON item that belongs to no collection
  collection_id uuid,
  first_block bigint NOT NULL,
  first_position bigint NOT NULL,
  first_sub_index integer NOT NULL,
  standard ref.token_standard NOT NULL,
  first_kind ledger.event_kind NOT NULL,
  network_id smallint NOT NULL,
  -- true until metadata is known
  is_stub boolean NOT NULL DEFAULT true,
  token_id numeric(78, 0),
  -- the item's own contract, where an asset is one (TON)
  address bytea
);
CREATE INDEX assets_collection ON catalog.assets (collection_id);

CREATE TABLE catalog.metadata_versions (
  asset_id uuid NOT NULL,
  version integer NOT NULL,
  fetched_at timestamptz NOT NULL,
  uri text,
  content jsonb,
  content_hash bytea,
  PRIMARY KEY (asset_id, version)
);
