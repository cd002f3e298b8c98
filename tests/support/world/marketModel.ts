import type { Fact } from '../../../src/core/events.js'
import type { ListDetails, SaleDetails } from '../../../src/core/market.js'
import { itemIds, listingId, saleId } from '../../../src/core/market.js'
import type { ChainBlock } from '../../../src/ingest/adapter.js'
import { factsOf } from './world.js'

/** What the model knows of an asset when all blocks are read. */
export interface ModelAsset {
  readonly owner: string | null
  readonly sums: ReadonlyMap<string, bigint>
  readonly opened: ReadonlySet<string>
}

interface Order {
  terms: ListDetails
  block: number
  filled: bigint
  isVoid: boolean
  last: number
}

/** The sales and listings that the canonical chain holds, read once, in order. */
export function marketRows(
  network: string,
  chain: readonly ChainBlock[],
  assets: ReadonlyMap<string, ModelAsset>,
  historyComplete: boolean,
): { readonly sales: string[]; readonly listings: string[] } {
  const orders = new Map<string, Order>()
  const sales: string[] = []
  for (const block of chain) {
    for (const fact of factsOf(block)) {
      if (fact.kind === 'sale') sales.push(saleRow(network, block.header.number, fact, fact.details as SaleDetails))
      follow(orders, block.header.number, fact)
    }
  }
  const listings = [...orders].map(([order, state]) => listingRow(network, order, state, assets, historyComplete))
  return { sales: sales.sort(), listings: listings.sort() }
}

function follow(orders: Map<string, Order>, block: number, fact: Fact): void {
  const { details } = fact
  if (details === null) return
  const end = (order: Order | undefined): void => {
    if (order === undefined) return
    order.isVoid = true
    order.last = block
  }
  if (fact.kind === 'list') {
    const terms = details as ListDetails
    orders.set(terms.order, { terms, block, filled: 0n, isVoid: false, last: block })
  } else if (fact.kind === 'sale') {
    for (const { order, quantity } of (details as SaleDetails).fills) {
      const known = orders.get(order)
      if (known === undefined) continue
      known.filled += BigInt(quantity)
      known.last = block
    }
  } else if (fact.kind === 'cancel' && 'order' in details) {
    end(orders.get(details.order))
  } else if ('maker' in details) {
    for (const order of orders.values()) if (order.terms.seller === details.maker) end(order)
  }
}

function saleRow(network: string, block: number, fact: Fact, details: SaleDetails): string {
  const ids = [...new Set(details.items.map((item) => itemIds(network, item).assetId))]
  const quantity = details.items.reduce((sum, item) => sum + BigInt(item.quantity), 0n)
  return `${saleId(fact.sourceEventId, fact.subIndex)} ${details.side} ${details.seller} to ${details.buyer} ${ids} x${quantity} for ${details.price} ${details.currency} in ${block} confirmed ${details.confirmed}`
}

function listingRow(
  network: string,
  order: string,
  { terms, filled, isVoid, last }: Order,
  assets: ReadonlyMap<string, ModelAsset>,
  historyComplete: boolean,
): string {
  const needed = new Map<string, { quantity: bigint; single: boolean }>()
  for (const item of terms.items) {
    const id = itemIds(network, item).assetId ?? ''
    const quantity = (needed.get(id)?.quantity ?? 0n) + BigInt(item.quantity)
    needed.set(id, { quantity, single: item.standard === 'erc721' })
  }
  const holder = terms.holder ?? terms.seller
  const quantity = [...needed.values()].reduce((sum, item) => sum + item.quantity, 0n)
  const left = quantity > filled ? quantity - filled : 0n
  let available = left
  for (const [id, item] of needed) {
    const asset = assets.get(id)
    const sum = asset?.sums.get(holder) ?? 0n
    const isKnown = item.single ? asset !== undefined : historyComplete || asset?.opened.has(holder)
    if (isKnown !== true) continue
    const held = item.single ? (asset?.owner === holder ? 1n : 0n) : sum > 0n ? sum : 0n
    const units = (held * quantity) / item.quantity
    if (units < available) available = terms.partial ? units : 0n
  }
  const open = available === 0n ? 'invalidated' : 'active'
  const status = left === 0n ? 'filled' : isVoid ? 'cancelled' : open
  const id = listingId(network, terms.market, order)
  return `${id} ${status} ${terms.seller} ${filled}/${quantity} available ${status === 'active' ? available : 0n} for ${terms.price} last ${last}`
}
