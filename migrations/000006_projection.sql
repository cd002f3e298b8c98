-- projection: the read models. The API reads these and nothing else.
CREATE SCHEMA projection;

CREATE TABLE projection.network_status (
  network_id smallint PRIMARY KEY,
  name text NOT NULL UNIQUE,
  chain text NOT NULL,
  chain_id bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('backfilling', 'live', 'disputed')),
  start_block bigint,
  history_complete boolean NOT NULL DEFAULT false,
  head_number bigint,
  head_hash bytea,
  head_time timestamptz,
  finalized_number bigint,
  finalized_hash bytea,
  finalized_time timestamptz,
  -- which blocks the read models contain; the first range's end is what answers are computed at
  projected int8multirange NOT NULL DEFAULT '{}',
  projected_number bigint,
  projected_hash bytea,
  projected_time timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE projection.ownership_view (
  asset_id uuid NOT NULL,
  account_address bytea NOT NULL,
  quantity numeric(78, 0) NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (asset_id, account_address)
);
CREATE INDEX ownership_view_account ON projection.ownership_view (account_address, asset_id);

CREATE TABLE projection.asset_cards (
  asset_id uuid PRIMARY KEY,
  collection_id uuid,
  -- the last live event of the asset: its block decides finality_status
  last_block bigint NOT NULL,
  last_event_at timestamptz NOT NULL,
  standard ref.token_standard NOT NULL,
  owners integer NOT NULL DEFAULT 0,
  network_id smallint NOT NULL,
  is_stub boolean NOT NULL,
  history_complete boolean NOT NULL,
  supply numeric(78, 0) NOT NULL DEFAULT 0,
  token_id numeric(78, 0),
  -- the item's own contract, where an asset is one (TON)
  address bytea,
  -- null: more than one owner is possible (see ownership_view), or burned
  owner bytea
) WITH (fillfactor = 85);
CREATE INDEX asset_cards_token ON projection.asset_cards (collection_id, token_id);

CREATE TABLE projection.collection_owners (
  collection_id uuid NOT NULL,
  account_address bytea NOT NULL,
  assets integer NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  PRIMARY KEY (collection_id, account_address)
);

CREATE TABLE projection.collection_stats (
  collection_id uuid PRIMARY KEY,
  last_block bigint NOT NULL,
  last_event_at timestamptz NOT NULL,
  -- assets that exist (supply above 0), distinct holders, sum of all supplies
  items bigint NOT NULL DEFAULT 0,
  owners bigint NOT NULL DEFAULT 0,
  standard ref.token_standard NOT NULL,
  network_id smallint NOT NULL,
  is_stub boolean NOT NULL,
  history_complete boolean NOT NULL,
  supply numeric(78, 0) NOT NULL DEFAULT 0,
  address bytea NOT NULL,
  name text
) WITH (fillfactor = 70);

CREATE TABLE projection.listing_cards (
  listing_id uuid PRIMARY KEY,
  collection_id uuid,
  asset_id uuid,
  last_block bigint NOT NULL,
  starts_at timestamptz,
  ends_at timestamptz,
  network_id smallint NOT NULL,
  currency_decimals smallint,
  source text NOT NULL,
  marketplace text NOT NULL,
  seller bytea NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  price numeric(78, 0),
  currency bytea,
  token_id numeric(78, 0)
);
CREATE INDEX listing_cards_price ON projection.listing_cards (collection_id, price, listing_id);

-- What an account holds: ownership_view from the account's side, so that the two can never differ.
CREATE VIEW projection.portfolio_assets AS
SELECT v.account_address, c.network_id, c.collection_id, v.asset_id, c.standard, c.token_id, c.address, v.quantity,
       c.last_block, c.last_event_at, c.is_stub, c.history_complete
FROM projection.ownership_view v
JOIN projection.asset_cards c USING (asset_id);
