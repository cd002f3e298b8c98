-- Events decide the standard of a collection; whether its contract names the same one is asked of the contract itself.
ALTER TABLE catalog.collections
  ADD COLUMN standard_confidence text NOT NULL DEFAULT 'unconfirmed'
    CONSTRAINT collections_standard_confidence_check CHECK (standard_confidence IN ('unconfirmed', 'confirmed', 'contradicted')),
  -- not asked before then; -infinity: at once
  ADD COLUMN ask_after timestamptz NOT NULL DEFAULT '-infinity';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX collections_ask ON catalog.collections (network_id, ask_after);

ALTER TABLE projection.collection_stats
  ADD COLUMN standard_confidence text NOT NULL DEFAULT 'unconfirmed'
    CONSTRAINT collection_stats_standard_confidence_check CHECK (standard_confidence IN ('unconfirmed', 'confirmed', 'contradicted'));
