import { createHash } from 'node:crypto'
import { MARKET } from '../support/world/marketEvents.js'
import type { Random } from '../support/world/random.js'
import { ACCOUNTS, type Leg, MULTIS, marketLeg, SINGLES } from '../support/world/world.js'

/*
 * What happens on the simulated chain. Movements are such as an EVM log can say: an event has one contract, one giver and one taker,
 * and a batch moves several tokens between them. Sales, listings and cancellations are facts already, for scripted nodes only.
 */

const TOKENS = 8

/** One event: its log's type, and what it moves. */
export interface Movement {
  readonly type: 'erc721' | 'single' | 'batch' | 'market'
  readonly contract: string
  readonly legs: readonly Leg[]
  /** The log says nothing that anybody could read; it has no legs. */
  readonly broken: boolean
}

/** What kind of traffic a chain has. */
export interface Traffic {
  readonly market: boolean
  /** Many blocks have nothing in them, as where few contracts are read. */
  readonly quiet: boolean
}

export interface SimTransaction {
  readonly hash: string
  readonly movements: readonly Movement[]
}

/** A transaction that the chain has not seen yet. */
export function newTransaction(random: Random, nonce: number, traffic: Traffic): SimTransaction {
  return { hash: `0x${createHash('sha256').update(`tx ${nonce}`).digest('hex')}`, movements: outcome(random, traffic) }
}

/** What a transaction does when it is executed: the same one may do something else in another block. */
export function outcome(random: Random, { market }: Traffic): Movement[] {
  return Array.from({ length: 1 + random.int(3) }, () =>
    market && random.chance(0.3) ? trade(random) : movement(random),
  )
}

/** A sale, a listing, a cancellation. */
function trade(random: Random): Movement {
  return { type: 'market', contract: MARKET, broken: false, legs: [marketLeg(random)] }
}

/**
 * Mints, moves and burns, among them moves to oneself, zero quantities, repeated ids in a batch, an id that is announced from nobody
 * to nobody, and an OUT of accounts that never had an IN.
 */
function movement(random: Random): Movement {
  const kind = random.pick(['mint', 'transfer', 'transfer', 'transfer', 'burn'] as const)
  const from = kind === 'mint' ? null : random.pick(ACCOUNTS)
  const to = kind === 'burn' ? null : random.chance(0.1) && from !== null ? from : random.pick(ACCOUNTS)
  if (random.chance(0.5)) {
    const contract = random.pick(SINGLES)
    return { type: 'erc721', contract, broken: false, legs: [leg(random, 'erc721', contract, { kind, from, to })] }
  }
  const contract = random.pick(MULTIS)
  if (random.chance(0.03)) return { type: 'batch', contract, broken: true, legs: [] }
  const move = random.chance(0.03) ? ({ kind: 'transfer', from: null, to: null } as const) : { kind, from, to }
  const count = random.chance(0.3) ? 1 + random.int(4) : 0
  return {
    type: count === 0 ? 'single' : 'batch',
    contract,
    broken: false,
    legs: Array.from({ length: Math.max(1, count) }, () => leg(random, 'erc1155', contract, move)),
  }
}

function leg(
  random: Random,
  standard: 'erc721' | 'erc1155',
  contract: string,
  move: Pick<Leg, 'kind' | 'from' | 'to'>,
): Leg {
  const quantity = standard === 'erc721' ? 1 : move.from === null && move.to === null ? 0 : random.int(5)
  return { ...move, standard, contract, tokenId: String(random.int(TOKENS)), quantity: String(quantity) }
}
