-- Balances can change, and tokens can be lent, without an event. Which contracts do that is found out and kept.

-- false: events do not tell who holds what, as ft reconcile has found out
ALTER TABLE catalog.collections ADD COLUMN derivable boolean NOT NULL DEFAULT true;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX collections_not_derivable ON catalog.collections (network_id, address) WHERE NOT derivable;

-- the same, for the API
ALTER TABLE projection.collection_stats ADD COLUMN derivable boolean NOT NULL DEFAULT true;
