import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgSchema, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { standardConfidences } from '../standards.js'
import { address, hash, int8, numeric78, nummultirange, timestamptz } from './columns.js'
import { eventKind } from './ledger.js'
import { tokenStandard } from './ref.js'

/* catalog: which collections and assets exist. */
export const catalog = pgSchema('catalog')

/** One row per contract (EVM) or collection (TON), from its first event on. It is asked for its standard once `ask_after` is over. */
export const collections = catalog.table(
  'collections',
  {
    collectionId: uuid('collection_id').primaryKey(),
    firstBlock: int8('first_block').notNull(),
    firstPosition: int8('first_position').notNull(),
    firstSubIndex: integer('first_sub_index').notNull(),
    networkId: smallint('network_id').notNull(),
    standard: tokenStandard().notNull(),
    isStub: boolean('is_stub').notNull().default(true),
    address: address().notNull(),
    name: text(),
    standardConfidence: text('standard_confidence', { enum: standardConfidences }).notNull().default('unconfirmed'),
    askAfter: timestamptz('ask_after').notNull().default(sql`'-infinity'`),
    derivable: boolean().notNull().default(true),
  },
  (table) => [
    check(
      'collections_standard_confidence_check',
      sql`${table.standardConfidence} IN ('unconfirmed', 'confirmed', 'contradicted')`,
    ),
    index('collections_ask').on(table.networkId, table.askAfter),
    index('collections_not_derivable').on(table.networkId, table.address).where(sql`NOT ${table.derivable}`),
  ],
)

/** One row per token (EVM) or NFT item (TON), from its first event on. */
export const assets = catalog.table(
  'assets',
  {
    assetId: uuid('asset_id').primaryKey(),
    collectionId: uuid('collection_id'),
    firstBlock: int8('first_block').notNull(),
    firstPosition: int8('first_position').notNull(),
    firstSubIndex: integer('first_sub_index').notNull(),
    standard: tokenStandard().notNull(),
    firstKind: eventKind('first_kind').notNull(),
    networkId: smallint('network_id').notNull(),
    isStub: boolean('is_stub').notNull().default(true),
    tokenId: numeric78('token_id'),
    address: address(),
  },
  (table) => [index('assets_collection').on(table.collectionId)],
)

/** What the metadata of an asset said, each time that it said something new. */
export const metadataVersions = catalog.table(
  'metadata_versions',
  {
    assetId: uuid('asset_id').notNull(),
    version: integer().notNull(),
    fetchedAt: timestamptz('fetched_at').notNull(),
    uri: text(),
    content: jsonb(),
    contentHash: hash('content_hash'),
    item: jsonb(),
  },
  (table) => [primaryKey({ columns: [table.assetId, table.version] })],
)

/** When the metadata of an asset is looked at, of networks where it is read. */
export const metadataLooks = catalog.table(
  'metadata_looks',
  {
    assetId: uuid('asset_id').primaryKey(),
    dueAt: timestamptz('due_at').notNull(),
    lookedAt: timestamptz('looked_at'),
    version: integer(),
    networkId: smallint('network_id').notNull(),
    failures: smallint().notNull().default(0),
    unchanged: smallint().notNull().default(0),
    reason: text(),
  },
  (table) => [index('metadata_looks_due').on(table.networkId, table.dueAt)],
)

/** Tokens whose metadata has changed by the word of their contract, as ranges of their ids, until their assets have been made due. */
export const metadataUpdates = catalog.table(
  'metadata_updates',
  {
    collectionId: uuid('collection_id').primaryKey(),
    waitsSince: timestamptz('waits_since').notNull().defaultNow(),
    networkId: smallint('network_id').notNull(),
    tokens: nummultirange().notNull(),
  },
  (table) => [index('metadata_updates_turn').on(table.networkId, table.waitsSince)],
)
