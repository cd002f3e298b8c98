import type { Db } from '../../../src/core/db.js'
import { type Rows, sorted } from './model.js'

const hex = (column: string): string => `coalesce('0x' || encode(${column}, 'hex'), 'null')`

const QUERIES: Record<keyof Rows, string> = {
  ownershipCurrent: `SELECT asset_id || ' ' || ${hex('account_address')} || ' ' || quantity AS row FROM market.ownership_current`,
  ownershipView: `SELECT asset_id || ' ' || ${hex('account_address')} || ' ' || quantity AS row FROM projection.ownership_view`,
  assetCards: `SELECT asset_id || ' ' || collection_id || ' ' || token_id || ' ' || standard || ' owner ' || ${hex('owner')}
    || ' owners ' || owners || ' supply ' || supply || ' last ' || last_block || ' complete ' || history_complete AS row
    FROM projection.asset_cards`,
  collectionOwners: `SELECT collection_id || ' ' || ${hex('account_address')} || ' ' || assets || ' ' || quantity AS row
    FROM projection.collection_owners`,
  collectionStats: `SELECT collection_id || ' ' || standard || ' items ' || items || ' owners ' || owners || ' supply ' || supply
    || ' last ' || last_block AS row FROM projection.collection_stats`,
  assets: `SELECT asset_id || ' ' || collection_id || ' ' || token_id || ' ' || standard || ' ' || first_kind || ' ' || first_block AS row
    FROM catalog.assets`,
  collections: `SELECT collection_id || ' ' || ${hex('address')} || ' ' || standard || ' ' || first_block AS row FROM catalog.collections`,
  sales: `SELECT sale_id || ' ' || side || ' ' || ${hex('seller')} || ' to ' || ${hex('buyer')} || ' '
    || array_to_string(asset_ids, ',') || ' x' || quantity || ' for ' || coalesce(price::text, 'null') || ' ' || ${hex('currency')}
    || ' in ' || block_number || ' confirmed ' || confirmed AS row FROM market.sales_history`,
  listings: `SELECT listing_id || ' ' || status || ' ' || ${hex('seller')} || ' ' || filled || '/' || quantity || ' available '
    || available || ' for ' || coalesce(price::text, 'null') || ' last ' || last_block AS row FROM market.listings_current`,
}

/** The same queries by the name of the table that each reads. */
export const HOLDINGS: Readonly<Record<string, string>> = {
  'market.ownership_current': QUERIES.ownershipCurrent,
  'projection.ownership_view': QUERIES.ownershipView,
  'projection.asset_cards': QUERIES.assetCards,
  'projection.collection_owners': QUERIES.collectionOwners,
  'projection.collection_stats': QUERIES.collectionStats,
  'catalog.assets': QUERIES.assets,
  'catalog.collections': QUERIES.collections,
  'market.sales_history': QUERIES.sales,
  'market.listings_current': QUERIES.listings,
}

/** What the tables hold, in the form of the model. */
export async function snapshot(db: Db): Promise<Rows> {
  const read = async (text: string): Promise<string[]> => (await db.query<{ row: string }>(text)).map(({ row }) => row)
  return sorted({
    ownershipCurrent: await read(QUERIES.ownershipCurrent),
    ownershipView: await read(QUERIES.ownershipView),
    assetCards: await read(QUERIES.assetCards),
    collectionOwners: await read(QUERIES.collectionOwners),
    collectionStats: await read(QUERIES.collectionStats),
    assets: await read(QUERIES.assets),
    collections: await read(QUERIES.collections),
    sales: await read(QUERIES.sales),
    listings: await read(QUERIES.listings),
  })
}

/** Tables in which fused and live processing differ by design: transport, claims, the feed of changes, and who did it when. */
const TRANSPORT = /^(system\..*|ledger\.applied_.*|projection\.(portfolio_assets|changes))$/

/** Not of the chain's blocks: times of writing, and what contracts were asked meanwhile. */
const MEANWHILE = ['updated_at', 'created_at', 'ask_after', 'standard_confidence', 'name', 'is_stub']

/** Every row of every other table of the seven schemas, as JSON without what is not of the chain's blocks, sorted. */
export async function allRows(db: Db): Promise<{ table: string; rows: string[] }[]> {
  const tables = await db.query<{ name: string }>(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('ref', 'ingest', 'ledger', 'catalog', 'market', 'projection', 'system')
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`,
  )
  const kept = tables.filter(({ name }) => !TRANSPORT.test(name))
  return await Promise.all(
    kept.map(async ({ name }) => {
      const rows = await db.query<{ row: string }>(
        `SELECT (to_jsonb(t) - $1::text[])::text AS row FROM ${name} t ORDER BY 1`,
        [MEANWHILE],
      )
      return { table: name, rows: rows.map(({ row }) => row) }
    }),
  )
}
