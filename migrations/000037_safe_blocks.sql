-- The newest block that the chain calls safe, as it was told with the head, and the branch that it was told on: no value here is of a block that a
-- fork replaced.
ALTER TABLE projection.network_status ADD COLUMN safe_number bigint;
ALTER TABLE projection.network_status ADD COLUMN safe_hash bytea;
ALTER TABLE projection.network_status ADD COLUMN safe_time timestamptz;
ALTER TABLE projection.network_status ADD COLUMN safe_branch bigint;
