import { EVM_ZERO } from '../../core/address.js'
import { isFtError } from '../../core/errors.js'
import type { Fact, ParseFailure } from '../../core/events.js'
import type { SaleDetails } from '../../core/market.js'
import { marketplaceOf, splitFees } from './fees.js'
import type { EvmLog } from './log.js'
import { matchedHashes, nftJson, type Order, type OrderItem, orderOf, standardOf } from './seaport.js'
import { ORDERS_MATCHED, SEAPORT } from './topics.js'
import { countOnce, type Trade, tradeOf } from './trade.js'

/** The sales of one transaction, by the source event id of the order that is counted. */
export interface Sales {
  readonly facts: ReadonlyMap<string, Fact>
  readonly failures: readonly ParseFailure[]
}

/**
 * The sales of one transaction from its OrderFulfilled and OrdersMatched logs. `movements` are the ownership facts of the same
 * transaction: they confirm a sale, say on which contract a token moved when the order names an adapter, and name the buyer
 * where the order does not. They may come before or after the order.
 */
export function settle(logs: readonly EvmLog[], movements: readonly Fact[]): Sales {
  const failures: ParseFailure[] = []
  const orders: Order[] = []
  const groupOf = new Map<Order, number>()
  // An order that is filled in parts can be in several matches: each names the fills that came just before it.
  const assign = (hash: string, market: string, group: number): void => {
    const isIt = (order: Order) => order.orderHash === hash && order.log.contract === market && !groupOf.has(order)
    const order = orders.findLast(isIt)
    if (order !== undefined) groupOf.set(order, group)
  }
  logs.forEach((log, index) => {
    try {
      if (log.topics[0] !== ORDERS_MATCHED) orders.push(orderOf(log))
      else for (const hash of matchedHashes(log)) assign(hash, log.contract, index)
    } catch (error) {
      if (!isFtError(error, 'event_undecodable')) throw error
      failures.push({ sourceEventId: log.sourceEventId, reason: error.message })
    }
  })
  const facts = new Map<string, Fact>()
  for (const group of groups(orders, groupOf).values()) {
    const trades = group.map(tradeOf).filter((trade) => trade !== null)
    const counted = group.length > 1 ? countOnce(trades, movements) : trades
    const mirrors = trades.filter(({ order }) => counted.every((trade) => trade.order !== order))
    const matchedOrders = group.length > 1 ? group.map(({ orderHash }) => orderHash) : undefined
    counted.forEach((trade, index) => {
      const fills = [trade, ...(index === 0 ? mirrors : [])].map(fillOf)
      facts.set(trade.order.log.sourceEventId, saleFact(trade, fills, matchedOrders, movements))
    })
  }
  return { facts, failures }
}

/** Orders that settled together: named by one OrdersMatched, or (1.1, which has none) without a recipient. */
function groups(orders: readonly Order[], groupOf: ReadonlyMap<Order, number>): Map<string, Order[]> {
  const found = new Map<string, Order[]>()
  for (const order of orders) {
    const matched = groupOf.get(order)
    const alone = `alone:${order.log.sourceEventId}`
    const unnamed = order.recipient === EVM_ZERO ? `unnamed:${order.log.contract}` : alone
    const key = matched === undefined ? unnamed : `matched:${matched}`
    const group = found.get(key)
    if (group === undefined) found.set(key, [order])
    else group.push(order)
  }
  return found
}

/** How much of its order a trade used up; the mirror's of a matched pair too, although only one of the two counts as a sale. */
function fillOf({ order, items }: Trade): SaleDetails['fills'][number] {
  return { order: order.orderHash, quantity: items.reduce((sum, { amount }) => sum + amount, 0n).toString() }
}

function saleFact(
  trade: Trade,
  fills: SaleDetails['fills'],
  matchedOrders: readonly string[] | undefined,
  movements: readonly Fact[],
): Fact {
  const { order, items } = trade
  const [first] = items
  const single = items.length === 1 ? first : undefined
  const moved = single === undefined ? undefined : movedElsewhere(single, trade, movements)
  const buyer = trade.buyer === EVM_ZERO ? (receiverOf(items, movements) ?? EVM_ZERO) : trade.buyer
  const oneContract = items.every(({ token }) => token === first?.token) ? (first?.token ?? null) : null
  const paid = [...trade.payouts, ...trade.mirrored]
  const isPriced = trade.currency !== null || paid.length === 0
  const ofPrice = paid.filter(({ token }) => token === trade.currency)
  const details: SaleDetails = {
    protocol: SEAPORT.get(order.log.contract) ?? 'seaport',
    market: order.log.contract,
    marketplace: marketplaceOf(paid),
    order: order.orderHash,
    zone: order.zone,
    side: trade.side,
    seller: trade.seller,
    buyer,
    items: items.map(nftJson),
    bundleSize: items.length,
    price: trade.price?.toString() ?? null,
    currency: trade.currency,
    ...(isPriced ? splitFees(ofPrice, trade.seller) : { fees: null, royalties: null }),
    payouts: trade.payouts.map((payout) => payoutJson(payout, trade.currency)),
    confirmed: moved !== undefined || items.every((item) => movements.some((fact) => moves(fact, item))),
    fills,
    saleType: 'fixed',
    ...(moved === undefined ? {} : { movedOnContract: moved }),
    ...(matchedOrders === undefined ? {} : { matchedOrders }),
  }
  return {
    sourceEventId: order.log.sourceEventId,
    subIndex: 0,
    kind: 'sale',
    standard: first === undefined ? null : standardOf(first),
    contract: moved ?? oneContract,
    tokenId: single?.id ?? null,
    from: trade.seller,
    to: buyer === EVM_ZERO ? null : buyer,
    quantity: items.reduce((sum, { amount }) => sum + amount, 0n),
    details,
  }
}

/** A payout carries its currency only where the sale as a whole has none. */
function payoutJson(payout: OrderItem, currency: string | null): SaleDetails['payouts'][number] {
  const paid = { to: payout.recipient, amount: payout.amount.toString() }
  return payout.token === currency ? paid : { ...paid, currency: payout.token }
}

function moves(fact: Fact, item: OrderItem): boolean {
  return fact.contract === item.token && fact.tokenId === item.id
}

/** The contract on which the token of an order that names an adapter went from seller to buyer, by the evidence of its transfer. */
function movedElsewhere(item: OrderItem, trade: Trade, movements: readonly Fact[]): string | undefined {
  if (movements.some((fact) => moves(fact, item))) return undefined
  const other = movements.find(
    ({ tokenId, from, to }) => tokenId === item.id && from === trade.seller && to === trade.buyer,
  )
  return other?.contract ?? undefined
}

function receiverOf(items: readonly OrderItem[], movements: readonly Fact[]): string | null | undefined {
  return movements.findLast((fact) => items.some((item) => moves(fact, item)))?.to
}
