-- Forks that were followed, counted per network. Messages say under which count they were written (`branch`): what a later fork took
-- back then no longer counts, in whatever order messages arrive. Append-only.
CREATE TABLE ingest.forks (
  network_id smallint NOT NULL,
  branch bigint NOT NULL,
  -- the last block that both branches have
  ancestor bigint NOT NULL,
  -- how many blocks left the canonical chain
  depth integer NOT NULL,
  found_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (network_id, branch)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON ingest.forks TO ft_ingest;
GRANT SELECT ON ingest.forks TO ft_pipeline;

-- the branch that `projected` holds for, and the forks whose reversing entries the read models contain
ALTER TABLE projection.network_status ADD COLUMN branch bigint NOT NULL DEFAULT 0;
ALTER TABLE projection.network_status ADD COLUMN retracted int8multirange NOT NULL DEFAULT '{}';
