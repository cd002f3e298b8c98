import { z } from 'zod'
import { CANONICAL_ADDRESS } from './address.js'
import { assetId, collectionId, itemAssetId, uuidv5 } from './ids.js'
import { type Standard, standards } from './standards.js'

/*
 * The vocabulary of the market: what `Fact.details` holds for sales, listings and cancellations, whatever the chain. A parser
 * gives facts in these words; `pipeline/state` needs nothing else to know what is for sale and what was sold.
 *
 * A parser of a marketplace gives
 *   sale        one per trade, however many orders and events it took. `fills` names every order that it used up, wholly or in
 *               part, also those of a matched group that are not counted as a sale of their own.
 *   list        an order that anybody can fill from now on. Another `list` of the same order replaces its terms (a new price).
 *   cancel      an order that cannot be filled any more.
 *   cancel_all  all orders that `maker` has made at this market so far are void (Seaport's counter), or those for one contract's tokens.
 * For each, `Fact.from` is the seller (maker), `Fact.to` the buyer; `Fact.contract` and `tokenId` (or item) name the asset when
 * there is exactly one, and the collection when all items are of one.
 *
 * Rules
 * - `market` and `order` together name an order. `list`, `sale` and `cancel` of the same order say the same two, letter for letter.
 * - Amounts are gross integers in the smallest unit of `currency`, as decimal strings. Decimals are not the parser's business:
 *   they come from `ref.currencies`, and are missing where nobody has said them.
 * - null is "not known" or "there is none" (a swap has no price); never 0, never a guess.
 * - Times are seconds since 1970 in the chain's own clock.
 */

/** One word of a contract, below 2^256. */
const word = z.string().regex(/^(0|[1-9]\d{0,77})$/)
/** A decimal word, or a sum of some: an order may offer, and ask for, as many items as its transaction has room for. */
export const AMOUNT = /^(0|[1-9]\d{0,87})$/
const amount = z.string().regex(AMOUNT)
const address = z.string().regex(CANONICAL_ADDRESS)
/** EVM: order hash, or an order number as 32 bytes. TON: address of the sale contract, or of the item that sells itself. */
const orderName = z.string().regex(/^(0x[0-9a-f]{64}|(-1|0):[0-9a-f]{64})$/)
/** Up to the end of the year 9999: what is later means never, and no database could say when. */
export const LAST_SECOND = 253_402_300_799
const seconds = z.int().nonnegative().max(LAST_SECOND)

/** An NFT that is sold or offered. EVM: contract and tokenId. TON: `item` is the item's own address, `contract` its collection. */
const marketItem = z.object({
  standard: z.enum(standards),
  contract: address.nullable(),
  tokenId: word.nullable(),
  item: address.optional(),
  quantity: amount,
})
export type MarketItem = z.infer<typeof marketItem>

/** Money that somebody got. `currency` only where it is not the sale's. */
const payout = z.object({ to: address, amount, currency: address.optional() })

const place = {
  /** Protocol and version, `seaport-1.6`, `getgems-sale-v4`: the parser's own name. */
  protocol: z.string(),
  /** Canonical address of the contract that settles: Seaport; on TON the marketplace, or the collection that sells itself. */
  market: address,
  /** Whose customers made the order, as `ref.marketplaces` names it: `opensea`, `getgems`, `fragment`. */
  marketplace: z.string(),
}

/** Of a `sale`. */
export const saleDetails = z.object({
  ...place,
  order: orderName,
  /** `listing`: the seller's order was filled; `offer`: the buyer's was; `swap`: NFTs for NFTs, without a price. */
  side: z.enum(['listing', 'offer', 'swap']),
  seller: address,
  buyer: address,
  items: z.array(marketItem).min(1).readonly(),
  /** How many items were sold together; above 1 the price is of all of them, and none has one of its own. */
  bundleSize: z.int().positive(),
  /** Gross: what the buyer paid. */
  price: amount.nullable(),
  /** Token contract; the chain's zero address is its native currency. */
  currency: address.nullable(),
  /** What the marketplace took, and what went to creators: parts of the price. */
  fees: amount.nullable(),
  royalties: amount.nullable(),
  payouts: z.array(payout).readonly(),
  /** Whether the transfers of the same transaction show that every item moved. */
  confirmed: z.boolean(),
  /** The orders that this trade filled, with the units of NFTs that each gave. */
  fills: z.array(z.object({ order: orderName, quantity: amount })).readonly(),
  saleType: z.enum(['fixed', 'auction']),
  /** Seaport: the other orders of a matched group, zone, and the contract on which an adapter's token really moved. */
  matchedOrders: z.array(orderName).readonly().optional(),
  zone: address.optional(),
  movedOnContract: address.optional(),
})
export type SaleDetails = z.infer<typeof saleDetails>

/** Of a `list`. */
export const listDetails = z.object({
  ...place,
  order: orderName,
  side: z.literal('listing'),
  seller: address,
  /** Who holds the items while they are listed: the seller (null), or the sale contract they were handed to. */
  holder: address.nullable(),
  items: z.array(marketItem).min(1).readonly(),
  bundleSize: z.int().positive(),
  /** For all items and their whole quantity; null for an auction that cannot be bought out. */
  price: amount.nullable(),
  /** The price at `endsAt`, when it moves evenly from `price` to there (Dutch auction); null when it stands still. */
  endPrice: amount.nullable(),
  currency: address.nullable(),
  startsAt: seconds.nullable(),
  /** From this second on it cannot be filled; null when it stays open. */
  endsAt: seconds.nullable(),
  /** Whether less than the whole quantity can be bought. */
  partial: z.boolean(),
  /** Who alone may buy; null when anybody may. */
  taker: address.nullable(),
  /** Bids are taken: `price` is then the price to buy at once, if there is one. */
  auction: z.object({ minBid: amount.nullable(), lastBid: amount.nullable() }).nullable(),
  zone: address.optional(),
  conduitKey: z.string().optional(),
})
export type ListDetails = z.infer<typeof listDetails>

/** Of a `cancel`. */
export const cancelDetails = z.object({ ...place, order: orderName, maker: address, zone: address.optional() })
export type CancelDetails = z.infer<typeof cancelDetails>

/** Of a `cancel_all`: every order of `maker` at `market` that came before; where it names a contract, those for its tokens alone. */
export const cancelAllDetails = z.object({
  ...{ ...place, maker: address, counter: word.nullable() },
  contract: address.optional(),
})
export type CancelAllDetails = z.infer<typeof cancelAllDetails>

export type MarketDetails = SaleDetails | ListDetails | CancelDetails | CancelAllDetails

const schemas = {
  sale: saleDetails,
  list: listDetails,
  cancel: cancelDetails,
  cancel_all: cancelAllDetails,
} as const

/** The kinds of market events. */
export type MarketKind = keyof typeof schemas

/** Whether an event of this kind is one of the market. */
export function isMarketKind(kind: string): kind is MarketKind {
  return kind in schemas
}

/**
 * What is wrong with the details of a fact, or null: the edge of the ledger. Movements have none, market events those of their kind.
 */
export function detailsProblem(fact: { readonly kind: string; readonly details: unknown }): string | null {
  if (!isMarketKind(fact.kind))
    return fact.details === null ? null : `a ${fact.kind} moves tokens: it has no market details`
  const parsed = schemas[fact.kind].safeParse(fact.details)
  return parsed.success ? null : `details of a ${fact.kind}: ${z.prettifyError(parsed.error)}`
}

/** Id of an order, wherever its events are: network, market and order as the details name them. */
export function listingId(network: string, market: string, order: string): string {
  return uuidv5('order', network, market, order)
}

/** Id of a sale: of the event that counts for it, so that it stays the same when the event is included again. */
export function saleId(sourceEventId: string, subIndex: number): string {
  return uuidv5('sale', sourceEventId, subIndex)
}

/** Ids of an item's asset and collection; null for what the item does not name. */
export function itemIds(network: string, item: MarketItem): { assetId: string | null; collectionId: string | null } {
  const collection = item.contract === null ? null : collectionId(network, item.contract)
  if (item.item !== undefined) return { assetId: itemAssetId(network, item.item), collectionId: collection }
  if (item.contract === null || item.tokenId === null) return { assetId: null, collectionId: collection }
  return { assetId: assetId(network, item.contract, item.tokenId), collectionId: collection }
}

/** The items' common standard; null when they differ or are none. */
export function standardOfItems(items: readonly MarketItem[]): Standard | null {
  const [first] = items
  return first !== undefined && items.every(({ standard }) => standard === first.standard) ? first.standard : null
}
