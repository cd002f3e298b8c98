import type { DevAction, Item } from './actions.js'
import type { DevContracts } from './contracts.js'
import { createPrng, type Prng } from './prng.js'
import { onMarket } from './seaport/activity.js'
import type { Truth } from './truth.js'

export interface ActivityOptions {
  readonly contracts: DevContracts
  readonly accounts: readonly string[]
  readonly seed: number
}

/*
 * anvil computes the state's root anew for every block, so the state must grow ever slower: ERC-721 ids are never used twice,
 * and after the first MANY tokens of a contract mints become as rare as its history is long.
 */
const MANY = 100
const IDS_1155 = 24
const MARKET_BLOCKS = 2000

/**
 * What happens in the block at `height`: a few actions, a function of seed, height and truth alone, each possible after the
 * ones before it. Now and then the odd cases: to oneself, of nothing, an id twice in one batch.
 */
export function blockActions(options: ActivityOptions, height: number, before: Truth): readonly DevAction[] {
  const prng = createPrng(options.seed, height)
  const truth = before.copy()
  const actions: DevAction[] = []
  for (let wanted = 2 + prng.below(4); wanted > 0; wanted -= 1) {
    const salt = BigInt(height) * 100n + BigInt(actions.length)
    const action =
      (isMarketDay(prng, height) ? onMarket(options, prng, truth, salt) : null) ?? choose(options, prng, truth)
    truth.apply(action)
    actions.push(action)
  }
  return actions
}

/** Every order costs Seaport a word of storage for ever. */
function isMarketDay(prng: Prng, height: number): boolean {
  return prng.below(7 * (MARKET_BLOCKS + height)) < MARKET_BLOCKS
}

function choose(options: ActivityOptions, prng: Prng, truth: Truth): DevAction {
  const dice = prng.below(10)
  if (dice < 4) return on721(options, prng, truth)
  return dice < 8 ? on1155(options, prng, truth) : on20(options, prng, truth)
}

function on721({ contracts, accounts }: ActivityOptions, prng: Prng, truth: Truth): DevAction {
  const contract = prng.pick(contracts.erc721)
  const tokens = truth.tokens(contract)
  const minted = Number(truth.minted(contract))
  if (tokens.length === 0 || prng.below(3 * (MANY + minted)) < MANY) {
    return { kind: 'mint721', contract, to: prng.pick(accounts) }
  }
  const [tokenId, from] = prng.pick(tokens)
  if (prng.below(2 * (MANY + minted)) < MANY / 4) return { kind: 'burn721', contract, from, tokenId }
  const to = prng.oneIn(12) ? from : prng.pick(accounts)
  return { kind: 'move721', contract, from, to, tokenId, safe: prng.oneIn(2) }
}

function on1155({ contracts, accounts }: ActivityOptions, prng: Prng, truth: Truth): DevAction {
  const contract = prng.pick(contracts.erc1155)
  const batch = prng.oneIn(3)
  const from = prng.pick(accounts)
  const held = truth.balances(contract, from)
  if (held.length === 0 || prng.oneIn(5)) {
    const items = Array.from({ length: batch ? 2 + prng.below(4) : 1 }, () => ({
      id: BigInt(prng.below(IDS_1155)),
      amount: BigInt(1 + prng.below(20)),
    }))
    return { kind: 'mint1155', contract, to: from, items, batch }
  }
  const items = takeSome(prng, held, batch)
  if (prng.oneIn(6)) return { kind: 'burn1155', contract, from, items, batch }
  return { kind: 'move1155', contract, from, to: prng.oneIn(12) ? from : prng.pick(accounts), items, batch }
}

/** Some of what is held: never more than there is, sometimes nothing of an id, in a batch sometimes one id in two parts. */
function takeSome(prng: Prng, held: readonly Item[], batch: boolean): Item[] {
  const one = ({ id, amount }: Item): Item => ({
    id,
    amount: prng.oneIn(10) ? 0n : 1n + BigInt(prng.below(Number(amount))),
  })
  if (!batch) return [one(prng.pick(held))]
  const start = prng.below(held.length)
  const items = held.slice(start, start + 1 + prng.below(4)).map(one)
  const [first] = items
  if (first === undefined || first.amount < 2n || !prng.oneIn(3)) return items
  return [{ ...first, amount: 1n }, ...items.slice(1), { ...first, amount: first.amount - 1n }]
}

function on20({ contracts, accounts }: ActivityOptions, prng: Prng, truth: Truth): DevAction {
  const from = prng.pick(accounts)
  const coins = truth.coins(from)
  const contract = contracts.erc20
  if (coins === 0n) return { kind: 'mint20', contract, to: from, amount: 1_000_000n }
  return { kind: 'move20', contract, from, to: prng.pick(accounts), amount: BigInt(prng.below(Number(coins) + 1)) }
}
