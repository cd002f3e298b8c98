import { bytea, columns, integer, text, uuid } from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import { openingBalanceId } from '../../core/ids.js'
import { itemIds, type ListDetails } from '../../core/market.js'
import type { Network } from '../../core/networks.js'

/** An order that may be a listing: its id and how the ledger's details name it. */
export interface OrderRef {
  readonly listingId: string
  readonly market: string
  readonly order: string
}

/** A place in the chain's order of events. */
export interface Place {
  readonly block: number
  readonly position: number
  readonly subIndex: number
}

/** A place, and the time of its block. */
export interface TimedPlace extends Place {
  readonly time: Date
}

/** Terms of an order, and where they come from: an event of the chain, or (`place` null) a listing source. */
export interface Terms {
  readonly place: TimedPlace | null
  readonly source: string
  readonly details: ListDetails
  /** Off-chain orders: whether the source still has it, and the counter it was signed with. */
  readonly isOpen: boolean
  readonly counter: bigint | null
}

/** What is left with an item's holder. `held` is null where history starts too late to know. */
export interface Holding {
  readonly assetId: string
  readonly collectionId: string | null
  readonly standard: 'erc721' | 'erc1155' | 'tep62'
  readonly quantity: bigint
  readonly held: bigint | null
}

/** Everything that decides about some orders, by listing id. */
export interface KnownOrders {
  readonly terms: ReadonlyMap<string, Terms>
  readonly cancels: ReadonlyMap<string, readonly TimedPlace[]>
  readonly fills: ReadonlyMap<string, readonly (Place & { readonly quantity: bigint })[]>
  /** In chain order. */
  readonly counters: ReadonlyMap<string, readonly (TimedPlace & { readonly counter: bigint | null })[]>
  readonly holdings: ReadonlyMap<string, readonly Holding[]>
}

/** Joins an entry to its key: the entries that are live. */
const IS_LIVE = `JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
  AND k.incarnation = e.incarnation AND NOT k.is_reverted`

/** The block that an entry is of, also while ingestion knows that it was forked away and the ledger does not yet. */
const IS_IN_BLOCK = `CROSS JOIN LATERAL (
  SELECT b.time FROM ingest.blocks b WHERE b.network_id = $1 AND b.number = e.block_number AND b.fork = e.fork LIMIT 1) b`

interface OrderRow extends TimedRow {
  event_kind: 'list' | 'cancel'
  details: ListDetails
}

/** Terms and cancellations, in chain order: the last terms are in force. */
const ORDERS = `
SELECT i.listing_id, e.event_kind, e.block_number AS block, e.position, e.sub_index, b.time, e.details
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS i (listing_id, market, order_name)
JOIN ledger.normalized_events e ON e.network_id = $1 AND e.details ->> 'order' = i.order_name AND NOT e.reverts
  AND e.details ->> 'market' = i.market AND e.event_kind IN ('list', 'cancel')
${IS_LIVE} ${IS_IN_BLOCK}
ORDER BY e.block_number, e.position, e.sub_index`

const FILLS = `
SELECT listing_id, block_number AS block, position, sub_index, quantity FROM market.order_fills WHERE listing_id = ANY($1::uuid[])`

const OFFCHAIN = `
SELECT listing_id, source, is_open, counter, details FROM market.offchain_orders WHERE listing_id = ANY($1::uuid[])`

/** In chain order, of each maker once: of many orders and many increments there would be as many rows as pairs of them. */
const COUNTERS = `
SELECT i.market, i.maker, e.block_number AS block, e.position, e.sub_index, b.time, (e.details ->> 'counter')::numeric AS counter,
  e.details ->> 'contract' AS contract
FROM unnest($2::text[], $3::text[]) AS i (market, maker)
JOIN ledger.normalized_events e ON e.network_id = $1 AND e.details ->> 'maker' = i.maker AND e.details ->> 'market' = i.market
  AND e.event_kind = 'cancel_all' AND NOT e.reverts
${IS_LIVE} ${IS_IN_BLOCK}
ORDER BY e.block_number, e.position, e.sub_index`

/*
 * What the asset is decides, not what its order says it is. The holder of a single asset is the recipient of its last live movement;
 * without any movement nobody knows. A balance is a sum, and says something only where history is complete, or where the ledger has what the
 * holder had before it (docs/adr/0024).
 */
const HOLDINGS = `
SELECT i.listing_id, i.n, CASE
    WHEN i.single THEN CASE WHEN l.found THEN (l.owner IS NOT DISTINCT FROM i.holder)::int::numeric END
    WHEN n.history_complete OR p.opened THEN greatest(coalesce(o.quantity, 0), 0) END AS held
FROM (SELECT u.*, coalesce(a.standard::text, u.standard) <> 'erc1155' AS single
      FROM unnest($2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::bytea[], $7::uuid[])
        AS u (listing_id, n, asset_id, standard, holder, opening_id)
      LEFT JOIN catalog.assets a USING (asset_id)) i
JOIN ref.networks n ON n.network_id = $1
LEFT JOIN market.ownership_current o ON o.asset_id = i.asset_id AND o.account_address = i.holder
LEFT JOIN LATERAL (
  SELECT true AS opened FROM ledger.normalized_event_keys k
  WHERE NOT i.single AND NOT n.history_complete AND k.source_event_id = i.opening_id AND NOT k.is_reverted LIMIT 1) p ON true
LEFT JOIN LATERAL (
  SELECT true AS found, (SELECT d.account_address FROM ledger.normalized_event_deltas d
                         WHERE d.network_id = $1 AND d.block_number = e.block_number
                           AND d.normalized_event_id = e.normalized_event_id AND d.qty_delta > 0) AS owner
  FROM ledger.normalized_events e ${IS_LIVE}
  WHERE i.single AND e.network_id = $1 AND e.asset_id = i.asset_id AND NOT e.reverts
    AND e.event_kind IN ('mint', 'transfer', 'burn')
  ORDER BY e.block_number DESC, e.position DESC, e.sub_index DESC LIMIT 1) l ON true
ORDER BY i.listing_id, i.n`

/** Reads what decides about these orders: a handful of statements, whatever their number. */
export async function readOrders(tx: Tx, network: Network, orders: readonly OrderRef[]): Promise<KnownOrders> {
  const ids = orders.map((order) => order.listingId)
  const rows = await tx.query<OrderRow>(ORDERS, [
    network.id,
    ids,
    ...columns(
      orders,
      text((order) => order.market),
      text((order) => order.order),
    ),
  ])
  const terms = new Map<string, Terms>()
  const offchain = await tx.query<{
    listing_id: string
    source: string
    is_open: boolean
    counter: bigint | null
    details: ListDetails
  }>(OFFCHAIN, [ids])
  for (const row of offchain) {
    const { source, is_open: isOpen, counter, details } = row
    terms.set(row.listing_id, { place: null, source, isOpen, counter, details })
  }
  for (const row of rows.filter(({ event_kind }) => event_kind === 'list')) {
    const place = { block: row.block, position: row.position, subIndex: row.sub_index, time: row.time }
    terms.set(row.listing_id, { place, source: 'onchain', isOpen: true, counter: null, details: row.details })
  }
  const fills = await tx.query<PlaceRow & { quantity: bigint }>(FILLS, [ids])
  return {
    terms,
    cancels: groupPlaces(rows.filter(({ event_kind }) => event_kind === 'cancel')),
    fills: groupPlaces(fills),
    counters: await readCounters(tx, network, terms),
    holdings: await readHoldings(tx, network, terms),
  }
}

interface PlaceRow {
  listing_id: string
  block: number
  position: number
  sub_index: number
}

interface TimedRow extends PlaceRow {
  time: Date
}

/** The rows of each listing, with their places. */
function groupPlaces<R extends PlaceRow>(rows: readonly R[]): Map<string, (R & Place)[]> {
  const groups = new Map<string, (R & Place)[]>()
  for (const row of rows) {
    const group = groups.get(row.listing_id)
    const placed = { ...row, subIndex: row.sub_index }
    if (group === undefined) groups.set(row.listing_id, [placed])
    else group.push(placed)
  }
  return groups
}

type Counter = TimedPlace & { readonly counter: bigint | null; readonly contract: string | null }

/** The increments of each order's maker that concern its tokens; orders of one maker share theirs. */
async function readCounters(
  tx: Tx,
  network: Network,
  terms: ReadonlyMap<string, Terms>,
): Promise<Map<string, readonly Counter[]>> {
  const nameOf = ({ market, maker }: { readonly market: string; readonly maker: string }) => `${market} ${maker}`
  const makerOf = ({ details }: Terms) => ({ market: details.market, maker: details.seller })
  const makers = new Map([...terms.values()].map((one) => [nameOf(makerOf(one)), makerOf(one)]))
  type Row = Omit<TimedRow, 'listing_id'> & Counter & { readonly market: string; readonly maker: string }
  const rows = await tx.query<Row>(COUNTERS, [
    network.id,
    ...columns(
      [...makers.values()],
      text(({ market }) => market),
      text(({ maker }) => maker),
    ),
  ])
  const counters = new Map<string, Counter[]>([...makers.keys()].map((name) => [name, []]))
  for (const row of rows) counters.get(nameOf(row))?.push({ ...row, subIndex: row.sub_index })
  const concerning = new Map<string, readonly Counter[]>()
  return new Map(
    [...terms].map(([id, one]) => {
      const [maker, contracts] = [nameOf(makerOf(one)), new Set(one.details.items.map(({ contract }) => contract))]
      const name = [maker, ...contracts].join(' ')
      const all = counters.get(maker) ?? []
      const found = concerning.get(name) ?? ofContracts(all, contracts)
      concerning.set(name, found)
      return [id, found]
    }),
  )
}

/** Nearly always all of them: the same list then, as there can be many orders and many increments. */
function ofContracts(counters: readonly Counter[], contracts: ReadonlySet<string | null>): readonly Counter[] {
  const isOf = ({ contract }: Counter) => contract === null || contracts.has(contract)
  return counters.every(isOf) ? counters : counters.filter(isOf)
}

async function readHoldings(
  tx: Tx,
  network: Network,
  terms: ReadonlyMap<string, Terms>,
): Promise<Map<string, Holding[]>> {
  const items = [...terms].flatMap(([id, { details }]) =>
    heldItems(network, details).map((item, n) => ({ id, n, item, holder: details.holder ?? details.seller })),
  )
  const rows = await tx.query<{ listing_id: string; n: number; held: bigint | null }>(HOLDINGS, [
    network.id,
    ...columns(
      items,
      uuid(({ id }) => id),
      integer(({ n }) => n),
      uuid(({ item }) => item.assetId),
      text(({ item }) => item.standard),
      bytea(({ holder }) => holder),
      uuid(({ item, holder }) => openingBalanceId(item.assetId, holder)),
    ),
  ])
  const held = new Map(rows.map((row) => [`${row.listing_id}/${row.n}`, row.held]))
  const holdings = new Map<string, Holding[]>()
  for (const { id, n, item } of items) {
    const holding = { ...item, held: held.get(`${id}/${n}`) ?? null }
    const group = holdings.get(id)
    if (group === undefined) holdings.set(id, [holding])
    else group.push(holding)
  }
  return holdings
}

/** The assets of an order, each once, with the quantity that the whole order needs of it. */
function heldItems(network: Network, details: ListDetails): Omit<Holding, 'held'>[] {
  const assets = new Map<string, Omit<Holding, 'held'>>()
  for (const item of details.items) {
    const { assetId, collectionId } = itemIds(network.name, item)
    if (assetId === null) continue
    const before = assets.get(assetId)?.quantity ?? 0n
    assets.set(assetId, { assetId, collectionId, standard: item.standard, quantity: before + BigInt(item.quantity) })
  }
  return [...assets.values()]
}
