import { Address } from '@ton/core'
import { FtError } from '../../core/errors.js'
import { MARKET, MINTER, type TonAction } from './action.js'
import { collectionName, collectionOf, type Deployment, itemAddress, raw, saleOf } from './contracts.js'

/** An item for sale, and the contract that holds it meanwhile. */
export interface TonSale {
  readonly contract: string
  readonly seller: string
  readonly price: bigint
}

/** What must be true of an item, addresses raw. While it is for sale, the sale contract is its owner on chain. */
export interface TonHolding {
  readonly item: string
  readonly collection: string
  readonly index: number
  /** As get_nft_data has it; null: burned. */
  readonly owner: string | null
  readonly sale: TonSale | null
}

/** Who owns what by the rules of the contracts, from what was done to them: what an index of the chain is compared with. */
export class TonTruth {
  readonly #wallets: readonly Address[]
  readonly #collections: { readonly address: string; minted: number }[] = []
  readonly #items = new Map<string, TonHolding>()

  constructor(wallets: readonly Address[]) {
    this.#wallets = wallets
  }

  wallet(number: number): Address {
    const address = this.#wallets[number]
    if (address === undefined) throw new FtError('devnet_failed', `there is no wallet ${number}`)
    return address
  }

  get wallets(): number {
    return this.#wallets.length
  }

  /** The number of a wallet. */
  number(address: string): number {
    const number = this.#wallets.findIndex((wallet) => raw(wallet) === address)
    if (number < 0) throw new FtError('devnet_failed', `${address} is no wallet of the development network`)
    return number
  }

  get collections(): number {
    return this.#collections.length
  }

  collection(number: number): string {
    return this.#collection(number).address
  }

  /** How many items a collection has; the next one gets this index. */
  minted(collection: number): number {
    return this.#collection(collection).minted
  }

  owner(item: string): string {
    const { owner } = this.#item(item)
    if (owner === null) throw new FtError('devnet_failed', `${item} is burned`)
    return owner
  }

  sale(item: string): TonSale {
    const { sale } = this.#item(item)
    if (sale === null) throw new FtError('devnet_failed', `${item} is not for sale`)
    return sale
  }

  /** The contract that sells an item for a price; the marketplace gets a twentieth, the minter a fiftieth. */
  saleContract(item: string, price: bigint): Deployment {
    const [marketplace, royaltyTo] = [this.wallet(MARKET), this.wallet(MINTER)]
    return saleOf({ marketplace, item: Address.parse(item), price, fee: price / 20n, royaltyTo, royalty: price / 50n })
  }

  /** Every item that was ever minted, burned ones too, in the order of minting. */
  holdings(): TonHolding[] {
    return [...this.#items.values()]
  }

  /** Applies an action that the chain has executed. */
  apply(action: TonAction): void {
    switch (action.kind) {
      case 'deploy': {
        const { address } = collectionOf(this.wallet(MINTER), collectionName(action.collection))
        this.#collections.push({ address: raw(address), minted: 0 })
        return
      }
      case 'mint':
        this.#mint(action.collection, action.count, raw(this.wallet(action.owner)))
        return
      case 'transfer':
        this.#set(action.item, { owner: raw(this.wallet(action.to)), sale: null })
        return
      case 'burn':
        this.#set(action.item, { owner: null, sale: null })
        return
      case 'list': {
        const contract = raw(this.saleContract(action.item, action.price).address)
        const sale = { contract, seller: this.owner(action.item), price: action.price }
        this.#set(action.item, { owner: contract, sale })
        return
      }
      case 'buy':
        this.#set(action.item, { owner: raw(this.wallet(action.buyer)), sale: null })
        return
      case 'cancel':
        this.#set(action.item, { owner: this.sale(action.item).seller, sale: null })
        return
      case 'fake':
      case 'steal':
        return
    }
  }

  #mint(number: number, count: number, owner: string): void {
    const collection = this.#collection(number)
    for (let left = count; left > 0; left -= 1) {
      const index = collection.minted
      const item = itemAddress(collection.address, index)
      this.#items.set(item, { item, collection: collection.address, index, owner, sale: null })
      collection.minted += 1
    }
  }

  #set(item: string, changed: Pick<TonHolding, 'owner' | 'sale'>): void {
    this.#items.set(item, { ...this.#item(item), ...changed })
  }

  #item(item: string): TonHolding {
    const holding = this.#items.get(item)
    if (holding === undefined) throw new FtError('devnet_failed', `${item} is no item of the development network`)
    return holding
  }

  #collection(number: number) {
    const collection = this.#collections[number]
    if (collection === undefined) throw new FtError('devnet_failed', `there is no collection ${number}`)
    return collection
  }
}
