import type { Fact } from '../../core/events.js'
import type { ListDetails } from '../../core/market.js'
import { named, type Place, TON, trade } from './market.js'
import { type Assignment, auctionOf, operationOf } from './messages.js'
import { AUCTION_FILL_UP } from './ops.js'
import type { Item, PayloadMessage, TonPayload } from './payload.js'

/*
 * Telegram's user names, numbers and gifts sell themselves (TelegramMessenger/telemint): an item under auction stays its owner's,
 * a bid that reaches the highest price buys it at once, and an auction that is over is settled by whatever message comes next.
 */

function placeOf(item: Item) {
  return { protocol: 'telemint', market: item.collection ?? item.address, marketplace: 'fragment', order: item.address }
}

/** An owner put an item up for auction, or for sale at a fixed price (a highest bid). @throws FtError event_undecodable */
export function auctionFact(at: Place, item: Item, message: PayloadMessage, time: number): Fact {
  const { minBid, maxBid, duration } = auctionOf(message)
  const seller = message.source ?? item.address
  const details: ListDetails = {
    ...placeOf(item),
    side: 'listing',
    seller,
    holder: null,
    items: [{ standard: 'tep62', contract: item.collection, tokenId: item.index, item: item.address, quantity: '1' }],
    bundleSize: 1,
    price: maxBid > 0n ? maxBid.toString() : null,
    endPrice: null,
    currency: TON,
    startsAt: time,
    endsAt: time + duration,
    partial: false,
    taker: null,
    auction: maxBid === minBid ? null : { minBid: minBid.toString(), lastBid: null },
  }
  return { ...at, kind: 'list', ...named(item), from: seller, to: null, quantity: 1n, details }
}

/** An owner took the offer back. */
export function withdrawalFact(at: Place, item: Item, maker: string): Fact {
  return {
    ...{ ...at, kind: 'cancel', ...named(item), from: maker, to: null, quantity: 1n },
    details: { ...placeOf(item), maker },
  }
}

/** The sale in an assignment with a bid. The seller is the owner before; of an item's first auction, its collection. */
export function bidFact(
  at: Place,
  item: Item,
  payload: TonPayload,
  { to, bid }: Assignment,
  before: string | null,
): Fact {
  const seller = before ?? item.collection ?? item.address
  const payouts = payload.out
    .filter((message) => operationOf(message) === AUCTION_FILL_UP)
    .flatMap(({ destination, value }) => (destination === null ? [] : [{ to: destination, amount: value }]))
  const isBought = payload.in?.source === to && BigInt(payload.in.value) >= (bid ?? 0n)
  return {
    ...{ ...at, kind: 'sale', ...named(item), from: seller, to, quantity: 1n },
    details: {
      ...placeOf(item),
      ...trade(item, item.address, seller, to),
      price: bid?.toString() ?? null,
      currency: TON,
      // The proceeds are split before they leave, and nothing says which account is whose.
      fees: null,
      royalties: null,
      payouts,
      saleType: isBought ? 'fixed' : 'auction',
    },
  }
}
