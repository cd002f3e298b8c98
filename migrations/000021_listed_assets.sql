-- How many assets of a collection are listed: counted in the order of an index that holds all that the count asks for.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX listing_cards_listed ON projection.listing_cards (collection_id, asset_id, starts_at, ends_at)
  WHERE unit_price IS NOT NULL;
