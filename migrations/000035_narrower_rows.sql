-- As before, and the primary keys of the partitions are filled to the last byte: rows come in the order of these keys, so a page that is full
-- is not written to again, and a tenth of it need not be kept free (8 % of such an index).
-- Not those of the outbox, whose rows are marked later.
CREATE OR REPLACE FUNCTION system.attach_partition(parent text, leaf text, bounds text, scheme text DEFAULT '') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES) %s', leaf, parent, scheme);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s', parent, leaf, bounds);
  IF scheme = '' AND parent <> 'system.outbox_events' THEN
    EXECUTE format('ALTER INDEX %s SET (fillfactor = 100)',
                   (SELECT indexrelid::regclass FROM pg_index WHERE indrelid = leaf::regclass AND indisprimary));
  END IF;
END
$$;

-- (`{}` since migration 35: a row without nulls is 8 bytes shorter)
ALTER TABLE ledger.normalized_events ALTER COLUMN details SET DEFAULT '{}';
