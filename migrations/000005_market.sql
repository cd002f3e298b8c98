-- market: the state that follows from the ledger.
CREATE SCHEMA market;

-- A signed sum. A row goes only when its sum is exactly 0. A negative one is an OUT that came before its IN, or a history that
-- starts in the middle: kept here, hidden from projections, counted in a metric.
CREATE TABLE market.ownership_current (
  asset_id uuid NOT NULL,
  account_address bytea NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  PRIMARY KEY (asset_id, account_address)
);
CREATE INDEX ownership_current_negative ON market.ownership_current (asset_id) WHERE quantity < 0;

CREATE TABLE market.listings_current (
  listing_id uuid PRIMARY KEY,
  collection_id uuid,
  asset_id uuid,
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  starts_at timestamptz,
  ends_at timestamptz,
  network_id smallint NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'filled', 'cancelled', 'invalidated')),
  source text NOT NULL,
  marketplace text NOT NULL,
  order_hash bytea,
  seller bytea NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  price numeric(78, 0),
  currency bytea,
  currency_decimals smallint
);
CREATE INDEX listings_current_price ON market.listings_current (collection_id, price) WHERE status = 'active';
CREATE INDEX listings_current_seller ON market.listings_current (seller);
CREATE INDEX listings_current_ends ON market.listings_current (ends_at) WHERE status = 'active';

CREATE TABLE market.sales_history (
  sale_id uuid PRIMARY KEY,
  source_event_id uuid NOT NULL,
  collection_id uuid,
  -- null for a bundle
  asset_id uuid,
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  sold_at timestamptz NOT NULL,
  sub_index integer NOT NULL,
  bundle_size integer NOT NULL DEFAULT 1,
  network_id smallint NOT NULL,
  currency_decimals smallint,
  confirmed boolean NOT NULL,
  marketplace text NOT NULL,
  order_hash bytea,
  seller bytea NOT NULL,
  buyer bytea NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  price numeric(78, 0),
  currency bytea,
  fees numeric(78, 0),
  royalties numeric(78, 0)
);
CREATE INDEX sales_history_collection ON market.sales_history (collection_id, block_number DESC);
CREATE INDEX sales_history_asset ON market.sales_history (asset_id, block_number DESC);
