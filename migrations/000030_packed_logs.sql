-- The packed log of an event of an EVM chain, which its payload has as base64 (`log`): bytes take half the room. Null where the payload
-- has none, and in rows that were written before, whose raw_payload has it.
ALTER TABLE ingest.raw_events ADD COLUMN packed_log bytea;
