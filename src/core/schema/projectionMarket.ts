import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, numeric, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { address, int8, numericSum, timestamptz } from './columns.js'
import { projection } from './projection.js'

/* projection, second part: what was sold, and what happened. */

/** The last confirmed sale of an asset on its own. */
export const lastSales = projection.table(
  'last_sales',
  {
    assetId: uuid('asset_id').primaryKey(),
    collectionId: uuid('collection_id'),
    blockNumber: int8('block_number').notNull(),
    soldAt: timestamptz('sold_at').notNull(),
    networkId: smallint('network_id').notNull(),
    currencyDecimals: smallint('currency_decimals'),
    marketplace: text().notNull(),
    quantity: numericSum().notNull(),
    price: numericSum(),
    currency: address(),
  },
  (table) => [
    index('last_sales_collection').on(
      table.collectionId,
      table.soldAt.desc().nullsFirst(),
      table.assetId.desc().nullsFirst(),
    ),
  ],
)

/** Confirmed sales of a collection by hour. */
export const saleHours = projection.table(
  'sale_hours',
  {
    collectionId: uuid('collection_id').notNull(),
    currency: address().notNull(),
    hour: timestamptz('hour').notNull(),
    sales: int8().notNull(),
    volume: numeric().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.currency, table.hour] }),
    index('sale_hours_hour').on(table.hour),
  ],
)

/** All confirmed sales of a collection, per currency. */
export const saleTotals = projection.table(
  'sale_totals',
  {
    collectionId: uuid('collection_id').notNull(),
    currency: address().notNull(),
    currencyDecimals: smallint('currency_decimals'),
    sales: int8().notNull(),
    volume: numeric().notNull(),
  },
  (table) => [primaryKey({ columns: [table.collectionId, table.currency] })],
)

/** Sales and listings as they happened, one row per asset that they name. */
export const marketActivity = projection.table(
  'market_activity',
  {
    eventId: uuid('event_id').notNull(),
    itemIndex: integer('item_index').notNull(),
    kind: text({ enum: ['sale', 'list'] }).notNull(),
    networkId: smallint('network_id').notNull(),
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    subIndex: integer('sub_index').notNull(),
    happenedAt: timestamptz('happened_at').notNull(),
    assetId: uuid('asset_id'),
    collectionId: uuid('collection_id'),
    ofCollection: boolean('of_collection').notNull(),
    countedCollection: uuid('counted_collection'),
    bundleSize: integer('bundle_size').notNull(),
    seller: address().notNull(),
    buyer: address(),
    quantity: numericSum().notNull(),
    price: numericSum(),
    currency: address(),
    currencyDecimals: smallint('currency_decimals'),
    fees: numericSum(),
    royalties: numericSum(),
    side: text(),
    marketplace: text().notNull(),
    confirmed: boolean().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.itemIndex] }),
    check('market_activity_kind_check', sql`${table.kind} IN ('sale', 'list')`),
    index('market_activity_asset').on(table.assetId, table.blockNumber),
    index('market_activity_collection').on(table.collectionId, table.blockNumber).where(sql`${table.ofCollection}`),
    index('market_activity_seller').on(table.seller, table.blockNumber).where(sql`${table.itemIndex} = 0`),
    index('market_activity_buyer').on(table.buyer, table.blockNumber).where(sql`${table.itemIndex} = 0`),
    index('market_activity_counted')
      .on(table.countedCollection, table.happenedAt)
      .where(sql`${table.countedCollection} IS NOT NULL`),
  ],
)

/** Collections whose off-chain listings are known, and until when that is to be believed. */
export const listingSources = projection.table(
  'listing_sources',
  {
    collectionId: uuid('collection_id').notNull(),
    source: text().notNull(),
    networkId: smallint('network_id').notNull(),
    scope: text().notNull(),
    readAt: timestamptz('read_at').notNull(),
    freshUntil: timestamptz('fresh_until').notNull(),
  },
  (table) => [primaryKey({ columns: [table.collectionId, table.source] })],
)

/** Listings that were taken back, as they happened, one row per asset. */
export const cancellations = projection.table(
  'cancellations',
  {
    listingId: uuid('listing_id').notNull(),
    itemIndex: integer('item_index').notNull(),
    networkId: smallint('network_id').notNull(),
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    subIndex: integer('sub_index').notNull(),
    happenedAt: timestamptz('happened_at').notNull(),
    assetId: uuid('asset_id').notNull(),
    collectionId: uuid('collection_id'),
    ofCollection: boolean('of_collection').notNull(),
    bundleSize: integer('bundle_size').notNull(),
    seller: address().notNull(),
    quantity: numericSum().notNull(),
    price: numericSum(),
    currency: address(),
    currencyDecimals: smallint('currency_decimals'),
    marketplace: text().notNull(),
    eventId: uuid('event_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.listingId, table.itemIndex] }),
    index('cancellations_asset').on(table.assetId, table.blockNumber),
    index('cancellations_collection').on(table.collectionId, table.blockNumber).where(sql`${table.ofCollection}`),
    index('cancellations_seller').on(table.seller, table.blockNumber).where(sql`${table.itemIndex} = 0`),
  ],
)
