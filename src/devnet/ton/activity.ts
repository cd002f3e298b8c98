import { createPrng, type Prng } from '../prng.js'
import { MARKET, type TonAction } from './action.js'
import type { TonHolding, TonTruth } from './truth.js'

/** Every account that holds items costs memory: after so many, mints become rare. */
const MANY = 40
const COLLECTIONS = 2
const FIRST_PLAYER = MARKET + 1

/**
 * What happens in the block at `height`, a function of seed, height and truth: nothing in every third one, else one or two things,
 * now and then the odd ones (a fake, a transfer that bounces, one that nobody is told of).
 */
export function blockActions(seed: number, height: number, truth: TonTruth): readonly TonAction[] {
  if (truth.collections < COLLECTIONS) return [{ kind: 'deploy', collection: truth.collections }]
  const prng = createPrng(seed, height)
  if (prng.oneIn(3)) return []
  const first = choose(prng, truth)
  const second = prng.oneIn(3) ? choose(prng, truth) : null
  const collides = second === null || nameOf(first) === nameOf(second)
  return collides ? [first] : [first, second]
}

/** What two actions of one block must not share: the item, or the collection's next index. */
function nameOf(action: TonAction): string | number {
  return 'item' in action ? action.item : action.collection
}

function choose(prng: Prng, truth: TonTruth): TonAction {
  const holdings = truth.holdings()
  const alive = holdings.filter(({ owner }) => owner !== null)
  if (alive.length < 3 || prng.below(3 * (MANY + holdings.length)) < MANY) return mint(prng, truth)
  const holding = prng.pick(alive)
  if (prng.oneIn(12)) return odd(prng, truth, holding)
  return holding.sale === null ? withOwned(prng, truth, holding) : withListed(prng, truth, holding)
}

function mint(prng: Prng, truth: TonTruth): TonAction {
  const collection = prng.below(truth.collections)
  return { kind: 'mint', collection, owner: player(prng, truth), count: prng.oneIn(4) ? 2 + prng.below(3) : 1 }
}

function withOwned(prng: Prng, truth: TonTruth, { item }: TonHolding): TonAction {
  if (prng.oneIn(3)) return { kind: 'list', item, price: 1_000_000_000n + BigInt(prng.below(1_000_000_000)) }
  if (prng.oneIn(14)) return { kind: 'burn', item }
  return { kind: 'transfer', item, to: player(prng, truth), forward: prng.pick([0n, 1n, 10_000_000n]) }
}

function withListed(prng: Prng, truth: TonTruth, { item, sale }: TonHolding): TonAction {
  const buyer = player(prng, truth)
  const isSeller = sale?.seller === truth.wallet(buyer).toRawString()
  return isSeller || prng.oneIn(3) ? { kind: 'cancel', item } : { kind: 'buy', item, buyer }
}

function odd(prng: Prng, truth: TonTruth, { item, collection, index, owner }: TonHolding): TonAction {
  const someone = player(prng, truth)
  if (prng.oneIn(2) && truth.wallet(someone).toRawString() !== owner) return { kind: 'steal', item, thief: someone }
  const number = truth.collection(0) === collection ? 0 : 1
  return { kind: 'fake', collection: number, index, owner: someone }
}

function player(prng: Prng, truth: TonTruth): number {
  return FIRST_PLAYER + prng.below(truth.wallets - FIRST_PLAYER)
}
