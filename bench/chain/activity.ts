import type { Prng } from '../../src/devnet/prng.js'
import { word } from './hexWords.js'
import { Balances, type HoldingRow, Tokens, type Undo } from './holdings.js'
import { batchLog, type DraftLog, erc20Log, type Movement, orderLog, singleLog, transferLog } from './logJson.js'
import { ACCOUNTS, accounts, collections, ERC721_COLLECTIONS, ERC1155_COLLECTIONS, erc20Tokens } from './shape.js'

/** The logs of one transaction. */
export type DraftTransaction = readonly DraftLog[]

/** A row of the truth. Token id and quantity as decimal strings. */
export interface TruthRow {
  readonly contract: string
  readonly tokenId: string
  readonly owner: string
  readonly quantity: string
}

/** What has happened so far. `rows` counts movements with batches unfolded. */
export interface Counts {
  events: number
  rows: number
  orders: number
  erc20: number
}

const NOBODY = -1

/** Everything that happens on the chain, and who owns what because of it. */
export class Activity {
  readonly #prng: Prng
  readonly #tokens = Array.from({ length: ERC721_COLLECTIONS }, () => new Tokens())
  readonly #balances = Array.from({ length: ERC1155_COLLECTIONS }, () => new Balances())
  readonly counts: Counts = { events: 0, rows: 0, orders: 0, erc20: 0 }
  #undo: Undo[] = []

  constructor(prng: Prng) {
    this.#prng = prng
  }

  /** The transactions of a block with `events` movements of NFTs; ERC-20 comes last. Gives also how to take it back. */
  block(events: number): { transactions: DraftTransaction[]; undo: Undo } {
    const before = { ...this.counts }
    this.#undo = []
    const transactions: DraftTransaction[] = []
    for (let left = events; left > 0; ) {
      // Most transactions move once; some, as airdrops do, several times.
      const size = this.#prng.oneIn(8) ? Math.min(left, 2 + this.#prng.below(4)) : 1
      transactions.push(size === 1 ? this.#one() : Array.from({ length: size }, () => this.#move().log))
      left -= size
    }
    const noise = Math.floor(events / 5) + (this.#prng.below(5) < events % 5 ? 1 : 0)
    for (let left = noise; left > 0; left -= 1) transactions.push([this.#noise()])
    const changes = this.#undo
    const undo = (): void => {
      for (const change of changes.toReversed()) change()
      Object.assign(this.counts, before)
    }
    return { transactions, undo }
  }

  /** Who owns what of one collection, by its number, in no particular order. */
  truth(collection: number): TruthRow[] {
    const contract = collections[collection] ?? ''
    return this.#rows(collection).map(([tokenId, account, quantity]) => ({
      contract,
      tokenId: String(tokenId),
      owner: accounts[account] ?? '',
      quantity: String(quantity),
    }))
  }

  /** How many rows the truth has. */
  holdings(): number {
    return collections.reduce((sum, _, collection) => sum + this.#rows(collection).length, 0)
  }

  #rows(collection: number): readonly HoldingRow[] {
    return (this.#tokens[collection] ?? this.#balances[collection - ERC721_COLLECTIONS])?.rows() ?? []
  }

  /** A transaction with one movement; one in 18 moves of something owned is a sale. */
  #one(): DraftTransaction {
    const { log, movement } = this.#move()
    if (movement === null || !this.#prng.oneIn(18)) return [log]
    this.counts.orders += 1
    const price = BigInt(1 + this.#prng.below(1_000_000)) * 10n ** 12n
    const hash = word(0).slice(0, 48) + word(this.counts.orders).slice(48)
    // Seaport emits the order before the transfers of a listing, and after those of some offers.
    return this.#prng.oneIn(4)
      ? [log, orderLog(movement, hash, price, 'offer')]
      : [orderLog(movement, hash, price, 'listing'), log]
  }

  /** One event: a log, and the movement if it is the move of a single token that somebody owns. */
  #move(): { log: DraftLog; movement: Movement | null } {
    this.counts.events += 1
    const dice = this.#prng.below(1000)
    if (dice < 600) return this.#move721()
    const collection = this.#prng.below(ERC1155_COLLECTIONS)
    const legs = dice < 982 ? 1 : 2 + this.#prng.below(4)
    return this.#move1155(collection, legs)
  }

  #move721(): { log: DraftLog; movement: Movement | null } {
    this.counts.rows += 1
    const collection = this.#prng.below(ERC721_COLLECTIONS)
    const tokens = this.#tokens[collection]
    if (tokens === undefined) throw new RangeError(`collection ${collection}`)
    const dice = this.#prng.below(100)
    const to = this.#prng.below(ACCOUNTS)
    const quantity = 1
    if (tokens.isEmpty || dice < 39) {
      const { tokenId, undo } = tokens.mint(to)
      this.#undo.push(undo)
      return { log: transferLog({ collection, from: NOBODY, to, tokenId, quantity }), movement: null }
    }
    if (dice < 43) {
      const { tokenId, owner, undo } = tokens.burn(this.#prng)
      this.#undo.push(undo)
      return { log: transferLog({ collection, from: owner, to: NOBODY, tokenId, quantity }), movement: null }
    }
    const { tokenId, owner } = tokens.pick(this.#prng)
    this.#undo.push(tokens.move(tokenId, to))
    const movement = { collection, from: owner, to, tokenId, quantity }
    return { log: transferLog(movement), movement }
  }

  #move1155(index: number, legs: number): { log: DraftLog; movement: Movement | null } {
    this.counts.rows += legs
    const balances = this.#balances[index]
    if (balances === undefined) throw new RangeError(`collection ${index}`)
    const dice = this.#prng.below(100)
    const someone = this.#prng.below(ACCOUNTS)
    const held = balances.isEmpty || dice < 38 ? null : balances.pick(this.#prng)
    const from = held?.owner ?? NOBODY
    const to = held !== null && dice < 46 ? NOBODY : someone
    const movements = Array.from({ length: legs }, (_, leg): Movement => {
      const tokenId = held === null ? this.#prng.below(2_000) : leg === 0 ? held.tokenId : this.#prng.below(2_000)
      // What the account does not have moves in the quantity 0, which ERC-1155 allows.
      const most = held === null ? 10 : balances.quantity(tokenId, from)
      const quantity = most === 0 ? 0 : 1 + this.#prng.below(most)
      if (from !== NOBODY && quantity > 0) this.#undo.push(balances.add(tokenId, from, -quantity))
      if (to !== NOBODY && quantity > 0) this.#undo.push(balances.add(tokenId, to, quantity))
      return { collection: ERC721_COLLECTIONS + index, from, to, tokenId, quantity }
    })
    const [only, ...others] = movements
    if (only === undefined || others.length > 0) return { log: batchLog(movements), movement: null }
    return { log: singleLog(only), movement: held === null || to === NOBODY ? null : only }
  }

  #noise(): DraftLog {
    this.counts.erc20 += 1
    const { length } = erc20Tokens
    const below = (bound: number): number => this.#prng.below(bound)
    return erc20Log(below(length), below(ACCOUNTS), below(ACCOUNTS), below(1_000_000_000))
  }
}
