import type { DevAction } from '../actions.js'
import type { DevContracts } from '../contracts.js'
import type { Prng } from '../prng.js'
import type { Truth } from '../truth.js'
import { bid, counterpart, type DevOrder, listing, type OrderTerms, PRICE_STEP, type TradedItem } from './order.js'
import type { OpenOrder } from './orderBook.js'

interface Market {
  readonly contracts: DevContracts
  /** The first is the creator, who gets the royalties. */
  readonly accounts: readonly string[]
}

/** A step of prices in the chain's own currency: 0.04 of it. */
const NATIVE_STEP = 1_000_000_000_000_000n * PRICE_STEP

/**
 * Something that happens at Seaport, possible as things are: a listing is put on the chain, bought, bought in part, matched,
 * cancelled or voided with all others of its maker; now and then a bid that nobody saw on the chain is accepted. `salt` tells orders with the same
 * terms apart. null when there is nothing to trade.
 */
export function onMarket(market: Market, prng: Prng, truth: Truth, salt: bigint): DevAction | null {
  const open = truth.orders.open().filter((listed) => holds(truth, listed))
  if (open.length === 0 || prng.oneIn(2)) return list(market, prng, truth, salt)
  const dice = prng.below(12)
  if (dice === 0) return acceptBid(market, prng, truth, salt)
  const chosen = prng.pick(open)
  if (dice === 1) return { kind: 'cancel', order: chosen.order }
  if (dice === 2 && prng.oneIn(6)) return { kind: 'void', by: chosen.order.offerer }
  const buyer = buyerOf(market, prng, truth, chosen)
  if (buyer === null) return list(market, prng, truth, salt)
  return dice < 5 ? match(market, prng, truth, chosen, buyer, salt) : buy(prng, chosen, buyer)
}

function list(market: Market, prng: Prng, truth: Truth, salt: bigint): DevAction | null {
  const terms = termsOf(market, prng, truth, salt)
  return terms === null ? null : { kind: 'validate', order: listing(terms), by: prng.pick(market.accounts) }
}

/** Something that somebody holds, at a price. */
function termsOf({ contracts, accounts }: Market, prng: Prng, truth: Truth, salt: bigint): OrderTerms | null {
  const held = prng.oneIn(3) ? some1155(contracts, accounts, prng, truth) : some721(contracts, prng, truth)
  const [creator = ''] = accounts
  if (held === null) return null
  const counter = truth.orders.counter(held.owner)
  if (counter === null) return null
  const coin = prng.oneIn(3) ? contracts.erc20 : null
  const unit = (coin === null ? NATIVE_STEP : PRICE_STEP) * BigInt(1 + prng.below(50))
  const { owner: offerer, item } = held
  const price = unit * item.quantity
  return { offerer, items: [item], price, coin, creator, salt, counter, partial: item.quantity > 1n }
}

interface Held {
  readonly owner: string
  readonly item: TradedItem
}

function some721(contracts: DevContracts, prng: Prng, truth: Truth): Held | null {
  const contract = prng.pick(contracts.erc721)
  const tokens = truth.tokens(contract)
  if (tokens.length === 0) return null
  const [tokenId, owner] = prng.pick(tokens)
  return { owner, item: { standard: 'erc721', contract, tokenId, quantity: 1n } }
}

function some1155(contracts: DevContracts, accounts: readonly string[], prng: Prng, truth: Truth): Held | null {
  const contract = prng.pick(contracts.erc1155)
  const owner = prng.pick(accounts)
  const held = truth.balances(contract, owner)
  if (held.length === 0) return null
  const { id, amount } = prng.pick(held)
  const quantity = 1n + BigInt(prng.below(Number(amount < 10n ? amount : 10n)))
  return { owner, item: { standard: 'erc1155', contract, tokenId: id, quantity } }
}

function holds(truth: Truth, { order, left }: OpenOrder): boolean {
  return order.offer.every(({ itemType, token, identifierOrCriteria: id }) => {
    if (itemType === 2) return truth.owner(token, id) === order.offerer
    return truth.balance(token, id, order.offerer) >= left
  })
}

/** Somebody else who can pay for what is left of an order. */
function buyerOf({ accounts }: Market, prng: Prng, truth: Truth, { order, left }: OpenOrder): string | null {
  const inCoins = order.consideration.some(({ itemType }) => itemType === 1)
  const price = inCoins ? priceOf(order, left) : 0n
  const able = accounts.filter((account) => account !== order.offerer && truth.coins(account) >= price)
  return able.length === 0 ? null : prng.pick(able)
}

function buy(prng: Prng, { order, left }: OpenOrder, by: string): DevAction {
  const whole = left === order.offer[0]?.startAmount
  const units = left > 1n && prng.oneIn(2) ? 1n + BigInt(prng.below(Number(left) - 1)) : left
  return { kind: 'fulfill', order, by, ...(whole && units === left ? {} : { units }) }
}

/** A buyer who signs, and a third who brings both together. Only whole orders in coins can be. */
function match(
  { accounts }: Market,
  prng: Prng,
  truth: Truth,
  chosen: OpenOrder,
  buyer: string,
  salt: bigint,
): DevAction {
  const { order, left } = chosen
  const counter = truth.orders.counter(buyer)
  const whole = left === order.offer[0]?.startAmount
  const inCoins = order.consideration.every(({ itemType }) => itemType === 1)
  if (counter === null || !whole || !inCoins) return buy(prng, chosen, buyer)
  const bought = counterpart(order, { offerer: buyer, salt, counter })
  return { kind: 'match', sold: order, bought, by: prng.pick(accounts) }
}

/** A bid that only its signer and the seller have seen. */
function acceptBid(market: Market, prng: Prng, truth: Truth, salt: bigint): DevAction | null {
  const terms = termsOf(market, prng, truth, salt)
  if (terms === null) return null
  const { offerer: owner, items } = terms
  const price = PRICE_STEP * BigInt(1 + prng.below(50)) * (items[0]?.quantity ?? 0n)
  const able = market.accounts.filter((account) => account !== owner && truth.coins(account) >= price)
  if (able.length === 0) return null
  const offerer = prng.pick(able)
  const counter = truth.orders.counter(offerer)
  if (counter === null) return null
  return { kind: 'fulfill', order: bid({ ...terms, offerer, price, coin: market.contracts.erc20, counter }), by: owner }
}

function priceOf(order: DevOrder, units: bigint): bigint {
  const all = order.offer[0]?.startAmount ?? 1n
  return order.consideration.reduce((sum, { startAmount }) => sum + (startAmount * units) / all, 0n)
}
