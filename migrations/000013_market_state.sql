-- What sales and listings say beyond the first draft of their tables, and what their state is computed from.

-- Decimals of currencies: where nobody has said them, amounts are shown without.
CREATE TABLE ref.currencies (
  network_id smallint NOT NULL REFERENCES ref.networks,
  -- token contract; the chain's zero address is its native currency
  address bytea NOT NULL,
  symbol text NOT NULL,
  decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 255),
  PRIMARY KEY (network_id, address)
);
GRANT SELECT ON ref.currencies TO ft_ingest, ft_pipeline;

-- Listings and cancellations by the order they name, and by the maker who voids all of his: both are rare kinds. A partitioned table
-- cannot be indexed concurrently.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX normalized_events_order ON ledger.normalized_events ((details ->> 'order')) WHERE event_kind IN ('list', 'cancel');
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX normalized_events_maker ON ledger.normalized_events ((details ->> 'maker')) WHERE event_kind = 'cancel_all';

ALTER TABLE market.sales_history ADD COLUMN market bytea;
ALTER TABLE market.sales_history ADD COLUMN side text;
ALTER TABLE market.sales_history ADD COLUMN sale_type text;
-- every asset that was sold, and its collections in the same order: more than one for a bundle
ALTER TABLE market.sales_history ADD COLUMN asset_ids uuid[] NOT NULL DEFAULT '{}';
ALTER TABLE market.sales_history ADD COLUMN collection_ids uuid[] NOT NULL DEFAULT '{}';

-- How much of which order a sale used up: orders are filled in parts, and one sale can fill several (matched orders).
CREATE TABLE market.order_fills (
  sale_id uuid NOT NULL,
  listing_id uuid NOT NULL,
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  sub_index integer NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  PRIMARY KEY (sale_id, listing_id)
);
CREATE INDEX order_fills_listing ON market.order_fills (listing_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON market.order_fills TO ft_pipeline;

-- The chain's last word on the order: the event that set its terms (block_number, position) and the last one that changed it.
ALTER TABLE market.listings_current ADD COLUMN last_block bigint NOT NULL DEFAULT 0;
ALTER TABLE market.listings_current ADD COLUMN market bytea;
ALTER TABLE market.listings_current ADD COLUMN holder bytea;
ALTER TABLE market.listings_current ADD COLUMN taker bytea;
ALTER TABLE market.listings_current ADD COLUMN bundle_size integer NOT NULL DEFAULT 1;
ALTER TABLE market.listings_current ADD COLUMN partial boolean NOT NULL DEFAULT false;
ALTER TABLE market.listings_current ADD COLUMN is_auction boolean NOT NULL DEFAULT false;
ALTER TABLE market.listings_current ADD COLUMN filled numeric(78, 0) NOT NULL DEFAULT 0;
-- units that can be bought now: what is left of the order, as far as the holder has it; 0 unless active
ALTER TABLE market.listings_current ADD COLUMN available numeric(78, 0) NOT NULL DEFAULT 0;
-- price of one unit, rounded up; null where there is none to compare: bundles, moving prices, auctions, private sales
ALTER TABLE market.listings_current ADD COLUMN unit_price numeric(78, 0);
ALTER TABLE market.listings_current ADD COLUMN end_price numeric(78, 0);
ALTER TABLE market.listings_current ADD COLUMN min_bid numeric(78, 0);
ALTER TABLE market.listings_current ADD COLUMN last_bid numeric(78, 0);
-- false: nothing has been seen that says whether the holder has the items (history starts in the middle)
ALTER TABLE market.listings_current ADD COLUMN holder_known boolean NOT NULL DEFAULT false;

-- What has to stay with the holder for an order to be good.
CREATE TABLE market.listing_items (
  listing_id uuid NOT NULL,
  asset_id uuid NOT NULL,
  collection_id uuid,
  standard ref.token_standard NOT NULL,
  holder bytea NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  PRIMARY KEY (listing_id, asset_id)
);
CREATE INDEX listing_items_asset ON market.listing_items (asset_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON market.listing_items TO ft_pipeline;

-- Orders that never were on the chain, as a listing source gave them: the terms of a listing that has no event. Fills,
-- cancellations and counters still come from the chain.
CREATE TABLE market.offchain_orders (
  listing_id uuid PRIMARY KEY,
  network_id smallint NOT NULL,
  source text NOT NULL,
  -- false: the source does not have it any more
  is_open boolean NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  -- the counter that it was signed with; null where the protocol has none
  counter numeric(78, 0),
  details jsonb NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON market.offchain_orders TO ft_pipeline;
