-- Partitions are made by functions that run as their owner, so that writers need no right to create tables.

-- Makes sure that blocks [from_block, to_block] of a network have a partition in every table partitioned by block:
-- LIST by network, then RANGE by a million blocks. Gives how many tables it made.
CREATE FUNCTION system.ensure_partitions(network smallint, from_block bigint, to_block bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  width CONSTANT bigint := 1000000;
  parent text;
  list_name text;
  leaf_name text;
  bucket bigint;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ft.partitions'));
  FOREACH parent IN ARRAY ARRAY['ingest.raw_events', 'ledger.normalized_events', 'ledger.normalized_event_deltas',
                                'ledger.applied_events'] LOOP
    list_name := parent || '_n' || network;
    IF to_regclass(list_name) IS NULL THEN
      EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES IN (%s) PARTITION BY RANGE (block_number)',
                     list_name, parent, network);
    END IF;
    FOR bucket IN from_block / width .. to_block / width LOOP
      leaf_name := list_name || '_b' || bucket;
      IF to_regclass(leaf_name) IS NULL THEN
        EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%s) TO (%s)',
                       leaf_name, list_name, bucket * width, (bucket + 1) * width);
        made := made + 1;
      END IF;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;

-- Makes sure that the outbox has partitions for the next million messages. Gives how many it made.
CREATE FUNCTION system.ensure_outbox_partitions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  width CONSTANT bigint := 250000;
  bucket bigint;
  position bigint;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ft.partitions'));
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO position FROM system.outbox_seq;
  FOR bucket IN position / width .. position / width + 4 LOOP
    IF to_regclass('system.outbox_events_' || bucket) IS NULL THEN
      EXECUTE format('CREATE TABLE system.outbox_events_%s PARTITION OF system.outbox_events FOR VALUES FROM (%s) TO (%s)',
                     bucket, bucket * width, (bucket + 1) * width);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$$;

SELECT system.ensure_outbox_partitions();

-- Remembers where a network's history starts; the first answer stands. Gives the start in force.
CREATE FUNCTION system.set_start_block(network smallint, start bigint, complete boolean) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE ref.networks SET start_block = coalesce(start_block, start),
    history_complete = CASE WHEN start_block IS NULL THEN complete ELSE history_complete END
  WHERE network_id = network RETURNING start_block
$$;

-- Remembers the first block of a network's chain; the first answer stands. Gives the hash in force.
CREATE FUNCTION system.set_genesis(network smallint, genesis bytea) RETURNS bytea
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE ref.networks SET genesis_hash = coalesce(genesis_hash, genesis) WHERE network_id = network RETURNING genesis_hash
$$;
