import { addressToBytea } from '../../src/core/address.js'
import type { Db } from '../../src/core/db.js'
import { assetId, collectionId } from '../../src/core/ids.js'
import { registerNetwork } from '../../src/core/networks.js'

/*
 * What the API is measured on: the rows that the pipeline leaves after many events, written by a dozen statements instead of by the
 * pipeline. One collection holds half of all assets, the others share the rest evenly; every tenth is ERC-1155, its assets held by
 * three accounts each. Half of the ERC-721 assets have moved once. Some are listed, some were sold in the last 60 days.
 */

export const NETWORK = 'polygon'
const PER_COLLECTION = 500
const PER_ACCOUNT = 20
const PER_BLOCK = 100
const LISTED = 20
const SOLD = 10
const INSERT = 50_000

export interface World {
  readonly assets: number
  readonly accounts: number
  readonly collections: number
  asset(n: number): { readonly id: string; readonly collection: number; readonly tokenId: number }
  /** Whether its assets may have several owners. */
  isMulti(collection: number): boolean
  contract(collection: number): string
  collectionId(collection: number): string
  account(n: number): string
}

/** The shape of a world of so many assets (1,000 at least); its rows are made by `fill`. */
export function worldOf(assets: number): World {
  const half = Math.floor(assets / 2)
  const collections = 1 + Math.ceil((assets - half) / PER_COLLECTION)
  const contract = (collection: number): string => `0xcc${collection.toString(16).padStart(38, '0')}`
  const place = (n: number): { collection: number; tokenId: number } => {
    if (n < half) return { collection: 0, tokenId: n }
    return { collection: 1 + Math.floor((n - half) / PER_COLLECTION), tokenId: (n - half) % PER_COLLECTION }
  }
  return {
    assets,
    accounts: Math.ceil(assets / PER_ACCOUNT),
    collections,
    asset: (n) => {
      const { collection, tokenId } = place(n)
      return { id: assetId(NETWORK, contract(collection), String(tokenId)), collection, tokenId }
    },
    isMulti: (collection) => collection % 10 === 9,
    contract,
    collectionId: (collection) => collectionId(NETWORK, contract(collection)),
    account: (n) => `0xaa${n.toString(16).padStart(38, '0')}`,
  }
}

/** Fills an empty migrated database. */
export async function fill(db: Db, world: World): Promise<void> {
  const definition = { name: NETWORK, chain: 'evm', chainId: 137, scope: 'all', endpoints: [] } as const
  const nativeCurrency = { symbol: 'POL', decimals: 18 }
  const network = await registerNetwork(db, { ...definition, nativeCurrency, finality: { rule: 'tag', depth: 256 } })
  await db.query('SELECT system.ensure_partitions($1, 0, 0)', [network.id])
  await nameThings(db, world)
  for (const statement of [...facts, ...ledger, ...readModels, ...market]) {
    await db.query(statement.replaceAll(':network', String(network.id)).replaceAll(':accounts', String(world.accounts)))
  }
  // Not inside a transaction: the planner's statistics, and the visibility map that index-only scans need.
  await db.query('VACUUM ANALYZE')
}

/** The ids, which PostgreSQL cannot compute: `bench.collections` and `bench.assets`. */
async function nameThings(db: Db, world: World): Promise<void> {
  await db.query('CREATE SCHEMA bench')
  await db.query('CREATE UNLOGGED TABLE bench.collections (c int, collection_id uuid, address bytea, multi boolean)')
  await db.query('CREATE UNLOGGED TABLE bench.assets (n int, asset_id uuid, c int, token_id int)')
  const collections = Array.from({ length: world.collections }, (_, c) => c)
  await db.query(
    'INSERT INTO bench.collections SELECT * FROM unnest($1::int[], $2::uuid[], $3::bytea[], $4::boolean[])',
    [
      collections,
      collections.map(world.collectionId),
      collections.map((c) => addressToBytea(world.contract(c))),
      collections.map(world.isMulti),
    ],
  )
  for (let from = 0; from < world.assets; from += INSERT) {
    const numbers = Array.from({ length: Math.min(INSERT, world.assets - from) }, (_, k) => from + k)
    const assets = numbers.map(world.asset)
    await db.query('INSERT INTO bench.assets SELECT * FROM unnest($1::int[], $2::uuid[], $3::int[], $4::int[])', [
      numbers,
      assets.map(({ id }) => id),
      assets.map(({ collection }) => collection),
      assets.map(({ tokenId }) => tokenId),
    ])
  }
}

/** Who holds what, and by which movements that came about: `bench.holdings` and `bench.events`. */
const facts = [
  `CREATE FUNCTION bench.account(n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
     $$ SELECT decode('aa' || lpad(to_hex(n % :accounts), 38, '0'), 'hex') $$`,
  `CREATE FUNCTION bench.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$`,
  // 7,919 is a prime: neighbours in a collection belong to accounts that are no neighbours.
  `CREATE UNLOGGED TABLE bench.holdings AS
   SELECT a.n, a.asset_id, c.c, c.collection_id, a.token_id, c.multi, h, bench.account(a.n * 7919::bigint + h) AS account
   FROM bench.assets a JOIN bench.collections c USING (c)
   CROSS JOIN LATERAL generate_series(0, CASE WHEN c.multi THEN 2 ELSE 0 END) h`,
  `CREATE UNLOGGED TABLE bench.events AS
   SELECT row_number() OVER (ORDER BY step, n, h) - 1 AS e, * FROM (
     SELECT 0 AS step, 'mint' AS kind, h.*, NULL::bytea AS giver,
       CASE WHEN multi OR n % 2 = 1 THEN account ELSE bench.account(n) END AS taker
     FROM bench.holdings h
     UNION ALL
     SELECT 1, 'transfer', h.*, bench.account(n), account FROM bench.holdings h WHERE NOT multi AND n % 2 = 0) moved`,
] as const

const TIME = `now() - (SELECT max(e) / ${PER_BLOCK} FROM bench.events) * interval '2 seconds'`
const BLOCK = `e / ${PER_BLOCK}`

const ledger = [
  `INSERT INTO ingest.blocks (network_id, number, fork, canonical, time, hash, parent_hash)
   SELECT :network, b, 0, true, ${TIME} + b * interval '2 seconds', sha256(int8send(b)), sha256(int8send(b - 1))
   FROM generate_series(0, (SELECT max(${BLOCK}) FROM bench.events)) b`,
  `INSERT INTO ingest.raw_events
     (block_number, position, source_event_id, network_id, fork, contract, tx_hash, raw_payload)
   SELECT ${BLOCK}, e % ${PER_BLOCK}, bench.id('source', e), :network, 0, c.address, sha256(int8send(e)), '{}'
   FROM bench.events JOIN bench.collections c USING (c)`,
  `INSERT INTO ledger.normalized_event_keys (source_event_id, block_number, position, payload_hash, sub_index, network_id, fork,
     incarnation, is_reverted)
   SELECT bench.id('source', e), ${BLOCK}, e % ${PER_BLOCK}, e, 0, :network, 0, 1, false FROM bench.events`,
  `INSERT INTO ledger.normalized_events (block_number, position, normalized_event_id, source_event_id, asset_id, sub_index,
     event_kind, standard, network_id, fork, incarnation, reverts, collection_id)
   SELECT ${BLOCK}, e % ${PER_BLOCK}, bench.id('normalized', e), bench.id('source', e), asset_id, 0, kind::ledger.event_kind,
     CASE WHEN multi THEN 'erc1155' ELSE 'erc721' END::ref.token_standard, :network, 0, 1, false, collection_id
   FROM bench.events`,
  `INSERT INTO ledger.normalized_event_deltas
     (block_number, normalized_event_id, network_id, delta_index, account_address, qty_delta)
   SELECT ${BLOCK}, bench.id('normalized', e), :network, 0, coalesce(giver, taker), CASE kind WHEN 'mint' THEN 1 ELSE -1 END
   FROM bench.events
   UNION ALL
   SELECT ${BLOCK}, bench.id('normalized', e), :network, 1, taker, 1 FROM bench.events WHERE kind = 'transfer'`,
] as const

const STANDARD = `CASE WHEN c.multi THEN 'erc1155' ELSE 'erc721' END::ref.token_standard`

const readModels = [
  'INSERT INTO projection.ownership_view SELECT asset_id, account, 1 FROM bench.holdings',
  `INSERT INTO projection.asset_cards (asset_id, collection_id, last_block, last_event_at, standard, owners, network_id, is_stub,
     history_complete, supply, token_id, owner)
   SELECT asset_id, c.collection_id, last, b.time, ${STANDARD}, h.owners, :network, false, true, h.owners, token_id, h.owner
   FROM bench.assets JOIN bench.collections c USING (c)
   JOIN (SELECT asset_id, count(*) AS owners, min(account) FILTER (WHERE NOT multi) AS owner FROM bench.holdings GROUP BY 1) h
     USING (asset_id)
   JOIN (SELECT asset_id, max(${BLOCK}) AS last FROM bench.events GROUP BY 1) e USING (asset_id)
   JOIN ingest.blocks b ON b.number = last
   -- the order in which the assets came to be, as the pipeline would have written them
   ORDER BY n`,
  `INSERT INTO projection.collection_owners
   SELECT collection_id, account, count(*), count(*) FROM bench.holdings GROUP BY 1, 2`,
  `INSERT INTO projection.collection_stats (collection_id, last_block, last_event_at, items, owners, standard, network_id, is_stub,
     history_complete, supply, address, name)
   SELECT c.collection_id, a.last_block, a.last_event_at, a.items, o.owners, ${STANDARD}, :network, false, true, a.supply,
     c.address, 'Collection ' || c.c
   FROM bench.collections c
   JOIN (SELECT collection_id, max(last_block) AS last_block, max(last_event_at) AS last_event_at, count(*) AS items,
           sum(supply) AS supply FROM projection.asset_cards GROUP BY 1) a USING (collection_id)
   JOIN (SELECT collection_id, count(*) AS owners FROM projection.collection_owners GROUP BY 1) o USING (collection_id)`,
  `UPDATE projection.network_status s SET state = 'live', start_block = 0, history_complete = true, head_number = b.number,
     head_hash = b.hash, head_time = b.time, finalized_number = b.number - 256, finalized_hash = b.hash, finalized_time = b.time,
     projected = int8multirange(int8range(0, b.number + 1)), projected_number = b.number, projected_hash = b.hash,
     projected_time = b.time
   FROM (SELECT * FROM ingest.blocks ORDER BY number DESC LIMIT 1) b WHERE s.network_id = :network`,
] as const

const NATIVE = `decode(repeat('00', 20), 'hex')`
const PRICE = `(1000000 + (n * 7919::bigint) % 9000000)::numeric * 1000000000000`

const market = [
  `INSERT INTO projection.listing_cards (listing_id, collection_id, asset_id, last_block, starts_at, network_id, currency_decimals,
     source, marketplace, seller, quantity, price, currency, token_id, available, unit_price, holder_known)
   SELECT bench.id('listing', n), collection_id, asset_id, a.last_block, a.last_event_at, :network, 18, 'onchain', 'opensea',
     account, 1, ${PRICE}, ${NATIVE}, h.token_id, 1, ${PRICE}, true
   FROM bench.holdings h JOIN projection.asset_cards a USING (asset_id, collection_id) WHERE h = 0 AND n % ${LISTED} = 0`,
  // Sales lie within the last 60 days, whatever the blocks say: windows end now.
  `CREATE UNLOGGED TABLE bench.sales AS
   SELECT n, asset_id, collection_id, account AS buyer, bench.account(n) AS seller, ${PRICE} AS price, a.last_block,
     now() - (n % 8640) * interval '10 minutes' AS sold_at
   FROM bench.holdings h JOIN projection.asset_cards a USING (asset_id, collection_id) WHERE h = 0 AND n % ${SOLD} = 0`,
  `INSERT INTO projection.last_sales (asset_id, collection_id, block_number, sold_at, network_id, currency_decimals, marketplace,
     quantity, price, currency)
   SELECT asset_id, collection_id, last_block, sold_at, :network, 18, 'opensea', 1, price, ${NATIVE} FROM bench.sales`,
  `INSERT INTO projection.sale_hours
   SELECT collection_id, ${NATIVE}, date_trunc('hour', sold_at, 'UTC'), count(*), sum(price) FROM bench.sales GROUP BY 1, 3`,
  `INSERT INTO projection.sale_totals
   SELECT collection_id, ${NATIVE}, 18, count(*), sum(price) FROM bench.sales GROUP BY 1`,
  `INSERT INTO projection.market_activity (event_id, item_index, kind, network_id, block_number, position, sub_index, happened_at,
     asset_id, collection_id, of_collection, counted_collection, bundle_size, seller, buyer, quantity, price, currency,
     currency_decimals, marketplace, confirmed)
   SELECT bench.id('sale', n), 0, 'sale', :network, last_block, ${PER_BLOCK}, 0, sold_at, asset_id, collection_id, true,
     collection_id, 1, seller, buyer, 1, price, ${NATIVE}, 18, 'opensea', true
   FROM bench.sales`,
] as const
