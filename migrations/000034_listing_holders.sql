-- Units of an ERC-1155 that move concern the listings of their holder, and were looked for among those of everybody.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX listing_items_holder ON market.listing_items (holder, asset_id);
