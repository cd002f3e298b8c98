import type { Fact } from '../../core/events.js'
import { LAST_SECOND, type ListDetails, type MarketItem } from '../../core/market.js'
import { marketplaceOf } from './fees.js'
import type { EvmLog } from './log.js'
import {
  COUNTER_INCREMENTED,
  ORDER_CANCELLED,
  ORDER_FULFILLED,
  ORDER_VALIDATED,
  ORDERS_MATCHED,
  SEAPORT,
} from './topics.js'
import { addressAt, addressOf, arrayAt, sizeAt, uintAt, undecodable, wordAt } from './words.js'

/** One item of an order: `type` 0 native, 1 ERC-20, 2 ERC-721, 3 ERC-1155. `recipient` is empty for offered items. */
export interface OrderItem {
  readonly type: number
  readonly token: string
  readonly id: bigint
  readonly amount: bigint
  readonly recipient: string
}

/** A fulfilled order as its event says it (Seaport `ConsiderationEventsAndErrors.sol`). */
export interface Order {
  readonly log: EvmLog
  readonly orderHash: string
  readonly offerer: string
  readonly zone: string
  /** Who receives the offer; the zero address when the order is part of a matched group (1.1). */
  readonly recipient: string
  readonly offer: readonly OrderItem[]
  readonly consideration: readonly OrderItem[]
}

/** Whether the log belongs to `sales.ts`: a fulfilled order, or the list of orders that were matched with each other. */
export function isOrderEvent(log: EvmLog): boolean {
  return SEAPORT.has(log.contract) && (log.topics[0] === ORDER_FULFILLED || log.topics[0] === ORDERS_MATCHED)
}

/**
 * The order of an OrderFulfilled log.
 * @throws FtError event_undecodable, also for item types that Seaport does not have
 */
export function orderOf(log: EvmLog): Order {
  const offer = arrayAt(log.data, 64, 0, 4)
  const consideration = arrayAt(log.data, 96, 0, 5)
  return {
    log,
    orderHash: `0x${wordAt(log.data, 0)}`,
    offerer: addressOf(log.topics[1]),
    zone: addressOf(log.topics[2]),
    recipient: addressAt(log.data, 32),
    offer: Array.from({ length: offer.length }, (_, index) => itemAt(log.data, offer.start + index * 128, null)),
    consideration: Array.from({ length: consideration.length }, (_, index) => {
      const place = consideration.start + index * 160
      return itemAt(log.data, place, place + 128)
    }),
  }
}

/** The order hashes of an OrdersMatched log. @throws FtError event_undecodable */
export function matchedHashes(log: EvmLog): readonly string[] {
  const hashes = arrayAt(log.data, 0, 0, 1)
  return Array.from({ length: hashes.length }, (_, index) => `0x${wordAt(log.data, hashes.start + index * 32)}`)
}

function itemAt(data: string, place: number, recipientPlace: number | null): OrderItem {
  const type = sizeAt(data, place)
  if (type > 3) throw undecodable(`item type ${type} is none that a fulfilled Seaport order can have`)
  return {
    type,
    token: addressAt(data, place + 32),
    id: uintAt(data, place + 64),
    amount: uintAt(data, place + 96),
    recipient: recipientPlace === null ? '' : addressAt(data, recipientPlace),
  }
}

/**
 * Seaport events that stand for themselves: OrderCancelled, CounterIncremented (all orders of an offerer are void) and
 * OrderValidated (a listing put on chain; offers and criteria orders name no asset and give nothing). Logs of contracts that
 * are not a canonical Seaport give nothing.
 * @throws FtError event_undecodable
 */
export function parseMarketEvent(log: EvmLog): readonly Fact[] {
  const protocol = SEAPORT.get(log.contract)
  if (protocol === undefined) return []
  const market = { protocol, market: log.contract, marketplace: 'seaport' }
  if (log.topics[0] === ORDER_CANCELLED) {
    const maker = addressOf(log.topics[1])
    const zone = addressOf(log.topics[2])
    return [marketFact(log, 'cancel', maker, { ...market, order: `0x${wordAt(log.data, 0)}`, maker, zone })]
  }
  if (log.topics[0] === COUNTER_INCREMENTED) {
    const maker = addressOf(log.topics[1])
    return [marketFact(log, 'cancel_all', maker, { ...market, maker, counter: uintAt(log.data, 0).toString() })]
  }
  return log.topics[0] === ORDER_VALIDATED ? validatedListing(log, market) : []
}

function marketFact(log: EvmLog, kind: 'cancel' | 'cancel_all', from: string, details: Fact['details']): Fact {
  const nothing = { standard: null, contract: null, tokenId: null, to: null, quantity: 0n }
  return { sourceEventId: log.sourceEventId, subIndex: 0, kind, from, details, ...nothing }
}

/**
 * OrderParameters of an OrderValidated log, when it is a listing. The event carries no counter and needs none: Seaport hashes what it
 * validates with the counter of that moment, so the order is good until the next CounterIncremented.
 */
function validatedListing(log: EvmLog, market: Pick<ListDetails, 'protocol' | 'market'>): Fact[] {
  const { data } = log
  const base = sizeAt(data, 32)
  const offer = arrayAt(data, base + 64, base, 5)
  const consideration = arrayAt(data, base + 96, base, 6)
  const items = Array.from({ length: offer.length }, (_, index) => startItem(data, offer.start + index * 160, null))
  const asked = Array.from({ length: consideration.length }, (_, index) => {
    const place = consideration.start + index * 192
    return startItem(data, place, place + 160)
  })
  const details = listingTerms({
    ...market,
    ...{ order: `0x${wordAt(data, 0)}`, seller: addressAt(data, base), zone: addressAt(data, base + 32), items, asked },
    ...{ orderType: sizeAt(data, base + 128), startsAt: uintAt(data, base + 160), endsAt: uintAt(data, base + 192) },
    conduitKey: `0x${wordAt(data, base + 288)}`,
  })
  const [item] = items
  if (details === null || item === undefined) return []
  return [
    {
      sourceEventId: log.sourceEventId,
      subIndex: 0,
      kind: 'list',
      standard: standardOf(item),
      contract: items.every(({ token }) => token === item.token) ? item.token : null,
      tokenId: items.length === 1 ? item.id : null,
      from: details.seller,
      to: null,
      quantity: items.reduce((sum, { amount }) => sum + amount, 0n),
      details,
    },
  ]
}

/** The parameters of an order before anybody has filled it. */
export interface OrderTerms extends Pick<ListDetails, 'protocol' | 'market' | 'order' | 'seller'> {
  readonly zone: string
  readonly items: readonly StartItem[]
  readonly asked: readonly StartItem[]
  readonly orderType: number
  readonly startsAt: bigint
  readonly endsAt: bigint
  readonly conduitKey: string
}

/**
 * The terms of an order that is a listing: NFTs offered for one currency. null for any other. Orders of contracts (type 4) decide their
 * terms when they are filled, and criteria (item types 4 and 5) name no token: neither is a listing.
 */
export function listingTerms(order: OrderTerms): ListDetails | null {
  const { protocol, market, items, asked, orderType } = order
  const money = asked.filter(({ type }) => type < 2)
  const given = asked.filter(({ type }) => type >= 2)
  const currency = money[0]?.token ?? null
  const isListing =
    items.length > 0 &&
    items.every(({ type }) => type === 2 || type === 3) &&
    money.every(({ token }) => token === currency) &&
    given.every((nft) => items.some((own) => nftKey(own) === nftKey(nft))) &&
    orderType < 4
  if (!isListing) return null
  const price = money.reduce((sum, { amount }) => sum + amount, 0n)
  const endPrice = money.reduce((sum, { endAmount }) => sum + endAmount, 0n)
  return {
    ...{
      protocol,
      market,
      marketplace: marketplaceOf(money),
      order: order.order,
      side: 'listing',
      seller: order.seller,
    },
    holder: null,
    items: items.map(nftJson),
    bundleSize: items.length,
    price: price.toString(),
    endPrice: endPrice === price ? null : endPrice.toString(),
    currency,
    startsAt: seconds(order.startsAt) ?? LAST_SECOND,
    endsAt: seconds(order.endsAt),
    partial: orderType === 1 || orderType === 3,
    taker: given[0]?.recipient ?? null,
    auction: null,
    ...{ zone: order.zone, conduitKey: order.conduitKey },
  }
}

/** A time in seconds; null for one beyond the year 9999, which means "never". */
function seconds(time: bigint): number | null {
  return time > LAST_SECOND ? null : Number(time)
}

/** An item of OrderParameters by its start amount; `type` 4 and 5 are criteria, which name no token. */
export interface StartItem extends OrderItem {
  readonly endAmount: bigint
}

function startItem(data: string, place: number, recipientPlace: number | null): StartItem {
  return {
    type: sizeAt(data, place),
    token: addressAt(data, place + 32),
    id: uintAt(data, place + 64),
    amount: uintAt(data, place + 96),
    endAmount: uintAt(data, place + 128),
    recipient: recipientPlace === null ? '' : addressAt(data, recipientPlace),
  }
}

/** The token standard of an NFT item. */
export function standardOf(item: OrderItem): 'erc721' | 'erc1155' {
  return item.type === 2 ? 'erc721' : 'erc1155'
}

/** An NFT item as `details` of a fact hold it. */
export function nftJson(item: OrderItem): MarketItem {
  return {
    standard: standardOf(item),
    contract: item.token,
    tokenId: item.id.toString(),
    quantity: item.amount.toString(),
  }
}

/** Names the token of an item. */
export function nftKey(item: OrderItem): string {
  return `${item.token}:${item.id}`
}
