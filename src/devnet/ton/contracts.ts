import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Address, beginCell, Cell, contractAddress, Dictionary, type StateInit } from '@ton/core'
import { FtError } from '../../core/errors.js'

/*
 * Real contracts: the editable collection, the reference item and the basic sale of ton-blockchain's token-contract, from tonweb's
 * source text. Their code hashes are those of mainnet contracts.
 */

const files = { collection: 'nft/NftCollection', item: 'nft/NftItem', sale: 'nft/NftSale' } as const
type Kind = keyof typeof files

const loaded = new Map<Kind, Cell>()

/** The code of a contract. @throws FtError devnet_failed when tonweb no longer holds it */
export function codeOf(kind: Kind): Cell {
  const code = loaded.get(kind) ?? tonwebCode(files[kind])
  loaded.set(kind, code)
  return code
}

/** The code in a file of tonweb's token contracts, such as `ft/JettonWallet`. @throws FtError devnet_failed when there is none */
export function tonwebCode(name: string): Cell {
  const file = createRequire(import.meta.url).resolve(`tonweb/src/contract/token/${name}.js`)
  const boc = /['"](B5EE9C72[0-9A-F]{200,})['"]/i.exec(readFileSync(file, 'utf8'))?.[1]
  const code = boc === undefined ? undefined : Cell.fromBoc(Buffer.from(boc, 'hex'))[0]
  if (code === undefined) throw new FtError('devnet_failed', `tonweb holds no code in ${name}`)
  return code
}

/** A contract to deploy, with the address that follows from its initial state. */
export interface Deployment {
  readonly address: Address
  readonly init: StateInit
}

function deployment(code: Cell, data: Cell): Deployment {
  const init = { code, data }
  return { address: contractAddress(0, init), init }
}

/** A collection; `name` makes its address its own. */
export function collectionOf(owner: Address, name: string): Deployment {
  const text = (value: string): Cell => beginCell().storeStringTail(value).endCell()
  const content = beginCell()
    .storeRef(beginCell().storeUint(1, 8).storeStringTail(`https://devnet.invalid/${name}.json`).endCell())
    .storeRef(text(`https://devnet.invalid/${name}/`))
    .endCell()
  const royalty = beginCell().storeUint(50, 16).storeUint(1000, 16).storeAddress(owner).endCell()
  const data = beginCell()
    .storeAddress(owner)
    .storeUint(0, 64)
    .storeRef(content)
    .storeRef(codeOf('item'))
    .storeRef(royalty)
    .endCell()
  return deployment(codeOf('collection'), data)
}

/** The item with an index, as its collection deploys it. */
export function itemOf(collection: Address, index: number): Deployment {
  return deployment(codeOf('item'), beginCell().storeUint(index, 64).storeAddress(collection).endCell())
}

/** An item that somebody deployed who is not its collection: initialised by its own data, it claims whatever that says. */
export function fakeItemOf(collection: Address, index: number, owner: Address): Deployment {
  const content = beginCell().storeStringTail('fake').endCell()
  const data = beginCell().storeUint(index, 64).storeAddress(collection).storeAddress(owner).storeRef(content).endCell()
  return deployment(codeOf('item'), data)
}

/** Terms of a sale, amounts in nanotons. */
export interface SaleTerms {
  readonly marketplace: Address
  readonly item: Address
  readonly price: bigint
  readonly fee: bigint
  readonly royaltyTo: Address
  readonly royalty: bigint
}

/** A sale contract that waits for its item; whoever sends the item is the seller. */
export function saleOf(terms: SaleTerms): Deployment {
  const fees = beginCell().storeCoins(terms.fee).storeAddress(terms.royaltyTo).storeCoins(terms.royalty).endCell()
  const data = beginCell()
    .storeAddress(terms.marketplace)
    .storeAddress(terms.item)
    .storeAddress(null)
    .storeCoins(terms.price)
    .storeRef(fees)
    .endCell()
  return deployment(codeOf('sale'), data)
}

const ITEM_COINS = 50_000_000n

/** To a collection: deploy items with indexes from `first` on for an owner; one by operation 1, several by operation 2. */
export function mintBody(first: number, count: number, owner: Address): Cell {
  const content = (index: number): Cell =>
    beginCell()
      .storeAddress(owner)
      .storeRef(beginCell().storeStringTail(`${index}.json`).endCell())
      .endCell()
  if (count === 1) {
    const single = beginCell().storeUint(1, 32).storeUint(0, 64).storeUint(first, 64).storeCoins(ITEM_COINS)
    return single.storeRef(content(first)).endCell()
  }
  const list = Dictionary.empty(Dictionary.Keys.BigUint(64), {
    serialize: (index: number, builder) => void builder.storeCoins(ITEM_COINS).storeRef(content(index)),
    parse: () => 0,
  })
  for (let index = first; index < first + count; index += 1) list.set(BigInt(index), index)
  return beginCell().storeUint(2, 32).storeUint(0, 64).storeRef(beginCell().storeDictDirect(list)).endCell()
}

/** To an item: nft_transfer with this forward amount and an empty payload. */
export function transferBody(to: Address, response: Address, forward: bigint): Cell {
  return beginCell()
    .storeUint(0x5fcc3d14, 32)
    .storeUint(0, 64)
    .storeAddress(to)
    .storeAddress(response)
    .storeBit(false)
    .storeCoins(forward)
    .storeBit(false)
    .endCell()
}

/** To a sale: 2 buys, 3 cancels. */
export function saleBody(op: 2 | 3): Cell {
  return beginCell().storeUint(op, 32).storeUint(0, 64).endCell()
}

/** The raw form of an address. */
export function raw(address: Address): string {
  return address.toRawString()
}

/** What a collection is called, by its number. */
export function collectionName(collection: number): string {
  return `collection-${collection}`
}

/** The item that a collection gives this index. */
export function itemAddress(collection: string, index: number): string {
  return raw(itemOf(Address.parse(collection), index).address)
}
