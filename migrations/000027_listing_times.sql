-- When an order was listed, and ended, by the blocks that its entries are of. Which block of a height is canonical says something else
-- while a fork is on its way through the pipeline.
ALTER TABLE market.listings_current ADD COLUMN listed_at timestamptz, ADD COLUMN ended_at timestamptz;
UPDATE market.listings_current l SET listed_at = b.time FROM ingest.blocks b
WHERE l.source = 'onchain' AND b.network_id = l.network_id AND b.number = l.block_number AND b.canonical;
UPDATE market.listings_current l SET ended_at = b.time FROM ingest.blocks b
WHERE b.network_id = l.network_id AND b.number = l.ended_block AND b.canonical;
