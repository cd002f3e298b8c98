-- Up to which time the cards of listings that ended were removed: a listing that ended until then has none, and its row is not read any more.
ALTER TABLE projection.network_status ADD COLUMN listings_over_until timestamptz;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX listing_cards_ends ON projection.listing_cards (network_id, ends_at) WHERE ends_at IS NOT NULL;
