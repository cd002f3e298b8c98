-- Which part of a listing source an order was read in: what is not in it any more is closed.
ALTER TABLE market.offchain_orders ADD COLUMN scope text NOT NULL DEFAULT '';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offchain_orders_open ON market.offchain_orders (network_id, source, scope, seen_at) WHERE is_open;

-- Collections whose off-chain listings are known, and until when that is to be believed: `coverage` in answers.
CREATE TABLE projection.listing_sources (
  collection_id uuid NOT NULL,
  source text NOT NULL,
  network_id smallint NOT NULL,
  -- the source's own name of what was read
  scope text NOT NULL,
  read_at timestamptz NOT NULL,
  fresh_until timestamptz NOT NULL,
  PRIMARY KEY (collection_id, source)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON projection.listing_sources TO ft_pipeline;
GRANT SELECT ON projection.listing_sources TO ft_api;
