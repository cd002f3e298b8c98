-- The writers plan each statement once, and without a look at what tables hold (docs/adr/0015). Autovacuum makes them plan again: when it has
-- counted or cleaned a table, the plans that name it are void, and the next block waits for the planner, 15 to 30 ms for the largest of them. By
-- default it comes for every fiftieth row that changes, which for a table of a few rows is every block. To a large one, of which a tenth has
-- changed or a fifth is dead, it comes as before.
CREATE FUNCTION system.calm_autovacuum(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s SET (autovacuum_analyze_threshold = 10000, autovacuum_vacuum_threshold = 5000, '
                 'autovacuum_vacuum_insert_threshold = 10000)', relation);
END
$$;
REVOKE ALL ON FUNCTION system.calm_autovacuum(text) FROM PUBLIC;

DO $$
DECLARE
  relation regclass;
BEGIN
  FOR relation IN
    SELECT c.oid FROM pg_class c WHERE c.relkind = 'r'
      AND c.relnamespace IN ('ingest'::regnamespace, 'ledger'::regnamespace, 'catalog'::regnamespace, 'market'::regnamespace,
                             'projection'::regnamespace, 'system'::regnamespace)
    ORDER BY c.oid
  LOOP
    PERFORM system.calm_autovacuum(relation::text);
  END LOOP;
END
$$;

-- As before (migration 35), and the partition is left in peace like all tables.
CREATE OR REPLACE FUNCTION system.attach_partition(parent text, leaf text, bounds text, scheme text DEFAULT '') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES) %s', leaf, parent, scheme);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s', parent, leaf, bounds);
  IF scheme <> '' THEN
    RETURN;
  END IF;
  PERFORM system.calm_autovacuum(leaf);
  IF parent <> 'system.outbox_events' THEN
    EXECUTE format('ALTER INDEX %s SET (fillfactor = 100)',
                   (SELECT indexrelid::regclass FROM pg_index WHERE indrelid = leaf::regclass AND indisprimary));
  END IF;
END
$$;
