import type { DevAction, TokenAction } from './actions.js'
import type { DevContracts } from './contracts.js'
import { fillsOf, isSeaportAction, type Passage, passagesOf, type SeaportAction } from './seaport/actions.js'
import { orderHash } from './seaport/order.js'
import { OrderBook } from './seaport/orderBook.js'

/** One holding: `quantity` 1 for ERC-721. Token id and quantity as decimal strings, addresses lower case. */
export interface Holding {
  readonly contract: string
  readonly tokenId: string
  readonly owner: string
  readonly quantity: string
}

/**
 * Who owns what by the rules of the contracts, computed from what was done to them and not from their logs: what an index of
 * the chain is compared with.
 */
export class Truth {
  readonly #contracts: DevContracts
  /** contract → token id → owner */
  readonly #owners = new Map<string, Map<bigint, string>>()
  /** contract → token id → account → balance */
  readonly #balances = new Map<string, Map<bigint, Map<string, bigint>>>()
  readonly #minted = new Map<string, bigint>()
  readonly #coins = new Map<string, bigint>()

  /** The orders at Seaport. */
  readonly orders: OrderBook

  constructor(contracts: DevContracts, orders = new OrderBook()) {
    this.orders = orders
    this.#contracts = contracts
    for (const contract of contracts.erc721) this.#owners.set(contract, new Map())
    for (const contract of contracts.erc1155) this.#balances.set(contract, new Map())
  }

  /** Applies an action that the chain has executed. */
  apply(action: DevAction): void {
    if (isSeaportAction(action)) this.#trade(action)
    else this.#move(action)
  }

  #move(action: TokenAction): void {
    switch (action.kind) {
      case 'mint721':
        this.setOwner(action.contract, this.minted(action.contract), action.to)
        break
      case 'move721':
        this.setOwner(action.contract, action.tokenId, action.to)
        break
      case 'burn721':
        this.setOwner(action.contract, action.tokenId, null)
        break
      case 'mint20':
        this.addCoins(action.to, action.amount)
        break
      case 'move20':
        this.addCoins(action.from, -action.amount)
        this.addCoins(action.to, action.amount)
        break
      case 'mint1155':
      case 'move1155':
      case 'burn1155':
        for (const { id, amount } of action.items) {
          if (action.kind !== 'mint1155') this.addBalance(action.contract, id, action.from, -amount)
          if (action.kind !== 'burn1155') this.addBalance(action.contract, id, action.to, amount)
        }
    }
  }

  /** How many tokens an ERC-721 contract has ever minted: the next one gets this id. */
  minted(contract: string): bigint {
    return this.#minted.get(contract) ?? 0n
  }

  /** Living tokens of an ERC-721 contract with their owners. */
  tokens(contract: string): readonly (readonly [tokenId: bigint, owner: string])[] {
    return [...(this.#owners.get(contract) ?? [])]
  }

  /** Who owns an ERC-721 token; undefined when nobody does. */
  owner(contract: string, tokenId: bigint): string | undefined {
    return this.#owners.get(contract)?.get(tokenId)
  }

  /** How many units of an ERC-1155 token an account has. */
  balance(contract: string, id: bigint, account: string): bigint {
    return this.#balances.get(contract)?.get(id)?.get(account) ?? 0n
  }

  /** What an account holds of an ERC-1155 contract, without zero balances. */
  balances(contract: string, account: string): readonly { readonly id: bigint; readonly amount: bigint }[] {
    return [...(this.#balances.get(contract) ?? [])].flatMap(([id, holders]) => {
      const amount = holders.get(account)
      return amount === undefined ? [] : [{ id, amount }]
    })
  }

  coins(account: string): bigint {
    return this.#coins.get(account) ?? 0n
  }

  /** All holdings of the NFT contracts, sorted by contract, token id, owner. Burned tokens and zero balances have none. */
  holdings(): Holding[] {
    const single = [...this.#owners].flatMap(([contract, tokens]) =>
      [...tokens].map(([tokenId, owner]) => ({ contract, tokenId, owner, quantity: 1n })),
    )
    const multiple = [...this.#balances].flatMap(([contract, ids]) =>
      [...ids].flatMap(([tokenId, holders]) =>
        [...holders].map(([owner, quantity]) => ({ contract, tokenId, owner, quantity })),
      ),
    )
    return [...single, ...multiple]
      .sort((a, b) => order(a.contract, b.contract) || order(a.tokenId, b.tokenId) || order(a.owner, b.owner))
      .map((holding) => ({ ...holding, tokenId: String(holding.tokenId), quantity: String(holding.quantity) }))
  }

  copy(): Truth {
    const copy = new Truth(this.#contracts, this.orders.copy())
    for (const [contract, tokens] of this.#owners) for (const [id, owner] of tokens) copy.setOwner(contract, id, owner)
    for (const [contract, minted] of this.#minted) copy.#minted.set(contract, minted)
    for (const [contract, ids] of this.#balances)
      for (const [id, holders] of ids) for (const [who, amount] of holders) copy.addBalance(contract, id, who, amount)
    for (const [who, amount] of this.#coins) copy.addCoins(who, amount)
    return copy
  }

  setOwner(contract: string, tokenId: bigint, owner: string | null): void {
    const tokens = this.#owners.get(contract)
    if (owner === null) tokens?.delete(tokenId)
    else tokens?.set(tokenId, owner)
    if (tokenId >= this.minted(contract)) this.#minted.set(contract, tokenId + 1n)
  }

  addBalance(contract: string, id: bigint, account: string, change: bigint): void {
    const ids = this.#balances.get(contract)
    const holders = ids?.get(id) ?? new Map<string, bigint>()
    const balance = (holders.get(account) ?? 0n) + change
    if (balance === 0n) holders.delete(account)
    else holders.set(account, balance)
    ids?.set(id, holders)
  }

  addCoins(account: string, change: bigint): void {
    this.#coins.set(account, this.coins(account) + change)
  }

  #trade(action: SeaportAction): void {
    for (const passage of passagesOf(action)) this.#pass(passage)
    for (const { hash, units } of fillsOf(action)) this.orders.filled(hash, units)
    if (action.kind === 'validate') this.orders.validated(action.order)
    if (action.kind === 'cancel') this.orders.cancelled(orderHash(action.order))
    if (action.kind === 'void') this.orders.voided(action.by, null)
  }

  #pass({ item, amount, from, to }: Passage): void {
    const { itemType, token, identifierOrCriteria: id } = item
    if (itemType === 1) {
      this.addCoins(from, -amount)
      this.addCoins(to, amount)
    } else if (itemType === 2) {
      this.setOwner(token, id, to)
    } else if (itemType === 3) {
      this.addBalance(token, id, from, -amount)
      this.addBalance(token, id, to, amount)
    }
  }
}

function order<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b)
}
