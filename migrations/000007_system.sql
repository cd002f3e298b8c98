-- system: how far the work is, and what is on its way. (The schema itself is made by the migration runner.)

-- One row per network: the last block that was stored, and the lease of its only writer.
CREATE TABLE system.sync_cursors (
  network_id smallint PRIMARY KEY,
  block_number bigint,
  block_hash bytea,
  finalized_number bigint,
  finalized_hash bytea,
  state text NOT NULL DEFAULT 'backfilling' CHECK (state IN ('backfilling', 'live', 'disputed')),
  -- raised by whoever becomes the writer; a commit with an older epoch is refused
  lease_epoch bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE SEQUENCE system.outbox_seq;
-- Messages on their way to the bus. published_at is null until they are on it (or, embedded, until every group has committed).
CREATE TABLE system.outbox_events (
  seq bigint NOT NULL DEFAULT nextval('system.outbox_seq'),
  attempts smallint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,
  topic text NOT NULL,
  payload json NOT NULL,
  PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX outbox_events_pending ON system.outbox_events (seq) WHERE published_at IS NULL;

CREATE FUNCTION system.notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('ft_outbox', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER outbox_events_notify AFTER INSERT ON system.outbox_events
  FOR EACH STATEMENT EXECUTE FUNCTION system.notify_outbox();

-- What could not be parsed, stored or applied, with its reason, until somebody replays or drops it.
CREATE TABLE system.dlq (
  dlq_id uuid PRIMARY KEY,
  first_failed_at timestamptz NOT NULL,
  last_failed_at timestamptz NOT NULL,
  resolved_at timestamptz,
  attempts integer NOT NULL,
  topic text NOT NULL,
  consumer_group text NOT NULL,
  network text,
  key text NOT NULL,
  code text NOT NULL,
  reason text NOT NULL,
  resolution text,
  payload json NOT NULL
);
CREATE INDEX dlq_open ON system.dlq (last_failed_at) WHERE resolved_at IS NULL;

-- Keys of the API: only a hash is kept; the prefix is what people recognise a key by.
CREATE TABLE system.api_keys (
  key_id uuid PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  requests_per_minute integer NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  scopes text[] NOT NULL,
  key_hash bytea NOT NULL UNIQUE
);
