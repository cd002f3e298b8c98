import type { Prng } from '../../src/devnet/prng.js'
import { ACCOUNTS } from './shape.js'

/** A row of the truth: account by index, -1 for nobody. */
export type HoldingRow = readonly [tokenId: number, account: number, quantity: number]

/** Takes back what a change did. */
export type Undo = () => void

/** The tokens of one ERC-721 collection. Every change gives its undo; undos are only right in reverse order. */
export class Tokens {
  readonly #owners: number[] = []
  readonly #alive: number[] = []

  get isEmpty(): boolean {
    return this.#alive.length === 0
  }

  /** A living token, and who owns it. */
  pick(prng: Prng): { readonly tokenId: number; readonly owner: number } {
    const tokenId = prng.pick(this.#alive)
    return { tokenId, owner: this.#owners[tokenId] ?? 0 }
  }

  mint(to: number): { readonly tokenId: number; readonly undo: Undo } {
    const tokenId = this.#owners.push(to) - 1
    this.#alive.push(tokenId)
    return {
      tokenId,
      undo: () => {
        this.#owners.pop()
        this.#alive.pop()
      },
    }
  }

  move(tokenId: number, to: number): Undo {
    const before = this.#owners[tokenId] ?? 0
    this.#owners[tokenId] = to
    return () => {
      this.#owners[tokenId] = before
    }
  }

  /** Burns a living token chosen by chance. */
  burn(prng: Prng): { readonly tokenId: number; readonly owner: number; readonly undo: Undo } {
    const at = prng.below(this.#alive.length)
    const tokenId = this.#alive[at] ?? 0
    const owner = this.#owners[tokenId] ?? 0
    const last = this.#alive.pop() ?? 0
    if (at < this.#alive.length) this.#alive[at] = last
    const undo = (): void => {
      const moved = this.#alive[at]
      this.#alive.push(moved ?? tokenId)
      this.#alive[at] = tokenId
    }
    return { tokenId, owner, undo }
  }

  rows(): HoldingRow[] {
    return this.#alive.map((tokenId) => [tokenId, this.#owners[tokenId] ?? 0, 1])
  }
}

/** The balances of one ERC-1155 collection. */
export class Balances {
  /** `tokenId × ACCOUNTS + account` and quantity of each holding; `#places` finds a holding by its key. */
  readonly #keys: number[] = []
  readonly #quantities: number[] = []
  readonly #places = new Map<number, number>()

  get isEmpty(): boolean {
    return this.#keys.length === 0
  }

  /** A holding by chance. */
  pick(prng: Prng): { readonly tokenId: number; readonly owner: number; readonly quantity: number } {
    const place = prng.below(this.#keys.length)
    const key = this.#keys[place] ?? 0
    return { tokenId: Math.floor(key / ACCOUNTS), owner: key % ACCOUNTS, quantity: this.#quantities[place] ?? 0 }
  }

  quantity(tokenId: number, account: number): number {
    return this.#quantities[this.#places.get(tokenId * ACCOUNTS + account) ?? -1] ?? 0
  }

  add(tokenId: number, account: number, change: number): Undo {
    this.#add(tokenId * ACCOUNTS + account, change)
    return () => this.#add(tokenId * ACCOUNTS + account, -change)
  }

  rows(): HoldingRow[] {
    return this.#keys.map((key, place) => [Math.floor(key / ACCOUNTS), key % ACCOUNTS, this.#quantities[place] ?? 0])
  }

  #add(key: number, change: number): void {
    const place = this.#places.get(key)
    if (place === undefined) {
      this.#places.set(key, this.#keys.push(key) - 1)
      this.#quantities.push(change)
      return
    }
    const quantity = (this.#quantities[place] ?? 0) + change
    if (quantity < 0) throw new RangeError(`holding ${key} would be ${quantity}`)
    this.#quantities[place] = quantity
    if (quantity === 0) this.#remove(key, place)
  }

  #remove(key: number, place: number): void {
    const lastKey = this.#keys.pop() ?? 0
    const lastQuantity = this.#quantities.pop() ?? 0
    this.#places.delete(key)
    if (place === this.#keys.length) return
    this.#keys[place] = lastKey
    this.#quantities[place] = lastQuantity
    this.#places.set(lastKey, place)
  }
}
