-- squawk-ignore-file changing-column-type
-- One amount of a contract is below 2^256, which numeric(78, 0) holds. A sum of some is not: anybody can emit ten mints of 2^256 - 1, and
-- the block could never be stored. What is added up, or compared with what is, has no bound any more. Values stay as they are, and tables
-- are not rewritten.
ALTER TABLE market.ownership_current ALTER COLUMN quantity TYPE numeric;
ALTER TABLE market.listing_items ALTER COLUMN quantity TYPE numeric;
ALTER TABLE market.listings_current
  ALTER COLUMN quantity TYPE numeric, ALTER COLUMN available TYPE numeric, ALTER COLUMN filled TYPE numeric,
  ALTER COLUMN price TYPE numeric, ALTER COLUMN unit_price TYPE numeric, ALTER COLUMN end_price TYPE numeric,
  ALTER COLUMN min_bid TYPE numeric, ALTER COLUMN last_bid TYPE numeric;
ALTER TABLE market.order_fills ALTER COLUMN quantity TYPE numeric;
ALTER TABLE market.sales_history
  ALTER COLUMN quantity TYPE numeric, ALTER COLUMN price TYPE numeric, ALTER COLUMN fees TYPE numeric,
  ALTER COLUMN royalties TYPE numeric;

-- The type of a view's column is for ever, and what a view shows keeps its type as well: the view lets go of the column first. It shows
-- the quantity once more, without a bound.
CREATE OR REPLACE VIEW projection.portfolio_assets AS
SELECT v.account_address, c.network_id, c.collection_id, v.asset_id, c.standard, c.token_id, c.address,
       NULL::numeric(78, 0) AS quantity, c.last_block, c.last_event_at, c.is_stub, c.history_complete
FROM projection.ownership_view v
JOIN projection.asset_cards c USING (asset_id);
ALTER TABLE projection.ownership_view ALTER COLUMN quantity TYPE numeric;
CREATE OR REPLACE VIEW projection.portfolio_assets AS
SELECT v.account_address, c.network_id, c.collection_id, v.asset_id, c.standard, c.token_id, c.address,
       least(v.quantity, repeat('9', 78)::numeric)::numeric(78, 0) AS quantity, c.last_block, c.last_event_at, c.is_stub,
       c.history_complete, v.quantity AS exact_quantity
FROM projection.ownership_view v
JOIN projection.asset_cards c USING (asset_id);

ALTER TABLE projection.asset_cards ALTER COLUMN supply TYPE numeric;
ALTER TABLE projection.collection_owners ALTER COLUMN quantity TYPE numeric;
ALTER TABLE projection.collection_stats ALTER COLUMN supply TYPE numeric;
ALTER TABLE projection.changes ALTER COLUMN quantities TYPE numeric[];
ALTER TABLE projection.listing_cards
  ALTER COLUMN quantity TYPE numeric, ALTER COLUMN available TYPE numeric, ALTER COLUMN price TYPE numeric,
  ALTER COLUMN unit_price TYPE numeric, ALTER COLUMN end_price TYPE numeric, ALTER COLUMN min_bid TYPE numeric,
  ALTER COLUMN last_bid TYPE numeric;
ALTER TABLE projection.last_sales ALTER COLUMN quantity TYPE numeric, ALTER COLUMN price TYPE numeric;
ALTER TABLE projection.market_activity
  ALTER COLUMN quantity TYPE numeric, ALTER COLUMN price TYPE numeric, ALTER COLUMN fees TYPE numeric,
  ALTER COLUMN royalties TYPE numeric;
ALTER TABLE projection.cancellations ALTER COLUMN quantity TYPE numeric, ALTER COLUMN price TYPE numeric;
