import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgSchema, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { address, hash, int8, numeric78, timestamptz } from './columns.js'

/* market: the state that follows from the ledger. */
export const market = pgSchema('market')

export const ownershipCurrent = market.table(
  'ownership_current',
  {
    assetId: uuid('asset_id').notNull(),
    accountAddress: address('account_address').notNull(),
    quantity: numeric78().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.assetId, table.accountAddress] }),
    index('ownership_current_negative').on(table.assetId).where(sql`${table.quantity} < 0`),
  ],
)

/** The latest state of every order that was seen on the chain. */
export const listingsCurrent = market.table(
  'listings_current',
  {
    listingId: uuid('listing_id').primaryKey(),
    collectionId: uuid('collection_id'),
    assetId: uuid('asset_id'),
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    startsAt: timestamptz('starts_at'),
    endsAt: timestamptz('ends_at'),
    networkId: smallint('network_id').notNull(),
    status: text({ enum: ['active', 'filled', 'cancelled', 'invalidated'] }).notNull(),
    source: text().notNull(),
    marketplace: text().notNull(),
    orderHash: hash('order_hash'),
    seller: address().notNull(),
    quantity: numeric78().notNull(),
    price: numeric78(),
    currency: address(),
    currencyDecimals: smallint('currency_decimals'),
  },
  (table) => [
    check('listings_current_status_check', sql`${table.status} IN ('active', 'filled', 'cancelled', 'invalidated')`),
    index('listings_current_price').on(table.collectionId, table.price).where(sql`${table.status} = 'active'`),
    index('listings_current_seller').on(table.seller),
    index('listings_current_ends').on(table.endsAt).where(sql`${table.status} = 'active'`),
  ],
)

/** Every sale that the canonical chain holds. */
export const salesHistory = market.table(
  'sales_history',
  {
    saleId: uuid('sale_id').primaryKey(),
    sourceEventId: uuid('source_event_id').notNull(),
    collectionId: uuid('collection_id'),
    assetId: uuid('asset_id'),
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    soldAt: timestamptz('sold_at').notNull(),
    subIndex: integer('sub_index').notNull(),
    bundleSize: integer('bundle_size').notNull().default(1),
    networkId: smallint('network_id').notNull(),
    currencyDecimals: smallint('currency_decimals'),
    confirmed: boolean().notNull(),
    marketplace: text().notNull(),
    orderHash: hash('order_hash'),
    seller: address().notNull(),
    buyer: address().notNull(),
    quantity: numeric78().notNull(),
    price: numeric78(),
    currency: address(),
    fees: numeric78(),
    royalties: numeric78(),
  },
  // NULLS FIRST, because ORDER BY … DESC can use no other descending index
  (table) => [
    index('sales_history_collection').on(table.collectionId, table.blockNumber.desc().nullsFirst()),
    index('sales_history_asset').on(table.assetId, table.blockNumber.desc().nullsFirst()),
  ],
)
