-- Read models of the market: what was sold, what is for sale, and what happened.

-- Movements by collection and by account, for feeds. A partitioned table cannot be indexed concurrently.
ALTER TABLE ledger.normalized_events ADD COLUMN collection_id uuid;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX normalized_events_collection ON ledger.normalized_events (collection_id, block_number) WHERE NOT reverts;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX normalized_event_deltas_account ON ledger.normalized_event_deltas (account_address, block_number);

ALTER TABLE market.listings_current ADD COLUMN token_id numeric(78, 0);

ALTER TABLE projection.listing_cards ADD COLUMN market bytea;
ALTER TABLE projection.listing_cards ADD COLUMN order_hash bytea;
ALTER TABLE projection.listing_cards ADD COLUMN taker bytea;
ALTER TABLE projection.listing_cards ADD COLUMN bundle_size integer NOT NULL DEFAULT 1;
ALTER TABLE projection.listing_cards ADD COLUMN is_auction boolean NOT NULL DEFAULT false;
ALTER TABLE projection.listing_cards ADD COLUMN available numeric(78, 0) NOT NULL DEFAULT 0;
ALTER TABLE projection.listing_cards ADD COLUMN unit_price numeric(78, 0);
ALTER TABLE projection.listing_cards ADD COLUMN end_price numeric(78, 0);
ALTER TABLE projection.listing_cards ADD COLUMN min_bid numeric(78, 0);
ALTER TABLE projection.listing_cards ADD COLUMN last_bid numeric(78, 0);
ALTER TABLE projection.listing_cards ADD COLUMN holder_known boolean NOT NULL DEFAULT false;
-- what can be compared by price: single assets, at a price that stands still, for anybody
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX listing_cards_floor ON projection.listing_cards (collection_id, currency, unit_price, listing_id)
  WHERE unit_price IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX listing_cards_asset ON projection.listing_cards (asset_id, currency, unit_price, listing_id);

-- The last confirmed sale of an asset on its own. Beside asset_cards, so that a sale costs nothing where assets only move.
CREATE TABLE projection.last_sales (
  asset_id uuid PRIMARY KEY,
  collection_id uuid,
  block_number bigint NOT NULL,
  sold_at timestamptz NOT NULL,
  network_id smallint NOT NULL,
  currency_decimals smallint,
  marketplace text NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  price numeric(78, 0),
  currency bytea
);
CREATE INDEX last_sales_collection ON projection.last_sales (collection_id, sold_at DESC, asset_id DESC);

-- Confirmed sales of a collection by hour and in all: windows are sums at the time of reading, so that no clock has to move a row.
-- An empty currency counts the sales without a price (swaps).
CREATE TABLE projection.sale_hours (
  collection_id uuid NOT NULL,
  currency bytea NOT NULL,
  hour timestamptz NOT NULL,
  sales bigint NOT NULL,
  volume numeric NOT NULL,
  PRIMARY KEY (collection_id, currency, hour)
) WITH (fillfactor = 80);
CREATE TABLE projection.sale_totals (
  collection_id uuid NOT NULL,
  currency bytea NOT NULL,
  currency_decimals smallint,
  sales bigint NOT NULL,
  volume numeric NOT NULL,
  PRIMARY KEY (collection_id, currency)
) WITH (fillfactor = 80);

-- Sales and listings as they happened, one row per asset that they name.
CREATE TABLE projection.market_activity (
  -- the sale's or the listing's id
  event_id uuid NOT NULL,
  item_index integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('sale', 'list')),
  network_id smallint NOT NULL,
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  sub_index integer NOT NULL,
  happened_at timestamptz NOT NULL,
  asset_id uuid,
  collection_id uuid,
  -- the first row of its collection: a feed of the collection shows a bundle once
  of_collection boolean NOT NULL,
  -- the collection in whose statistics the sale counts; null where it does not
  counted_collection uuid,
  bundle_size integer NOT NULL,
  seller bytea NOT NULL,
  buyer bytea,
  quantity numeric(78, 0) NOT NULL,
  price numeric(78, 0),
  currency bytea,
  currency_decimals smallint,
  fees numeric(78, 0),
  royalties numeric(78, 0),
  side text,
  marketplace text NOT NULL,
  confirmed boolean NOT NULL,
  PRIMARY KEY (event_id, item_index)
);
CREATE INDEX market_activity_asset ON projection.market_activity (asset_id, block_number);
CREATE INDEX market_activity_collection ON projection.market_activity (collection_id, block_number) WHERE of_collection;
CREATE INDEX market_activity_seller ON projection.market_activity (seller, block_number) WHERE item_index = 0;
CREATE INDEX market_activity_buyer ON projection.market_activity (buyer, block_number) WHERE item_index = 0;
CREATE INDEX market_activity_counted ON projection.market_activity (counted_collection, happened_at)
  WHERE counted_collection IS NOT NULL;

-- Movements as they happened: the live entries of the ledger, seen from assets and collections, and from accounts. Views, because a
-- second copy of the ledger would cost what the ledger costs, and could differ from it.
CREATE VIEW projection.movements AS
SELECT e.network_id, e.block_number, e.position, e.sub_index, e.source_event_id AS event_id, e.event_kind::text AS kind, e.asset_id,
  e.collection_id, b.time AS happened_at, r.tx_hash, f.account_address AS from_account, t.account_address AS to_account,
  coalesce(t.qty_delta, -f.qty_delta, 0) AS quantity
FROM ledger.normalized_events e
JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
  AND k.incarnation = e.incarnation AND NOT k.is_reverted
JOIN ingest.blocks b ON b.network_id = e.network_id AND b.number = e.block_number AND b.fork = e.fork
LEFT JOIN ingest.raw_events r ON r.network_id = e.network_id AND r.block_number = e.block_number AND r.position = e.position
  AND r.fork = e.fork AND r.source_event_id = e.source_event_id
LEFT JOIN ledger.normalized_event_deltas f ON f.network_id = e.network_id AND f.block_number = e.block_number
  AND f.normalized_event_id = e.normalized_event_id AND f.delta_index = 0 AND e.event_kind <> 'mint'
LEFT JOIN ledger.normalized_event_deltas t ON t.network_id = e.network_id AND t.block_number = e.block_number
  AND t.normalized_event_id = e.normalized_event_id
  AND t.delta_index = CASE e.event_kind WHEN 'mint' THEN 0 ELSE 1 END AND e.event_kind <> 'burn'
WHERE NOT e.reverts AND e.event_kind IN ('mint', 'transfer', 'burn');

CREATE VIEW projection.account_movements AS
SELECT d.account_address, e.network_id, e.block_number, e.position, e.sub_index, e.source_event_id AS event_id,
  e.event_kind::text AS kind, e.asset_id, e.collection_id, b.time AS happened_at, r.tx_hash, f.account_address AS from_account,
  t.account_address AS to_account, abs(d.qty_delta) AS quantity
FROM ledger.normalized_event_deltas d
JOIN ledger.normalized_events e ON e.network_id = d.network_id AND e.block_number = d.block_number
  AND e.normalized_event_id = d.normalized_event_id AND NOT e.reverts
JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
  AND k.incarnation = e.incarnation AND NOT k.is_reverted
JOIN ingest.blocks b ON b.network_id = e.network_id AND b.number = e.block_number AND b.fork = e.fork
LEFT JOIN ingest.raw_events r ON r.network_id = e.network_id AND r.block_number = e.block_number AND r.position = e.position
  AND r.fork = e.fork AND r.source_event_id = e.source_event_id
LEFT JOIN ledger.normalized_event_deltas f ON f.network_id = e.network_id AND f.block_number = e.block_number
  AND f.normalized_event_id = e.normalized_event_id AND f.delta_index = 0 AND e.event_kind <> 'mint'
LEFT JOIN ledger.normalized_event_deltas t ON t.network_id = e.network_id AND t.block_number = e.block_number
  AND t.normalized_event_id = e.normalized_event_id
  AND t.delta_index = CASE e.event_kind WHEN 'mint' THEN 0 ELSE 1 END AND e.event_kind <> 'burn'
-- who gives to himself has two deltas of one movement
WHERE d.delta_index = 0 OR f.account_address IS DISTINCT FROM d.account_address;

GRANT SELECT, INSERT, UPDATE, DELETE ON projection.last_sales, projection.sale_hours, projection.sale_totals,
  projection.market_activity, projection.movements, projection.account_movements TO ft_pipeline;
GRANT SELECT ON projection.last_sales, projection.sale_hours, projection.sale_totals, projection.market_activity,
  projection.movements, projection.account_movements TO ft_api;
