import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgSchema, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { standardConfidences } from '../standards.js'
import { metadataLooks, metadataVersions } from './catalog.js'
import { address, hash, int8, int8multirange, numeric78, numericSum, timestamptz } from './columns.js'
import { tokenStandard } from './ref.js'
import { dlq } from './system.js'

/* projection: the read models. The API reads these and nothing else. */
export const projection = pgSchema('projection')

/** Per network: its head, its finalized block, and how far the read models are. finality_status follows from it. */
export const networkStatus = projection.table(
  'network_status',
  {
    networkId: smallint('network_id').primaryKey(),
    name: text().notNull().unique('network_status_name_key'),
    chain: text().notNull(),
    chainId: int8('chain_id').notNull(),
    state: text({ enum: ['backfilling', 'live', 'disputed'] }).notNull(),
    startBlock: int8('start_block'),
    historyComplete: boolean('history_complete').notNull().default(false),
    headNumber: int8('head_number'),
    headHash: hash('head_hash'),
    headTime: timestamptz('head_time'),
    finalizedNumber: int8('finalized_number'),
    finalizedHash: hash('finalized_hash'),
    finalizedTime: timestamptz('finalized_time'),
    projected: int8multirange().notNull().default('{}'),
    projectedNumber: int8('projected_number'),
    projectedHash: hash('projected_hash'),
    projectedTime: timestamptz('projected_time'),
    updatedAt: timestamptz('updated_at').notNull().defaultNow(),
    branch: int8().notNull().default(0),
    retracted: int8multirange().notNull().default('{}'),
    headsOrder: int8('heads_order').notNull().default(0),
    listingsOverUntil: timestamptz('listings_over_until'),
    safeNumber: int8('safe_number'),
    safeHash: hash('safe_hash'),
    safeTime: timestamptz('safe_time'),
    safeBranch: int8('safe_branch'),
  },
  (table) => [check('network_status_state_check', sql`${table.state} IN ('backfilling', 'live', 'disputed')`)],
)

/** Who holds an asset, and how much of it: only positive holdings. */
export const ownershipView = projection.table(
  'ownership_view',
  {
    assetId: uuid('asset_id').notNull(),
    accountAddress: address('account_address').notNull(),
    quantity: numericSum().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.assetId, table.accountAddress] }),
    check('ownership_view_quantity_check', sql`${table.quantity} > 0`),
    index('ownership_view_account').on(table.accountAddress, table.assetId),
  ],
)

/** What there is to say about an asset, in one row. */
export const assetCards = projection.table(
  'asset_cards',
  {
    assetId: uuid('asset_id').primaryKey(),
    collectionId: uuid('collection_id'),
    lastBlock: int8('last_block').notNull(),
    lastEventAt: timestamptz('last_event_at').notNull(),
    standard: tokenStandard().notNull(),
    owners: integer().notNull().default(0),
    networkId: smallint('network_id').notNull(),
    isStub: boolean('is_stub').notNull(),
    historyComplete: boolean('history_complete').notNull(),
    supply: numericSum().notNull().default(0n),
    tokenId: numeric78('token_id'),
    address: address(),
    owner: address(),
  },
  (table) => [index('asset_cards_token').on(table.collectionId, table.tokenId)],
)

/** How many assets of a collection an account holds, and how much in all. */
export const collectionOwners = projection.table(
  'collection_owners',
  {
    collectionId: uuid('collection_id').notNull(),
    accountAddress: address('account_address').notNull(),
    assets: integer().notNull(),
    quantity: numericSum().notNull(),
  },
  (table) => [primaryKey({ columns: [table.collectionId, table.accountAddress] })],
)

/** What there is to say about a collection, in one row. */
export const collectionStats = projection.table(
  'collection_stats',
  {
    collectionId: uuid('collection_id').primaryKey(),
    lastBlock: int8('last_block').notNull(),
    lastEventAt: timestamptz('last_event_at').notNull(),
    items: int8().notNull().default(0),
    owners: int8().notNull().default(0),
    standard: tokenStandard().notNull(),
    networkId: smallint('network_id').notNull(),
    isStub: boolean('is_stub').notNull(),
    historyComplete: boolean('history_complete').notNull(),
    supply: numericSum().notNull().default(0n),
    address: address().notNull(),
    name: text(),
    standardConfidence: text('standard_confidence', { enum: standardConfidences }).notNull().default('unconfirmed'),
    derivable: boolean().notNull().default(true),
  },
  (table) => [
    check(
      'collection_stats_standard_confidence_check',
      sql`${table.standardConfidence} IN ('unconfirmed', 'confirmed', 'contradicted')`,
    ),
    index('collection_stats_items').on(table.networkId, table.items, table.collectionId),
    index('collection_stats_owners').on(table.networkId, table.owners, table.collectionId),
    index('collection_stats_address').on(table.address),
    index('collection_stats_words').using('gin', sql`to_tsvector('simple', ${table.name})`),
  ],
)

/** What changed in the read models, in order, for those who follow it. */
export const changes = projection.table(
  'changes',
  {
    networkId: smallint('network_id').notNull(),
    seq: int8().notNull(),
    kind: text({ enum: ['changed', 'retracted', 'reset'] }).notNull(),
    fork: smallint().notNull(),
    retracted: boolean().notNull().default(false),
    blockNumber: int8('block_number').notNull(),
    retracts: int8(),
    createdAt: timestamptz('created_at').notNull().defaultNow(),
    assetId: uuid('asset_id'),
    collectionId: uuid('collection_id'),
    blockHash: hash('block_hash'),
    accounts: address().array().notNull(),
    quantities: numericSum().array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.networkId, table.seq] }),
    check('changes_kind_check', sql`${table.kind} IN ('changed', 'retracted', 'reset')`),
    index('changes_asset').on(table.assetId, table.seq),
  ],
)

/** The listings that are open, without those that ended at `network_status.listings_over_until` or before. */
export const listingCards = projection.table(
  'listing_cards',
  {
    listingId: uuid('listing_id').primaryKey(),
    collectionId: uuid('collection_id'),
    assetId: uuid('asset_id'),
    lastBlock: int8('last_block').notNull(),
    startsAt: timestamptz('starts_at'),
    endsAt: timestamptz('ends_at'),
    networkId: smallint('network_id').notNull(),
    currencyDecimals: smallint('currency_decimals'),
    source: text().notNull(),
    marketplace: text().notNull(),
    seller: address().notNull(),
    quantity: numericSum().notNull(),
    price: numericSum(),
    currency: address(),
    tokenId: numeric78('token_id'),
    market: address(),
    orderHash: hash('order_hash'),
    taker: address(),
    bundleSize: integer('bundle_size').notNull().default(1),
    isAuction: boolean('is_auction').notNull().default(false),
    available: numericSum().notNull().default(0n),
    unitPrice: numericSum('unit_price'),
    endPrice: numericSum('end_price'),
    minBid: numericSum('min_bid'),
    lastBid: numericSum('last_bid'),
    holderKnown: boolean('holder_known').notNull().default(false),
  },
  (table) => [
    index('listing_cards_price').on(table.collectionId, table.price, table.listingId),
    index('listing_cards_floor')
      .on(table.collectionId, table.currency, table.unitPrice, table.listingId)
      .where(sql`${table.unitPrice} IS NOT NULL`),
    index('listing_cards_asset').on(table.assetId, table.currency, table.unitPrice, table.listingId),
    index('listing_cards_ends').on(table.networkId, table.endsAt).where(sql`${table.endsAt} IS NOT NULL`),
    index('listing_cards_listed')
      .on(table.collectionId, table.assetId, table.startsAt, table.endsAt)
      .where(sql`${table.unitPrice} IS NOT NULL`),
  ],
)

/** What an account holds: ownership_view from the account's side, so that the two can never differ. */
export const portfolioAssets = projection
  .view('portfolio_assets', {
    accountAddress: address('account_address').notNull(),
    networkId: smallint('network_id').notNull(),
    collectionId: uuid('collection_id'),
    assetId: uuid('asset_id').notNull(),
    standard: tokenStandard().notNull(),
    tokenId: numeric78('token_id'),
    address: address(),
    /** As before sums had no bound; for versions of that time. */
    boundedQuantity: numeric78('quantity').notNull(),
    lastBlock: int8('last_block').notNull(),
    lastEventAt: timestamptz('last_event_at').notNull(),
    isStub: boolean('is_stub').notNull(),
    historyComplete: boolean('history_complete').notNull(),
    quantity: numericSum('exact_quantity').notNull(),
  })
  .as(
    sql`SELECT v.account_address, c.network_id, c.collection_id, v.asset_id, c.standard, c.token_id, c.address,
          least(v.quantity, repeat('9', 78)::numeric)::numeric(78, 0) AS quantity, c.last_block, c.last_event_at, c.is_stub,
          c.history_complete, v.quantity AS exact_quantity
        FROM ${ownershipView} v
        JOIN ${assetCards} c USING (asset_id)`,
  )

/** Contracts of which an event could not be read: until its dead letter is replayed or dropped, what is said of them may lack it. */
export const quarantined = projection
  .view('quarantined', {
    networkId: smallint('network_id').notNull(),
    contract: address().notNull(),
  })
  .as(
    sql`SELECT n.network_id, d.contract
        FROM ${dlq} d JOIN ${networkStatus} n ON n.name = d.network
        WHERE d.resolved_at IS NULL AND d.contract IS NOT NULL`,
  )

/** What the metadata of an asset says, where it was read. */
export const assetMetadata = projection
  .view('asset_metadata', {
    assetId: uuid('asset_id').notNull(),
    fetchedAt: timestamptz('fetched_at').notNull(),
    uri: text(),
    item: jsonb(),
  })
  .as(
    sql`SELECT l.asset_id, v.fetched_at, v.uri, v.item
        FROM ${metadataLooks} l
        JOIN ${metadataVersions} v ON v.asset_id = l.asset_id AND v.version = l.version`,
  )
