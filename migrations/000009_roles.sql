-- Roles repeat in the database what the import rules say in the code. They belong to the cluster, so they may exist already.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['ft_ingest', 'ft_pipeline', 'ft_backfill', 'ft_api'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
  END LOOP;
  -- backfill runs ingestion and pipeline in one transaction
  GRANT ft_ingest, ft_pipeline TO ft_backfill;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA ref, ingest, system TO ft_ingest, ft_pipeline;
GRANT USAGE ON SCHEMA ledger, catalog, market, projection TO ft_pipeline;
GRANT USAGE ON SCHEMA projection TO ft_api;

GRANT SELECT ON ALL TABLES IN SCHEMA ref TO ft_ingest, ft_pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingest TO ft_ingest;
GRANT SELECT ON ALL TABLES IN SCHEMA ingest TO ft_pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ledger, catalog, market, projection TO ft_pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE ON system.sync_cursors, system.outbox_events, system.dlq TO ft_ingest, ft_pipeline;
GRANT USAGE ON SEQUENCE system.outbox_seq TO ft_ingest, ft_pipeline;
GRANT SELECT ON ALL TABLES IN SCHEMA projection TO ft_api;

REVOKE ALL ON FUNCTION system.ensure_partitions(smallint, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION system.ensure_outbox_partitions() FROM PUBLIC;
REVOKE ALL ON FUNCTION system.set_start_block(smallint, bigint, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION system.set_genesis(smallint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION system.ensure_partitions(smallint, bigint, bigint) TO ft_ingest, ft_pipeline;
GRANT EXECUTE ON FUNCTION system.ensure_outbox_partitions() TO ft_ingest, ft_pipeline;
GRANT EXECUTE ON FUNCTION system.set_start_block(smallint, bigint, boolean) TO ft_ingest, ft_pipeline;
GRANT EXECUTE ON FUNCTION system.set_genesis(smallint, bytea) TO ft_ingest, ft_pipeline;
