-- Contracts of which an event could not be read. Until its dead letter is replayed or dropped, what is said of them may lack it.
ALTER TABLE system.dlq ADD COLUMN contract bytea;
UPDATE system.dlq SET contract = CASE
    WHEN payload #>> '{events,0,contract}' ~ '^0x[0-9a-f]{40}$' THEN decode(substr(payload #>> '{events,0,contract}', 3), 'hex')
    WHEN payload #>> '{events,0,contract}' ~ '^0:[0-9a-f]{64}$' THEN decode('00' || substr(payload #>> '{events,0,contract}', 3), 'hex') END
WHERE code = 'event_undecodable';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX dlq_contract ON system.dlq (contract) WHERE resolved_at IS NULL AND contract IS NOT NULL;

CREATE VIEW projection.quarantined AS
SELECT n.network_id, d.contract
FROM system.dlq d JOIN projection.network_status n ON n.name = d.network
WHERE d.resolved_at IS NULL AND d.contract IS NOT NULL;
GRANT SELECT ON projection.quarantined TO ft_pipeline, ft_api;
