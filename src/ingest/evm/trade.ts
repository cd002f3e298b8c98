import { nftKey, type Order, type OrderItem } from './seaport.js'

/** What a fulfilled order traded: NFTs for money, in one of the two directions, or NFTs for NFTs (`swap`, no price). */
export interface Trade {
  readonly order: Order
  readonly side: 'listing' | 'offer' | 'swap'
  readonly seller: string
  readonly buyer: string
  readonly items: readonly OrderItem[]
  /** Gross, in the smallest unit of `currency`; null for a swap and for a mixture of currencies. */
  readonly price: bigint | null
  readonly currency: string | null
  /** The money of the consideration, in the order of the event. */
  readonly payouts: readonly OrderItem[]
  /** What the one order that it was matched with pays of the same money: fees and royalties may be in either. */
  readonly mirrored: readonly OrderItem[]
}

/**
 * The trade of an order, or null when it moved no NFT.
 * A listing offers NFTs: the offerer sells, its price is all the money of the consideration, the buyer is who receives the offer
 * (or, in a private sale, whom the consideration names as receiver of the NFT itself). An offer offers money: the offerer pays
 * what it offers, the buyer is who receives the NFT, the seller is who receives the offer.
 */
export function tradeOf(order: Order): Trade | null {
  const offered = order.offer.filter(isNft)
  const asked = order.consideration.filter(isNft)
  const money = order.offer.filter((item) => !isNft(item))
  const payouts = order.consideration.filter((item) => !isNft(item))
  const isPrivate = asked.length > 0 && asked.every((item) => offered.some((own) => nftKey(own) === nftKey(item)))
  if (offered.length > 0 && (asked.length === 0 || isPrivate) && money.length === 0) {
    const buyer = asked[0]?.recipient ?? order.recipient
    const sides = { order, side: 'listing', seller: order.offerer, buyer, items: offered } as const
    return { ...sides, payouts, mirrored: [], ...priceOf(payouts) }
  }
  if (offered.length === 0 && asked.length > 0) {
    const buyer = asked[0]?.recipient ?? order.offerer
    const sides = { order, side: 'offer', seller: order.recipient, buyer, items: asked } as const
    return { ...sides, payouts, mirrored: [], ...priceOf(money) }
  }
  if (offered.length === 0) return null
  const sides = { seller: order.offerer, buyer: order.recipient, items: [...offered, ...asked] }
  return { order, side: 'swap', ...sides, payouts, mirrored: [], price: null, currency: null }
}

function isNft(item: OrderItem): boolean {
  return item.type >= 2
}

/** The sum of money in one currency. Nothing is price 0 in no currency; several currencies have no sum. */
function priceOf(money: readonly OrderItem[]): { price: bigint | null; currency: string | null } {
  const currency = money[0]?.token ?? null
  if (money.some(({ token }) => token !== currency)) return { price: null, currency: null }
  return { price: money.reduce((sum, { amount }) => sum + amount, 0n), currency }
}

/**
 * The trades of orders that were matched with each other, each counted once. Of two orders about the same token, one selling and
 * one buying, the one whose offerer is the recipient (the caller, in Seaport 1.4 and later) is the mirror and falls away; the
 * other takes the missing party from it. So does one of two that give the same tokens for each other.
 */
export function countOnce(trades: readonly Trade[]): readonly Trade[] {
  const ranked = [...trades].sort((a, b) => rank(a) - rank(b))
  const counted: Trade[] = []
  for (const trade of ranked) {
    const counterparts = ranked.filter((other) => areOpposite(trade, other))
    if (counterparts.some((other) => counted.some(({ order }) => order === other.order))) continue
    const [counterpart] = counterparts
    const isPair =
      counterparts.length === 1 &&
      counterpart !== undefined &&
      ranked.filter((one) => areOpposite(counterpart, one)).length === 1
    const met = withParties(trade, counterpart)
    counted.push(isPair ? withMoneyOf(met, counterpart) : met)
  }
  return counted
}

function rank(trade: Trade): number {
  const mirror = trade.order.offerer === trade.order.recipient
  return (mirror ? 2 : 0) + (trade.side === 'listing' ? 0 : 1)
}

function areOpposite(a: Trade, b: Trade): boolean {
  if (a.order === b.order || (a.side === 'swap') !== (b.side === 'swap')) return false
  const isIn = (trade: Trade) => (item: OrderItem) => trade.items.some((other) => nftKey(item) === nftKey(other))
  if (a.side === 'swap') return a.items.every(isIn(b)) && b.items.every(isIn(a))
  return a.side !== b.side && a.items.some(isIn(b))
}

function withParties(trade: Trade, counterpart: Trade | undefined): Trade {
  if (counterpart === undefined) return trade
  if (trade.side === 'offer') return { ...trade, seller: counterpart.seller }
  return { ...trade, buyer: trade.side === 'swap' ? counterpart.seller : counterpart.buyer }
}

/**
 * With what the other order of a pair pays. A listing's own money is then not the whole price: the offer that it met pays fees of its own.
 * What the offer leaves over goes to the caller, and is no part of the price.
 */
function withMoneyOf(trade: Trade, { payouts: mirrored }: Trade): Trade {
  if (trade.side !== 'listing' || trade.price === null) return { ...trade, mirrored }
  const same = mirrored.filter(({ token }) => token === trade.currency)
  return { ...trade, mirrored, price: same.reduce((sum, { amount }) => sum + amount, trade.price) }
}
