import { createHash } from 'node:crypto'
import { uuidv5 } from '../../src/core/ids.js'
import type { BlockHeader, ChainBlock, ChainEvent } from '../../src/ingest/adapter.js'
import { TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE } from '../../src/ingest/evm/topics.js'
import type { Random } from '../support/world/random.js'
import { newTransaction, outcome, type SimTransaction, type Traffic } from './traffic.js'

export const CHAIN_ID = 137
const TOPICS = { erc721: TRANSFER, single: TRANSFER_SINGLE, batch: TRANSFER_BATCH, market: 'market' } as const

/**
 * A chain with forks: every block that was ever canonical, the canonical ones among them, and how far they are final. Transactions of
 * blocks that were forked away wait to be included again, and may then have another outcome.
 */
export class SimChain {
  readonly #random: Random
  readonly #traffic: Traffic
  readonly #blocks = new Map<string, ChainBlock>()
  readonly #transactions = new Map<string, readonly SimTransaction[]>()
  readonly #waiting = new Map<string, SimTransaction>()
  readonly #sides: string[] = []
  #canonical: ChainBlock[] = []
  #finalized = 0
  #nonce = 0
  #highest = 0
  #depth = Number.POSITIVE_INFINITY

  /** Starts with `length` blocks, of which block 0 is final. */
  constructor(random: Random, length: number, traffic: Traffic) {
    this.#random = random
    this.#traffic = traffic
    this.grow(length)
  }

  get canonical(): readonly ChainBlock[] {
    return this.#canonical
  }

  get tip(): BlockHeader {
    return this.at(this.#canonical.length - 1)
  }

  get finalized(): BlockHeader {
    return this.at(this.#finalized)
  }

  /** The largest height that ever was the tip's. */
  get highest(): number {
    return this.#highest
  }

  /** Every block that was ever canonical. */
  get everSeen(): readonly ChainBlock[] {
    return [...this.#blocks.values()]
  }

  /**
   * Tips that were forked away and on which the finalized block still lies. Not those that the chain has come back to and grown on: a
   * chain that loses its last blocks to no others cannot be told from a node that lags.
   */
  get sides(): readonly string[] {
    return this.#sides.filter((hash) => {
      const branch = this.branch(hash)
      if (this.#canonical[branch.length - 1]?.header.hash === hash) return false
      return branch.length > this.#finalized && branch[this.#finalized]?.header.hash === this.finalized.hash
    })
  }

  grow(count: number): void {
    for (let i = 0; i < count; i += 1) this.#append()
  }

  /** Replaces the last `depth` blocks, of which none may be final, by `length` others: fewer, as many, or more. */
  fork(depth: number, length: number): void {
    if (depth > this.#canonical.length - 1 - this.#finalized)
      throw new Error(`a fork of ${depth} blocks reaches a final one`)
    this.#leave(this.#canonical.length - depth)
    this.grow(length)
  }

  /**
   * Breaks its word: replaces all blocks above `ancestor`, final ones among them, by more than there ever were, and calls more final than
   * before.
   */
  contradict(ancestor: number): void {
    const final = this.#finalized
    this.#leave(ancestor + 1)
    this.#finalized = ancestor
    this.grow(this.#highest + 1 - ancestor)
    this.finalize(final + 1)
  }

  /** Goes back to a branch that had been left: the very same blocks. */
  flipTo(tip: string): void {
    const branch = this.branch(tip)
    const kept = branch.findIndex((block, number) => block !== this.#canonical[number])
    this.#leave(kept === -1 ? branch.length : kept)
    for (const block of branch.slice(this.#canonical.length)) this.#push(block)
  }

  finalize(number: number): void {
    this.#finalized = Math.max(this.#finalized, Math.min(number, this.#canonical.length - 1))
  }

  /** From now on what is `depth` blocks below the highest tip that there ever was is final. */
  finalizeByDepth(depth: number): void {
    this.#depth = depth
    this.finalize(this.#highest - depth)
  }

  /** The blocks from 0 to the one with this hash. */
  branch(tip: string): ChainBlock[] {
    const blocks: ChainBlock[] = []
    for (let block = this.#blocks.get(tip); block !== undefined; block = this.#blocks.get(block.header.parentHash)) {
      blocks.push(block)
    }
    return blocks.reverse()
  }

  at(number: number): BlockHeader {
    const block = this.#canonical[number]
    if (block === undefined) throw new Error(`the chain has no block ${number}`)
    return block.header
  }

  #leave(length: number): void {
    if (length < this.#canonical.length) this.#sides.push(this.tip.hash)
    for (const { header } of this.#canonical.slice(length)) {
      for (const transaction of this.#transactions.get(header.hash) ?? [])
        this.#waiting.set(transaction.hash, transaction)
    }
    this.#canonical = this.#canonical.slice(0, length)
  }

  #append(): void {
    if (this.#traffic.quiet && this.#random.chance(0.4)) {
      this.#add([])
      return
    }
    const again = this.#random.shuffle([...this.#waiting.values()]).slice(0, this.#random.int(4))
    const transactions = again.map((transaction) =>
      this.#random.chance(0.3) ? { ...transaction, movements: outcome(this.#random, this.#traffic) } : transaction,
    )
    for (let fresh = this.#random.int(3); fresh > 0; fresh -= 1) {
      transactions.push(newTransaction(this.#random, this.#nonce, this.#traffic))
      this.#nonce += 1
    }
    this.#add(transactions)
  }

  #add(transactions: readonly SimTransaction[]): void {
    const block = this.#build(transactions)
    this.#blocks.set(block.header.hash, block)
    this.#transactions.set(block.header.hash, transactions)
    this.#push(block)
  }

  #push(block: ChainBlock): void {
    this.#canonical.push(block)
    this.#highest = Math.max(this.#highest, block.header.number)
    this.finalize(this.#highest - this.#depth)
    for (const { hash } of this.#transactions.get(block.header.hash) ?? []) this.#waiting.delete(hash)
  }

  #build(transactions: readonly SimTransaction[]): ChainBlock {
    const parent = this.#canonical.at(-1)?.header
    const number = parent === undefined ? 0 : parent.number + 1
    const parentHash = parent?.hash ?? `0x${'00'.repeat(32)}`
    const content = JSON.stringify([number, parentHash, this.#blocks.size, transactions])
    const digest = createHash('sha256').update(content).digest()
    // competing blocks of one height have times of their own, as on real chains
    const time = 1_700_000_000 + number * 2 + ((digest[0] ?? 0) % 2)
    const header = { number, hash: `0x${digest.toString('hex')}`, parentHash, time }
    return { header, events: this.#events(transactions) }
  }

  /** Positions have gaps, as log indexes have between the logs that are of interest. */
  #events(transactions: readonly SimTransaction[]): ChainEvent[] {
    let position = -1
    return transactions.flatMap(({ hash, movements }) => {
      const ranks = new Map<string, number>()
      return movements.map((movement): ChainEvent => {
        position += 1 + this.#random.int(3)
        const group = `${movement.contract}/${TOPICS[movement.type]}`
        const rank = ranks.get(group) ?? 0
        ranks.set(group, rank + 1)
        return {
          sourceEventId: uuidv5('evm', CHAIN_ID, hash, movement.contract, TOPICS[movement.type], 4, rank),
          position,
          txHash: hash,
          contract: movement.contract,
          payload: { type: movement.type, legs: movement.legs, broken: movement.broken },
        }
      })
    })
  }
}
