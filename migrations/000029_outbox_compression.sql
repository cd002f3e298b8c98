-- Messages are compressed with lz4: pglz takes most of the time that a message needs to be stored. Servers that were built without lz4 keep
-- them as they are; they are gone within a day.
DO $$
DECLARE
  part regclass;
  parts CONSTANT regclass[] := ARRAY(SELECT relid FROM pg_partition_tree('system.outbox_events'));
BEGIN
  FOREACH part IN ARRAY parts LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN payload SET COMPRESSION lz4', part);
  END LOOP;
EXCEPTION WHEN feature_not_supported THEN
  FOREACH part IN ARRAY parts LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN payload SET STORAGE EXTERNAL', part);
  END LOOP;
END
$$;
