-- Drops the outbox partitions below the one in use whose messages were all published more than `age` ago, and, where they went
-- on a stream, have been acknowledged by every group. Rows are never deleted one by one. Gives how many it dropped.
CREATE FUNCTION system.drop_outbox_partitions(age interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  width CONSTANT bigint := 250000;
  leaf_name text;
  needed boolean;
  bucket bigint;
  position bigint;
  dropped integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ft.partitions'));
  -- Dropping waits for everyone who writes, and whoever comes then waits for it: rather the next time than for long.
  PERFORM set_config('lock_timeout', '500ms', true);
  SELECT last_value INTO position FROM system.outbox_seq;
  FOR bucket IN
    SELECT substring(c.relname FROM '\d+$')::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'system.outbox_events'::regclass ORDER BY 1
  LOOP
    CONTINUE WHEN bucket >= position / width;
    leaf_name := 'system.outbox_events_' || bucket;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE published_at IS NULL)', leaf_name) INTO needed;
    CONTINUE WHEN needed;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s o LEFT JOIN system.streams s ON s.topic = o.topic
                    WHERE o.published_at > now() - $1 OR o.published_at >= s.acknowledged_to)', leaf_name)
      USING age INTO needed;
    CONTINUE WHEN needed;
    EXECUTE format('DROP TABLE %s', leaf_name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0;
END
$$;
REVOKE ALL ON FUNCTION system.drop_outbox_partitions(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION system.drop_outbox_partitions(interval) TO ft_pipeline;
