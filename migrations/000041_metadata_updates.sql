CREATE TABLE catalog.metadata_updates (
  collection_id uuid NOT NULL PRIMARY KEY,
  -- since when the collection waits for its turn
  waits_since timestamptz NOT NULL DEFAULT now(),
  network_id smallint NOT NULL,
  tokens nummultirange NOT NULL
);
CREATE INDEX metadata_updates_turn ON catalog.metadata_updates (network_id, waits_since);

GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.metadata_updates TO ft_pipeline;
