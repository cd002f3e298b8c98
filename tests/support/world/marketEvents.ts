import { createHash } from 'node:crypto'
import type { ListDetails, MarketDetails, MarketItem, MarketKind, SaleDetails } from '../../../src/core/market.js'
import type { Random } from './random.js'

/** A small market: few orders, accounts and tokens, so that everything that can happen to an order does. */
export interface MarketWorld {
  readonly accounts: readonly string[]
  readonly singles: readonly string[]
  readonly multis: readonly string[]
  readonly tokens: number
}

export const MARKET = `0x${'5e'.repeat(20)}`
export const NATIVE = `0x${'00'.repeat(20)}`
const ORDERS = Array.from({ length: 8 }, (_, n) => `0x${createHash('sha256').update(`order ${n}`).digest('hex')}`)

const place = { protocol: 'world-1', market: MARKET, marketplace: 'world' }

/** A random event of the market: an order that is listed, listed again, sold in parts, cancelled, or voided with all of its maker's. */
export function randomMarketEvent(
  random: Random,
  world: MarketWorld,
): { readonly kind: MarketKind; readonly details: MarketDetails } {
  const kind = random.pick(['list', 'list', 'list', 'sale', 'sale', 'cancel', 'cancel_all'] as const)
  const maker = random.pick(world.accounts)
  const order = random.pick(ORDERS)
  if (kind === 'cancel') return { kind, details: { ...place, order, maker } }
  if (kind === 'cancel_all') return { kind, details: { ...place, maker, counter: String(random.int(1000)) } }
  const items = Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => randomItem(random, world))
  return kind === 'list'
    ? { kind, details: randomList(random, order, maker, items) }
    : { kind, details: randomSale(random, order, random.pick(world.accounts), maker, items) }
}

function randomItem(random: Random, world: MarketWorld): MarketItem {
  const tokenId = String(random.int(world.tokens))
  if (random.chance(0.6)) {
    return { standard: 'erc721', contract: random.pick(world.singles), tokenId, quantity: '1' }
  }
  return { standard: 'erc1155', contract: random.pick(world.multis), tokenId, quantity: String(1 + random.int(3)) }
}

function randomList(random: Random, order: string, seller: string, items: readonly MarketItem[]): ListDetails {
  return {
    ...place,
    order,
    side: 'listing',
    seller,
    holder: random.chance(0.2) ? MARKET : null,
    items,
    bundleSize: items.length,
    price: random.chance(0.1) ? null : String(random.int(1000)),
    endPrice: random.chance(0.1) ? '1' : null,
    currency: NATIVE,
    startsAt: random.chance(0.5) ? 1_700_000_000 : null,
    endsAt: random.chance(0.5) ? 1_900_000_000 : null,
    partial: random.chance(0.5),
    taker: random.chance(0.1) ? seller : null,
    auction: random.chance(0.1) ? { minBid: '1', lastBid: null } : null,
  }
}

function randomSale(
  random: Random,
  order: string,
  buyer: string,
  seller: string,
  items: readonly MarketItem[],
): SaleDetails {
  const mirror = random.pick(ORDERS)
  const priced = random.chance(0.9)
  return {
    ...place,
    order,
    side: priced ? random.pick(['listing', 'offer'] as const) : 'swap',
    seller,
    buyer,
    items,
    bundleSize: items.length,
    price: priced ? String(random.int(1000)) : null,
    currency: priced ? random.pick([NATIVE, MARKET]) : null,
    fees: priced ? '1' : null,
    royalties: null,
    payouts: [],
    confirmed: random.chance(0.8),
    fills: [{ order, quantity: '1' }, ...(random.chance(0.3) ? [{ order: mirror, quantity: '1' }] : [])],
    saleType: 'fixed',
  }
}
