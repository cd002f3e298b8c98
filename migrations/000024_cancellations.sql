-- What ended a listing for good, if it was not filled: the first cancellation of the order, or the first raised counter of its maker.
ALTER TABLE market.listings_current ADD COLUMN ended_block bigint;
ALTER TABLE market.listings_current ADD COLUMN ended_position bigint;
ALTER TABLE market.listings_current ADD COLUMN ended_sub_index integer;

-- Listings that were taken back, as they happened, one row per asset: beside projection.market_activity, whose kinds are a closed list.
CREATE TABLE projection.cancellations (
  listing_id uuid NOT NULL,
  item_index integer NOT NULL,
  network_id smallint NOT NULL,
  block_number bigint NOT NULL,
  position bigint NOT NULL,
  sub_index integer NOT NULL,
  happened_at timestamptz NOT NULL,
  asset_id uuid NOT NULL,
  collection_id uuid,
  -- the first row of its collection: a feed of the collection shows a bundle once
  of_collection boolean NOT NULL,
  bundle_size integer NOT NULL,
  seller bytea NOT NULL,
  quantity numeric(78, 0) NOT NULL,
  price numeric(78, 0),
  currency bytea,
  currency_decimals smallint,
  marketplace text NOT NULL,
  -- names the cancellation in answers: the listing has a name of its own
  event_id uuid NOT NULL,
  PRIMARY KEY (listing_id, item_index)
);
CREATE INDEX cancellations_asset ON projection.cancellations (asset_id, block_number);
CREATE INDEX cancellations_collection ON projection.cancellations (collection_id, block_number) WHERE of_collection;
CREATE INDEX cancellations_seller ON projection.cancellations (seller, block_number) WHERE item_index = 0;

-- The transaction of what happened at a place of the canonical chain.
CREATE VIEW projection.transactions AS
SELECT b.network_id, b.number AS block_number, r.position, r.tx_hash
FROM ingest.blocks b
JOIN ingest.raw_events r ON r.network_id = b.network_id AND r.block_number = b.number AND r.fork = b.fork
WHERE b.canonical;

GRANT SELECT, INSERT, UPDATE, DELETE ON projection.cancellations TO ft_pipeline;
GRANT SELECT ON projection.transactions TO ft_pipeline;
GRANT SELECT ON projection.cancellations, projection.transactions TO ft_api;
