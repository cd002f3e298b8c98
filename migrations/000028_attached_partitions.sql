-- A partition is made as a table of its own and attached: nobody who reads or writes is waited for, nor waits. Made in place
-- (PARTITION OF) it would need each parent to itself, one after the other, and deadlock with a transaction that has the parents in another
-- order. `scheme` is for a partition that is itself partitioned.
CREATE FUNCTION system.attach_partition(parent text, leaf text, bounds text, scheme text DEFAULT '') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES) %s', leaf, parent, scheme);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES %s', parent, leaf, bounds);
END
$$;
REVOKE ALL ON FUNCTION system.attach_partition(text, text, text, text) FROM PUBLIC;

-- As before, and the lock is asked for only where something is missing: every transaction that stores blocks calls this, and those of
-- different networks would wait for each other.
CREATE OR REPLACE FUNCTION system.ensure_partitions(network smallint, from_block bigint, to_block bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  width CONSTANT bigint := 1000000;
  parents CONSTANT text[] := ARRAY['ingest.raw_events', 'ledger.normalized_events', 'ledger.normalized_event_deltas',
                                   'ledger.applied_events'];
  parent text;
  list_name text;
  leaf_name text;
  bucket bigint;
  made integer := 0;
BEGIN
  IF NOT EXISTS (
    SELECT FROM unnest(parents) AS p, generate_series(from_block / width, to_block / width) AS b
    WHERE to_regclass(p || '_n' || network || '_b' || b) IS NULL) THEN
    RETURN 0;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ft.partitions'));
  FOREACH parent IN ARRAY parents LOOP
    list_name := parent || '_n' || network;
    IF to_regclass(list_name) IS NULL THEN
      PERFORM system.attach_partition(parent, list_name, format('IN (%s)', network), 'PARTITION BY RANGE (block_number)');
    END IF;
    FOR bucket IN from_block / width .. to_block / width LOOP
      leaf_name := list_name || '_b' || bucket;
      IF to_regclass(leaf_name) IS NULL THEN
        PERFORM system.attach_partition(list_name, leaf_name, format('FROM (%s) TO (%s)', bucket * width, (bucket + 1) * width));
        made := made + 1;
      END IF;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;

CREATE OR REPLACE FUNCTION system.ensure_outbox_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  width CONSTANT bigint := 250000;
  ahead CONSTANT bigint := 4;
  bucket bigint;
  position bigint;
  made integer := 0;
BEGIN
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO position FROM system.outbox_seq;
  IF NOT EXISTS (SELECT FROM generate_series(position / width, position / width + ahead) AS b
                 WHERE to_regclass('system.outbox_events_' || b) IS NULL) THEN
    RETURN 0;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ft.partitions'));
  FOR bucket IN position / width .. position / width + ahead LOOP
    IF to_regclass('system.outbox_events_' || bucket) IS NULL THEN
      PERFORM system.attach_partition('system.outbox_events', 'system.outbox_events_' || bucket,
                                      format('FROM (%s) TO (%s)', bucket * width, (bucket + 1) * width));
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$$;

-- As before, but the partitions go first, since whoever applies events has written to them before it moves the ranges; and while somebody
-- does, nothing is dropped: the next time is soon enough.
CREATE OR REPLACE FUNCTION system.retire_applied(network smallint, below bigint, consumers text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
  width CONSTANT bigint := 1000000;
  leaf regclass;
  bucket bigint;
  dropped integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ft.partitions'));
  FOR leaf, bucket IN
    SELECT c.oid, b.bucket FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT (regexp_match(c.relname, '_b(\d+)$'))[1]::bigint AS bucket) b
    WHERE i.inhparent = to_regclass('ledger.applied_events_n' || network) AND (b.bucket + 1) * width <= below
    ORDER BY b.bucket
  LOOP
    EXECUTE format('DROP TABLE %s', leaf);
    INSERT INTO ledger.applied_ranges AS r (network_id, consumer_id, blocks)
    SELECT network, c, int8multirange(int8range(bucket * width, (bucket + 1) * width)) FROM unnest(consumers) AS c
    ON CONFLICT (network_id, consumer_id) DO UPDATE SET blocks = r.blocks + EXCLUDED.blocks;
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END
$$;
