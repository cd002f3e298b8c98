import type { Holding, KnownOrders, Place, Terms, TimedPlace } from './orders.js'

/** The state of an order that is, or was, a listing. */
export interface Listing {
  readonly listingId: string
  readonly terms: Terms
  readonly holdings: readonly Holding[]
  readonly status: 'active' | 'filled' | 'cancelled' | 'invalidated'
  readonly quantity: bigint
  readonly filled: bigint
  /** Units that can be bought, as far as the holder has them; 0 unless active. */
  readonly available: bigint
  /** Whether it is known that the holder has the items; false where history starts too late to say. */
  readonly holderKnown: boolean
  /** Price of one unit, rounded up; null where there is none to compare with others. */
  readonly unitPrice: bigint | null
  /** The first event that ended it without filling it; null while there is none. */
  readonly ended: TimedPlace | null
  /** The last block that changed the order. */
  readonly lastBlock: number
}

/**
 * The state of an order: pure. Filled, cancelled and voided by a counter are for good; invalidated (the holder has not got what was
 * listed) lasts as long as its reason. Expiry is not a state: whoever reads compares the times with his own clock.
 *
 * Terms of the chain are young: what happened before them concerned other terms of the same order. Terms of a listing source have
 * no place in the chain, and everything that happened to the order counts.
 * @returns null when nothing is known of the order's terms: it is not a listing (any more)
 */
export function listingOf(listingId: string, known: KnownOrders): Listing | null {
  const terms = known.terms.get(listingId)
  if (terms === undefined) return null
  const isLater = (place: Place) => terms.place === null || isAfter(place, terms.place)
  const fills = (known.fills.get(listingId) ?? []).filter(isLater)
  const cancels = (known.cancels.get(listingId) ?? []).filter(isLater)
  const voids = voidedBy(terms, known.counters.get(listingId) ?? [])
  const holdings = known.holdings.get(listingId) ?? []
  const quantity = holdings.reduce((sum, item) => sum + item.quantity, 0n)
  const filled = fills.reduce((sum, fill) => sum + fill.quantity, 0n)
  const left = quantity > filled ? quantity - filled : 0n
  const available = availableOf(terms, holdings, quantity, left)
  const status = statusOf(terms, left, cancels.length + voids.length > 0, available)
  return {
    listingId,
    terms,
    holdings,
    status,
    quantity,
    filled,
    available: status === 'active' ? available : 0n,
    holderKnown: holdings.every(({ held }) => held !== null),
    unitPrice: unitPriceOf(terms, holdings, quantity),
    ended: firstOf([...cancels, ...voids]),
    lastBlock: Math.max(terms.place?.block ?? 0, ...[...fills, ...cancels, ...voids].map(({ block }) => block)),
  }
}

function firstOf(places: readonly TimedPlace[]): TimedPlace | null {
  return places.reduce<TimedPlace | null>(
    (first, place) => (first === null || isAfter(first, place) ? place : first),
    null,
  )
}

function isAfter(a: Place, b: Place): boolean {
  return (a.block - b.block || a.position - b.position || a.subIndex - b.subIndex) > 0
}

function statusOf(terms: Terms, left: bigint, isVoid: boolean, available: bigint): Listing['status'] {
  if (left === 0n) return 'filled'
  if (isVoid || !terms.isOpen) return 'cancelled'
  return available === 0n ? 'invalidated' : 'active'
}

/**
 * The increments of the maker's counter that void an order: on the chain every later one does, of which the first and the last matter. An
 * order that was signed with a counter is good only while the counter is the same: since Seaport 1.2 it jumps, so that "smaller" says
 * nothing.
 */
function voidedBy<C extends TimedPlace & { readonly counter: bigint | null }>(
  { counter, place }: Terms,
  counters: readonly C[],
): readonly C[] {
  const last = counters.at(-1)
  if (last === undefined) return []
  if (counter !== null) return last.counter === counter ? [] : [last]
  const first = place === null ? undefined : firstAfter(counters, place)
  return first === undefined ? [] : [first, last]
}

/** By halving: a maker may have any number of orders, and of increments. */
function firstAfter<P extends Place>(places: readonly P[], place: Place): P | undefined {
  let [before, after] = [-1, places.length]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    const at = places[middle]
    if (at !== undefined && isAfter(at, place)) after = middle
    else before = middle
  }
  return places[after]
}

/** How many of the units that are left the holder can deliver: all or nothing, unless the order can be filled in parts. */
function availableOf(terms: Terms, holdings: readonly Holding[], quantity: bigint, left: bigint): bigint {
  let available = left
  for (const { quantity: whole, held } of holdings) {
    if (held === null || whole === 0n) continue
    // of each unit of the order, whole/quantity is of this item
    const units = (held * quantity) / whole
    if (units < available) available = terms.details.partial ? units : 0n
  }
  return available
}

function unitPriceOf({ details }: Terms, holdings: readonly Holding[], quantity: bigint): bigint | null {
  const { price, currency, endPrice, taker } = details
  if (price === null || currency === null || endPrice !== null || taker !== null) return null
  if (holdings.length !== 1 || quantity === 0n) return null
  return (BigInt(price) + quantity - 1n) / quantity
}
