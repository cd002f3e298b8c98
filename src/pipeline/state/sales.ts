import {
  bigint,
  boolean,
  bytea,
  columns,
  integer,
  numeric,
  type Parameter,
  text,
  timestamptz,
  uuid,
} from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import { itemIds, type ListDetails, listingId, type SaleDetails, saleId } from '../../core/market.js'
import type { Network } from '../../core/networks.js'
import { type EventKey, type Inclusion, placesOf } from '../ledger.js'

interface LiveSale {
  source_event_id: string
  sub_index: number
  block_number: number
  position: number
  asset_id: string | null
  sold_at: Date
  details: SaleDetails
}

/** The inclusions of these events that are live now: none, where they are reverted. */
const LIVE_KEYS = `
SELECT k.source_event_id, k.sub_index, k.incarnation, k.block_number
FROM unnest($1::uuid[], $2::integer[]) AS i (source_event_id, sub_index)
CROSS JOIN LATERAL (
  SELECT k.* FROM ledger.normalized_event_keys k
  WHERE k.source_event_id = i.source_event_id AND k.sub_index = i.sub_index AND NOT k.is_reverted LIMIT 1) k`

/** What the ledger says about sales, by the ids of their entries: a block may hold thousands of others. */
const LIVE = `
SELECT e.source_event_id, e.sub_index, e.block_number, e.position, e.asset_id, b.time AS sold_at, e.details
FROM unnest($2::bigint[], $3::uuid[]) AS i (block_number, normalized_event_id)
CROSS JOIN LATERAL (
  SELECT e.* FROM ledger.normalized_events e
  WHERE e.network_id = $1 AND e.block_number = i.block_number AND e.normalized_event_id = i.normalized_event_id LIMIT 1) e
CROSS JOIN LATERAL (
  SELECT b.time FROM ingest.blocks b WHERE b.network_id = $1 AND b.number = e.block_number AND b.fork = e.fork LIMIT 1) b
WHERE e.event_kind = 'sale'`

/** The terms of the order that a sale filled, as they were then. */
const TERMS = `
SELECT i.n, t.details
FROM unnest($2::integer[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) AS i (n, market, order_name, block_number, position)
CROSS JOIN LATERAL (
  SELECT e.details FROM ledger.normalized_events e
  JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
    AND k.incarnation = e.incarnation AND NOT k.is_reverted
  WHERE e.network_id = $1 AND e.details ->> 'order' = i.order_name AND e.details ->> 'market' = i.market AND e.event_kind = 'list'
    AND NOT e.reverts AND (e.block_number, e.position) < (i.block_number, i.position)
  ORDER BY e.block_number DESC, e.position DESC, e.sub_index DESC LIMIT 1) t`

const WRITE = `
INSERT INTO market.sales_history (network_id, sale_id, source_event_id, sub_index, block_number, position, sold_at, collection_id,
  asset_id, asset_ids, collection_ids, bundle_size, quantity, market, marketplace, order_hash, side, sale_type, seller, buyer, price,
  currency, currency_decimals, fees, royalties, confirmed)
SELECT $1, i.sale_id, i.source_event_id, i.sub_index, i.block_number, i.position, i.sold_at, i.collection_id, i.asset_id,
  i.asset_ids::uuid[], i.collection_ids::uuid[], i.bundle_size, i.quantity, i.market, i.marketplace, i.order_hash, i.side,
  i.sale_type, i.seller, i.buyer, i.price, i.currency, c.decimals, i.fees, i.royalties, i.confirmed
FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::bigint[], $7::timestamptz[], $8::uuid[], $9::uuid[],
  $10::text[], $11::text[], $12::integer[], $13::numeric[], $14::bytea[], $15::text[], $16::bytea[], $17::text[], $18::text[],
  $19::bytea[], $20::bytea[], $21::numeric[], $22::bytea[], $23::numeric[], $24::numeric[], $25::boolean[])
  AS i (sale_id, source_event_id, sub_index, block_number, position, sold_at, collection_id, asset_id, asset_ids, collection_ids,
    bundle_size, quantity, market, marketplace, order_hash, side, sale_type, seller, buyer, price, currency, fees, royalties,
    confirmed)
LEFT JOIN ref.currencies c ON c.network_id = $1 AND c.address = i.currency
ORDER BY i.sale_id
ON CONFLICT (sale_id) DO UPDATE SET block_number = EXCLUDED.block_number, position = EXCLUDED.position,
  sold_at = EXCLUDED.sold_at, collection_id = EXCLUDED.collection_id, asset_id = EXCLUDED.asset_id,
  asset_ids = EXCLUDED.asset_ids, collection_ids = EXCLUDED.collection_ids, bundle_size = EXCLUDED.bundle_size,
  quantity = EXCLUDED.quantity, market = EXCLUDED.market, marketplace = EXCLUDED.marketplace, order_hash = EXCLUDED.order_hash,
  side = EXCLUDED.side, sale_type = EXCLUDED.sale_type, seller = EXCLUDED.seller, buyer = EXCLUDED.buyer, price = EXCLUDED.price,
  currency = EXCLUDED.currency, currency_decimals = EXCLUDED.currency_decimals, fees = EXCLUDED.fees,
  royalties = EXCLUDED.royalties, confirmed = EXCLUDED.confirmed`

/**
 * Makes sales_history and order_fills say what the ledger says about the sales of these entries.
 * @returns the sales, and the orders whose fills may have changed
 */
export async function applySales(
  tx: Tx,
  network: Network,
  events: readonly EventKey[],
): Promise<{ readonly saleIds: readonly string[]; readonly filledIds: readonly string[] }> {
  const keys = [...new Map(events.map((event) => [saleId(event.sourceEventId, event.subIndex), event]))]
  if (keys.length === 0) return { saleIds: [], filledIds: [] }
  const saleIds = keys.map(([id]) => id)
  const live = await readLive(
    tx,
    network,
    keys.map(([, event]) => event),
  )
  const unfilled = await tx.query<{ listing_id: string }>(
    'DELETE FROM market.order_fills WHERE sale_id = ANY($1::uuid[]) RETURNING listing_id',
    [saleIds],
  )
  const sales = await withPrices(tx, network, live)
  const rows = sales.map((sale) => ({ ...sale, sale_id: saleId(sale.source_event_id, sale.sub_index) }))
  const alive = new Set(rows.map((row) => row.sale_id))
  const gone = saleIds.filter((id) => !alive.has(id))
  if (gone.length > 0) tx.send('DELETE FROM market.sales_history WHERE sale_id = ANY($1::uuid[])', [gone])
  if (rows.length > 0) tx.send(WRITE, [network.id, ...saleColumns(network, rows)])
  const filled = await writeFills(tx, network, rows)
  return { saleIds, filledIds: [...new Set([...unfilled.map((row) => row.listing_id), ...filled])] }
}

async function readLive(tx: Tx, network: Network, events: readonly EventKey[]): Promise<LiveSale[]> {
  const keys = await tx.query<Inclusion>(
    LIVE_KEYS,
    columns(
      events,
      uuid((event) => event.sourceEventId),
      integer((event) => event.subIndex),
    ),
  )
  return await tx.query<LiveSale>(LIVE, [network.id, ...placesOf(keys)])
}

/** Sales whose events name no price (Sequence), at the price of the listing they filled; the others as they are. */
async function withPrices(tx: Tx, network: Network, live: readonly LiveSale[]): Promise<readonly LiveSale[]> {
  const unpriced = live.filter(({ details }) => details.price === null && details.side === 'listing')
  if (unpriced.length === 0) return live
  const rows = await tx.query<{ n: number; details: ListDetails }>(TERMS, [
    network.id,
    unpriced.map((_, n) => n),
    ...columns(
      unpriced,
      text(({ details }) => details.market),
      text(({ details }) => details.order),
      bigint((sale) => sale.block_number),
      bigint((sale) => sale.position),
    ),
  ])
  const terms = new Map(rows.map(({ n, details }) => [unpriced[n], details]))
  return live.map((sale) => priced(sale, terms.get(sale)))
}

/** The listing's price for the units that were sold. A bundle, a moving price, or one that does not divide into these units gives none. */
function priced(sale: LiveSale, terms: ListDetails | undefined): LiveSale {
  const { details } = sale
  if (terms === undefined || terms.price === null || terms.endPrice !== null || terms.items.length !== 1) return sale
  const whole = BigInt(terms.items[0]?.quantity ?? 0)
  const sold = details.items.reduce((sum, item) => sum + BigInt(item.quantity), 0n)
  if (details.items.length !== 1 || whole === 0n || (BigInt(terms.price) * sold) % whole !== 0n) return sale
  const price = ((BigInt(terms.price) * sold) / whole).toString()
  return { ...sale, details: { ...details, price, currency: terms.currency } }
}

type SaleRow = LiveSale & { readonly sale_id: string }

function saleColumns(network: Network, rows: readonly SaleRow[]): Parameter[] {
  const items = new Map(rows.map((row) => [row, assetsOf(network, row)]))
  const itemsOf = (row: SaleRow) => items.get(row) ?? []
  return columns(
    rows,
    uuid((row) => row.sale_id),
    uuid((row) => row.source_event_id),
    integer((row) => row.sub_index),
    bigint((row) => row.block_number),
    bigint((row) => row.position),
    timestamptz((row) => row.sold_at),
    uuid((row) => commonCollection(itemsOf(row))),
    uuid((row) => row.asset_id),
    text((row) => `{${itemsOf(row).map((item) => item.assetId)}}`),
    text((row) => `{${itemsOf(row).map((item) => item.collectionId ?? 'NULL')}}`),
    integer(({ details }) => details.bundleSize),
    numeric(({ details }) => details.items.reduce((sum, item) => sum + BigInt(item.quantity), 0n)),
    bytea(({ details }) => details.market),
    text(({ details }) => details.marketplace),
    bytea(({ details }) => details.order),
    text(({ details }) => details.side),
    text(({ details }) => details.saleType),
    bytea(({ details }) => details.seller),
    bytea(({ details }) => details.buyer),
    numeric(({ details }) => details.price),
    bytea(({ details }) => details.currency),
    numeric(({ details }) => details.fees),
    numeric(({ details }) => details.royalties),
    boolean(({ details }) => details.confirmed),
  )
}

interface SoldAsset {
  readonly assetId: string
  readonly collectionId: string | null
}

/** The assets that were sold, each once; of an order that names an adapter, the one that really moved. */
function assetsOf(network: Network, { details }: LiveSale): SoldAsset[] {
  const moved = details.movedOnContract
  const assets = new Map<string, SoldAsset>()
  for (const item of details.items) {
    const { assetId, collectionId } = itemIds(network.name, moved === undefined ? item : { ...item, contract: moved })
    if (assetId !== null) assets.set(assetId, { assetId, collectionId })
  }
  return [...assets.values()]
}

function commonCollection(assets: readonly SoldAsset[]): string | null {
  const first = assets[0]?.collectionId ?? null
  return assets.every(({ collectionId }) => collectionId === first) ? first : null
}

async function writeFills(tx: Tx, network: Network, rows: readonly SaleRow[]): Promise<string[]> {
  const fills = rows.flatMap((row) => {
    const quantities = new Map<string, bigint>()
    for (const { order, quantity } of row.details.fills) {
      const id = listingId(network.name, row.details.market, order)
      quantities.set(id, (quantities.get(id) ?? 0n) + BigInt(quantity))
    }
    return [...quantities].map(([id, quantity]) => ({ row, id, quantity }))
  })
  if (fills.length === 0) return []
  tx.send(
    `INSERT INTO market.order_fills (sale_id, listing_id, block_number, position, sub_index, quantity)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::integer[], $6::numeric[])`,
    columns(
      fills,
      uuid(({ row }) => row.sale_id),
      uuid(({ id }) => id),
      bigint(({ row }) => row.block_number),
      bigint(({ row }) => row.position),
      integer(({ row }) => row.sub_index),
      numeric(({ quantity }) => quantity),
    ),
  )
  return fills.map(({ id }) => id)
}

/** Sales of these orders that may take their price from the order's terms: their events name none. */
export async function salesWithoutPrice(
  tx: Tx,
  listingIds: readonly string[],
): Promise<{ readonly sourceEventId: string; readonly subIndex: number }[]> {
  if (listingIds.length === 0) return []
  const rows = await tx.query<{ source_event_id: string; sub_index: number }>(
    `SELECT DISTINCT s.source_event_id, s.sub_index FROM market.order_fills f JOIN market.sales_history s USING (sale_id)
     WHERE f.listing_id = ANY($1::uuid[]) AND s.side = 'listing' AND (s.price IS NULL OR s.fees IS NULL)`,
    [listingIds],
  )
  return rows.map((row) => ({ sourceEventId: row.source_event_id, subIndex: row.sub_index }))
}
