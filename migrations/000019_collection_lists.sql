-- Lists of collections: by a number, per network, each index read from its end; and search by name and address.
-- Migrations are transactions, and the table has a row per collection: seconds, not hours.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX collection_stats_items ON projection.collection_stats (network_id, items, collection_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX collection_stats_owners ON projection.collection_stats (network_id, owners, collection_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX collection_stats_address ON projection.collection_stats (address);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX collection_stats_words ON projection.collection_stats USING gin (to_tsvector('simple', name));
