-- What keeps a running system going: history that is extended backwards, and tables that stay bounded.

-- Says that a network's history now starts earlier. A later start is not taken on: what has been read stays read.
CREATE FUNCTION system.extend_history(network smallint, start bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE ref.networks SET start_block = start, history_complete = history_complete OR start <= 1
  WHERE network_id = network AND start_block > start
$$;

-- Drops the partitions of applied_events that hold only blocks below a height, and keeps in applied_ranges that these consumers have
-- applied everything there. The caller knows that no message about these blocks is still on its way. Gives how many it dropped.
-- A partition is not waited for longer than two seconds: whoever waits for the lock would hold up everyone behind it.
CREATE FUNCTION system.retire_applied(network smallint, below bigint, consumers text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
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
    INSERT INTO ledger.applied_ranges AS r (network_id, consumer_id, blocks)
    SELECT network, c, int8multirange(int8range(bucket * width, (bucket + 1) * width)) FROM unnest(consumers) AS c
    ON CONFLICT (network_id, consumer_id) DO UPDATE SET blocks = r.blocks + EXCLUDED.blocks;
    EXECUTE format('DROP TABLE %s', leaf);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION system.extend_history(smallint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION system.retire_applied(smallint, bigint, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION system.extend_history(smallint, bigint) TO ft_ingest;
GRANT EXECUTE ON FUNCTION system.retire_applied(smallint, bigint, text[]) TO ft_pipeline;
