import type { Fact } from '../../core/events.js'
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
 * other takes the missing party from it. So does one of two that give the same tokens for each other. One that met several parties,
 * of which each met only it, falls away too: each of them is a sale. `movements` are the ownership facts of the transaction: they
 * tell which of several is the missing party.
 */
export function countOnce(trades: readonly Trade[], movements: readonly Fact[]): readonly Trade[] {
  const ranked = [...trades].sort((a, b) => rank(a) - rank(b))
  const metBy = (trade: Trade) => ranked.filter((other) => areOpposite(trade, other))
  const counted: Trade[] = []
  for (const trade of ranked) {
    const counterparts = metBy(trade)
    const areCounted = counterparts.some((other) => counted.some(({ order }) => order === other.order))
    const isAlone = counterparts.every((other) => metBy(other).length === 1)
    if (areCounted || (isAlone && new Set(counterparts.map((other) => partyFor(trade, other))).size > 1)) continue
    const counterpart = mostMoved(trade, counterparts, movements)
    const met = withParty(trade, counterpart)
    counted.push(
      counterpart !== undefined && counterparts.length === 1 && isAlone ? withMoneyOf(met, counterpart) : met,
    )
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

/** Who an order does not name: the buyer of a listing (or who receives what a swap offers), the seller of what an offer asks for. */
function partyFor({ side }: Trade, counterpart: Trade): string {
  return side === 'listing' ? counterpart.buyer : counterpart.seller
}

function withParty(trade: Trade, counterpart: Trade | undefined): Trade {
  if (counterpart === undefined) return trade
  const party = partyFor(trade, counterpart)
  return trade.side === 'offer' ? { ...trade, seller: party } : { ...trade, buyer: party }
}

/** The one with which most of the trade's tokens changed hands; the first where none did. */
function mostMoved(trade: Trade, counterparts: readonly Trade[], movements: readonly Fact[]): Trade | undefined {
  const moved = (counterpart: Trade): bigint => {
    const { seller, buyer, items } = withParty(trade, counterpart)
    return movements
      .filter(({ from, to, tokenId }) => from === seller && to === buyer && items.some(({ id }) => id === tokenId))
      .reduce((sum, { quantity }) => sum + quantity, 0n)
  }
  const [first, ...others] = counterparts
  return others.reduce((most, other) => (most === undefined || moved(other) > moved(most) ? other : most), first)
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
