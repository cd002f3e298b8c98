-- The metadata of assets: when each is looked at, and what it says in the words of the API.
ALTER TABLE catalog.metadata_versions ADD COLUMN item jsonb;

CREATE TABLE catalog.metadata_looks (
  asset_id uuid NOT NULL PRIMARY KEY,
  -- infinity: not before somebody asks for it
  due_at timestamptz NOT NULL,
  looked_at timestamptz,
  -- the version that the last successful look found; null before it
  version integer,
  network_id smallint NOT NULL,
  -- how many looks in a row failed, and how many in a row found the same
  failures smallint NOT NULL DEFAULT 0,
  unchanged smallint NOT NULL DEFAULT 0,
  -- why the last look failed
  reason text
);
CREATE INDEX metadata_looks_due ON catalog.metadata_looks (network_id, due_at);

CREATE VIEW projection.asset_metadata AS
SELECT l.asset_id, v.fetched_at, v.uri, v.item
FROM catalog.metadata_looks l
JOIN catalog.metadata_versions v ON v.asset_id = l.asset_id AND v.version = l.version;

GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.metadata_looks TO ft_pipeline;
GRANT SELECT ON projection.asset_metadata TO ft_pipeline, ft_api;
