import { sql } from 'drizzle-orm'
import { boolean, check, integer, pgSchema, primaryKey, smallint, text } from 'drizzle-orm/pg-core'
import { standards } from '../events.js'
import { address, hash, int8, timestamptz } from './columns.js'

/* ref: what is known before the first block is read. */
export const ref = pgSchema('ref')

export const tokenStandard = ref.enum('token_standard', standards)

/** The families of chains and the form of their addresses. */
export const chains = ref.table('chains', {
  chain: text().primaryKey(),
  addressForm: text('address_form').notNull(),
})

/** The token standards that are indexed. */
export const tokenStandards = ref.table('token_standards', {
  standard: tokenStandard().primaryKey(),
  chain: text()
    .notNull()
    .references(() => chains.chain),
  name: text().notNull(),
  singleOwner: boolean('single_owner').notNull(),
})

/** The networks that are indexed, or were. */
export const networks = ref.table(
  'networks',
  {
    networkId: smallint('network_id').primaryKey(),
    name: text().notNull().unique('networks_name_key'),
    chain: text()
      .notNull()
      .references(() => chains.chain),
    chainId: int8('chain_id').notNull(),
    finalityRule: text('finality_rule', { enum: ['tag', 'depth'] }).notNull(),
    finalityDepth: integer('finality_depth').notNull(),
    startBlock: int8('start_block'),
    historyComplete: boolean('history_complete').notNull().default(false),
    genesisHash: hash('genesis_hash'),
    scope: text().notNull().default('all'),
    endpoints: text().array().notNull().default(sql`'{}'`),
    createdAt: timestamptz('created_at').notNull().defaultNow(),
  },
  (table) => [
    check('networks_finality_rule_check', sql`${table.finalityRule} IN ('tag', 'depth')`),
    check('networks_finality_depth_check', sql`${table.finalityDepth} >= 0`),
  ],
)

/** The marketplaces that are known, by the contract or code that identifies their events. */
export const marketplaces = ref.table(
  'marketplaces',
  {
    networkId: smallint('network_id')
      .notNull()
      .references(() => networks.networkId),
    identifier: hash().notNull(),
    name: text().notNull(),
    protocol: text().notNull(),
    protocolVersion: text('protocol_version').notNull(),
  },
  (table) => [primaryKey({ columns: [table.networkId, table.identifier] })],
)

/** Symbol and decimals of the currencies that prices are in; the zero address is the network's native one. */
export const currencies = ref.table(
  'currencies',
  {
    networkId: smallint('network_id')
      .notNull()
      .references(() => networks.networkId),
    address: address().notNull(),
    symbol: text().notNull(),
    decimals: smallint().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.networkId, table.address] }),
    check('currencies_decimals_check', sql`${table.decimals} BETWEEN 0 AND 255`),
  ],
)
