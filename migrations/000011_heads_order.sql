-- Heads are counted as they are sent: one that is delivered again late is old news, whatever it says.
ALTER TABLE system.sync_cursors ADD COLUMN heads_sent bigint NOT NULL DEFAULT 0;
ALTER TABLE projection.network_status ADD COLUMN heads_order bigint NOT NULL DEFAULT 0;
