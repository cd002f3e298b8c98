-- How far the streams of the bus are, per topic; empty when the bus needs no server. A message is published in a batch: the
-- time in published_at, which is also in the id of its entry.
CREATE TABLE system.streams (
  topic text PRIMARY KEY,
  -- the newest batch that was put on the stream and marked: a stream that ends before it has lost something
  published_to timestamptz NOT NULL,
  -- every group has acknowledged what was published before: what was published since is published again when a stream is lost
  acknowledged_to timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON system.streams TO ft_pipeline;
