-- Firings of tasks that happen once in a cluster, by the time for which they were scheduled: a row is a firing that was taken, so
-- that no process takes it again. Rows are forgotten a month after the firing.
CREATE TABLE system.beat (
  task text NOT NULL,
  scheduled_at timestamptz NOT NULL,
  fired_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task, scheduled_at)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON system.beat TO ft_ingest, ft_pipeline;
