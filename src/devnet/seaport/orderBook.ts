import type { Hex } from 'viem'
import { type DevOrder, orderHash } from './order.js'

/** An order that was put on the chain and can still be filled, as far as Seaport itself knows. */
export interface OpenOrder {
  readonly hash: Hex
  readonly order: DevOrder
  /** Units of its NFTs that are left. */
  readonly left: bigint
}

/**
 * The orders on the chain by the rules of Seaport, from what was done: validated, and neither filled, cancelled nor voided by their
 * offerer. Whether the offerer still has the items is not the book's business.
 */
export class OrderBook {
  readonly #open = new Map<Hex, OpenOrder>()
  /** offerer → counter; null: raised in a block that has not been read yet, by a number that only the chain knows. */
  readonly #counters = new Map<string, bigint | null>()

  /** The offerer's counter, which its new orders must have. null while it is not known. */
  counter(offerer: string): bigint | null {
    return this.#counters.get(offerer) ?? (this.#counters.has(offerer) ? null : 0n)
  }

  /** In the order in which they were validated. */
  open(): readonly OpenOrder[] {
    return [...this.#open.values()]
  }

  validated(order: DevOrder): void {
    const hash = orderHash(order)
    this.#open.set(hash, { hash, order, left: unitsOf(order) })
  }

  /** Of orders that were never put on the chain nothing is known, before or after. */
  filled(hash: Hex, units: bigint): void {
    const known = this.#open.get(hash)
    if (known === undefined) return
    if (known.left <= units) this.#open.delete(hash)
    else this.#open.set(hash, { ...known, left: known.left - units })
  }

  cancelled(hash: Hex): void {
    this.#open.delete(hash)
  }

  /** All orders of the offerer are void; `counter` is the new one, where it is known. */
  voided(offerer: string, counter: bigint | null): void {
    this.#counters.set(offerer, counter)
    for (const { hash, order } of this.open()) if (order.offerer === offerer) this.#open.delete(hash)
  }

  copy(): OrderBook {
    const copy = new OrderBook()
    for (const [hash, order] of this.#open) copy.#open.set(hash, order)
    for (const [offerer, counter] of this.#counters) copy.#counters.set(offerer, counter)
    return copy
  }
}

/** How many units of NFTs an order is about. */
export function unitsOf(order: DevOrder): bigint {
  const items = [...order.offer, ...order.consideration].filter(({ itemType }) => itemType >= 2)
  return items.reduce((sum, { startAmount }) => sum + startAmount, 0n)
}
