import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgSchema, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { address, hash, int8, numeric78, numericSum, timestamptz } from './columns.js'
import { tokenStandard } from './ref.js'

/* market: the state that follows from the ledger. */
export const market = pgSchema('market')

/** How much of which asset an account holds. */
export const ownershipCurrent = market.table(
  'ownership_current',
  {
    assetId: uuid('asset_id').notNull(),
    accountAddress: address('account_address').notNull(),
    quantity: numericSum().notNull(),
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
    quantity: numericSum().notNull(),
    price: numericSum(),
    currency: address(),
    currencyDecimals: smallint('currency_decimals'),
    lastBlock: int8('last_block').notNull().default(0),
    market: address(),
    holder: address(),
    taker: address(),
    bundleSize: integer('bundle_size').notNull().default(1),
    partial: boolean().notNull().default(false),
    isAuction: boolean('is_auction').notNull().default(false),
    filled: numericSum().notNull().default(0n),
    available: numericSum().notNull().default(0n),
    unitPrice: numericSum('unit_price'),
    endPrice: numericSum('end_price'),
    minBid: numericSum('min_bid'),
    lastBid: numericSum('last_bid'),
    holderKnown: boolean('holder_known').notNull().default(false),
    tokenId: numeric78('token_id'),
    endedBlock: int8('ended_block'),
    endedPosition: int8('ended_position'),
    endedSubIndex: integer('ended_sub_index'),
    listedAt: timestamptz('listed_at'),
    endedAt: timestamptz('ended_at'),
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
    quantity: numericSum().notNull(),
    price: numericSum(),
    currency: address(),
    fees: numericSum(),
    royalties: numericSum(),
    market: address(),
    side: text(),
    saleType: text('sale_type'),
    assetIds: uuid('asset_ids').array().notNull().default(sql`'{}'`),
    collectionIds: uuid('collection_ids').array().notNull().default(sql`'{}'`),
  },
  // NULLS FIRST, because ORDER BY … DESC can use no other descending index
  (table) => [
    index('sales_history_collection').on(table.collectionId, table.blockNumber.desc().nullsFirst()),
    index('sales_history_asset').on(table.assetId, table.blockNumber.desc().nullsFirst()),
  ],
)

/** How much of which order a sale used up. */
export const orderFills = market.table(
  'order_fills',
  {
    saleId: uuid('sale_id').notNull(),
    listingId: uuid('listing_id').notNull(),
    blockNumber: int8('block_number').notNull(),
    position: int8().notNull(),
    subIndex: integer('sub_index').notNull(),
    quantity: numericSum().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.saleId, table.listingId] }),
    index('order_fills_listing').on(table.listingId),
  ],
)

/** What has to stay with the holder for an order to be good. */
export const listingItems = market.table(
  'listing_items',
  {
    listingId: uuid('listing_id').notNull(),
    assetId: uuid('asset_id').notNull(),
    collectionId: uuid('collection_id'),
    standard: tokenStandard().notNull(),
    holder: address().notNull(),
    quantity: numericSum().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.listingId, table.assetId] }),
    index('listing_items_asset').on(table.assetId),
    index('listing_items_holder').on(table.holder, table.assetId),
  ],
)

/** Orders that never were on the chain, as a listing source gave them. */
export const offchainOrders = market.table(
  'offchain_orders',
  {
    listingId: uuid('listing_id').primaryKey(),
    networkId: smallint('network_id').notNull(),
    source: text().notNull(),
    isOpen: boolean('is_open').notNull(),
    seenAt: timestamptz('seen_at').notNull().defaultNow(),
    counter: numeric78(),
    details: jsonb().notNull(),
    scope: text().notNull().default(''),
  },
  (table) => [
    index('offchain_orders_open')
      .on(table.networkId, table.source, table.scope, table.seenAt)
      .where(sql`${table.isOpen}`),
  ],
)
