import type { Fact } from '../../core/events.js'
import type { CancelDetails, ListDetails, MarketItem, SaleDetails } from '../../core/market.js'
import { operationOf } from './messages.js'
import { JETTON_TRANSFER_NOTIFICATION } from './ops.js'
import type { Item, PayloadMessage } from './payload.js'
import { type SaleState, shareOf } from './saleState.js'

/** In prices, the native currency. */
export const TON: string = `0:${'0'.repeat(64)}`

/** Marketplaces by the address that their sale contracts name: the code alone says nothing, others use GetGems' too. */
const MARKETPLACES: ReadonlyMap<string, string> = new Map([
  ['0:584ee61b2dff0837116d0fcb5078d93964bcbe9c05fd6a141b1bfca5d6a43e18', 'getgems'],
  ['0:9a9cb80adfbd1662f5108766d73355ac2c03304fda1d25a479670e34efcd72b3', 'getgems'],
])

/** Where a fact comes from, and which of its event's facts it is. */
export interface Place {
  readonly sourceEventId: string
  readonly subIndex: number
}

/** The fields of a fact that name the item. */
export function named({ address, collection, index }: Item) {
  return {
    standard: 'tep62',
    contract: collection,
    tokenId: index === null ? null : BigInt(index),
    item: address,
  } as const
}

function itemsOf({ address, collection, index }: Item): readonly MarketItem[] {
  return [{ standard: 'tep62', contract: collection, tokenId: index, item: address, quantity: '1' }]
}

interface Price {
  readonly price: string | null
  /** null: not known. */
  readonly currency: string | null
}

const UNKNOWN: Price = { price: null, currency: null }

/** What a sale contract asks: in TON where it takes TON, else in the first jetton that it takes. */
function asked(sale: SaleState): Price {
  if (sale.kind === 'auction') return inBidCurrency(sale, sale.price)
  if (sale.price !== null || !sale.jettons) return { price: sale.price, currency: TON }
  const [jetton] = sale.jettonPrices ?? []
  return jetton === undefined ? UNKNOWN : { price: jetton.price, currency: jetton.master }
}

/**
 * What the buyer paid: the contract's price, never what was attached (gas is added). Where jettons are taken beside TON, the message that
 * set the item free says which it was: only a wallet of the jetton announces a payment in it.
 */
function paid(sale: SaleState, release: PayloadMessage | undefined): Price {
  if (sale.kind === 'auction') return inBidCurrency(sale, sale.lastBid)
  if (!sale.jettons) return { price: sale.price, currency: TON }
  if (release === undefined) return UNKNOWN
  if (operationOf(release) !== JETTON_TRANSFER_NOTIFICATION) return { price: sale.price, currency: TON }
  const jetton = sale.jettonPrices?.find(({ wallet }) => wallet === release.source)
  return jetton === undefined ? UNKNOWN : { price: jetton.price, currency: jetton.master }
}

function inBidCurrency({ jettons, bidsIn }: SaleState, price: string | null): Price {
  if (!jettons) return { price, currency: TON }
  return bidsIn === undefined ? UNKNOWN : { price, currency: bidsIn }
}

/** An item that sale contract `order` holds is for sale. */
export function listFact(at: Place, item: Item, order: string, sale: SaleState, seller: string, time: number): Fact {
  const { minBid, lastBid } = sale
  const details: ListDetails = {
    ...placeOf(order, sale),
    side: 'listing',
    seller,
    holder: order,
    items: itemsOf(item),
    bundleSize: 1,
    ...asked(sale),
    endPrice: null,
    startsAt: time,
    endsAt: sale.endsAt,
    partial: false,
    taker: null,
    auction: sale.kind === 'auction' ? { minBid, lastBid } : null,
  }
  return { ...at, kind: 'list', ...named(item), from: seller, to: null, quantity: 1n, details }
}

/**
 * An item left sale contract `order` for a buyer, upon the message `release` if that is known. Price and currency are null where they are
 * not known rather than wrong.
 */
export function saleFact(
  at: Place,
  item: Item,
  order: string,
  sale: SaleState,
  { seller, buyer }: { readonly seller: string; readonly buyer: string },
  release: PayloadMessage | undefined,
): Fact {
  const { price, currency } = paid(sale, release)
  const gross = price === null ? null : BigInt(price)
  const [fees, royalties] = [sale.fee, sale.royalty].map((share) => (gross === null ? null : shareOf(share, gross)))
  const got = (to: string | null, sum: bigint | null | undefined) =>
    to === null || !sum ? [] : [{ to, amount: sum.toString() }]
  const rest = gross === null ? null : gross - (fees ?? 0n) - (royalties ?? 0n)
  const details: SaleDetails = {
    ...placeOf(order, sale),
    ...trade(item, order, seller, buyer),
    side: sale.kind === 'offer' ? 'offer' : 'listing',
    price,
    currency: price === null ? null : currency,
    fees: fees?.toString() ?? null,
    royalties: royalties?.toString() ?? null,
    payouts: [...got(seller, rest), ...got(sale.fee.to, fees), ...got(sale.royalty.to, royalties)],
    saleType: sale.kind === 'auction' ? 'auction' : 'fixed',
  }
  return { ...at, kind: 'sale', ...named(item), from: seller, to: buyer, quantity: 1n, details }
}

/** What every sale of one item by one contract says alike. */
export function trade(item: Item, order: string, seller: string, buyer: string) {
  return {
    side: 'listing',
    seller,
    buyer,
    items: itemsOf(item),
    bundleSize: 1,
    confirmed: true,
    fills: [{ order, quantity: '1' }],
  } as const
}

/** An item left sale contract `order` and is its seller's again. */
export function cancelFact(at: Place, item: Item, order: string, sale: SaleState, maker: string): Fact {
  const details: CancelDetails = { ...placeOf(order, sale), maker }
  return { ...at, kind: 'cancel', ...named(item), from: maker, to: null, quantity: 1n, details }
}

function placeOf(order: string, { protocol, marketplace }: SaleState) {
  const market = marketplace ?? order
  return { protocol, market, marketplace: MARKETPLACES.get(market) ?? protocol, order }
}
