import { Address, type Cell, type StateInit } from '@ton/core'
import { MARKET, MINTER, type TonAction } from './action.js'
import { collectionName, collectionOf, fakeItemOf, mintBody, saleBody, transferBody } from './contracts.js'
import type { TonTruth } from './truth.js'

/** A message that a wallet sends. */
export interface Sending {
  readonly wallet: number
  readonly to: Address
  readonly value: bigint
  readonly body?: Cell
  readonly init?: StateInit
  /** false: the coins stay where no contract is; otherwise they come back. */
  readonly bounce?: boolean
}

const GRAM = 1_000_000_000n
/** What the basic sale asks for beside the price, for gas. */
const SALE_GAS = 1_100_000_000n
const NOBODY = new Address(0, Buffer.alloc(32))

/** The messages of an action, one after the other, as the state of things before it asks for. */
export function messagesOf(action: TonAction, truth: TonTruth): readonly Sending[] {
  switch (action.kind) {
    case 'deploy': {
      const { address, init } = collectionOf(truth.wallet(MINTER), collectionName(action.collection))
      return [{ wallet: MINTER, to: address, value: GRAM, init }]
    }
    case 'mint': {
      const to = Address.parse(truth.collection(action.collection))
      const body = mintBody(truth.minted(action.collection), action.count, truth.wallet(action.owner))
      return [{ wallet: MINTER, to, value: (BigInt(action.count) + 2n) * (GRAM / 10n), body }]
    }
    case 'transfer':
      return [transfer(truth, action.item, truth.wallet(action.to), action.forward)]
    case 'burn':
      return [transfer(truth, action.item, NOBODY, 0n)]
    case 'list':
      return listing(truth, action.item, action.price)
    case 'buy': {
      const { contract, price } = truth.sale(action.item)
      return [{ wallet: action.buyer, to: Address.parse(contract), value: price + SALE_GAS, body: saleBody(2) }]
    }
    case 'cancel': {
      const { contract, seller } = truth.sale(action.item)
      return [{ wallet: truth.number(seller), to: Address.parse(contract), value: SALE_GAS, body: saleBody(3) }]
    }
    case 'fake': {
      const collection = Address.parse(truth.collection(action.collection))
      const { address, init } = fakeItemOf(collection, action.index, truth.wallet(action.owner))
      return [{ wallet: action.owner, to: address, value: GRAM / 10n, init }]
    }
    case 'steal': {
      const thief = truth.wallet(action.thief)
      const body = transferBody(thief, thief, 0n)
      return [{ wallet: action.thief, to: Address.parse(action.item), value: GRAM / 10n, body }]
    }
  }
}

/** The marketplace deploys the contract, then the owner hands the item over. */
function listing(truth: TonTruth, item: string, price: bigint): readonly Sending[] {
  const { address, init } = truth.saleContract(item, price)
  return [{ wallet: MARKET, to: address, value: GRAM / 10n, init }, transfer(truth, item, address, GRAM / 5n)]
}

function transfer(truth: TonTruth, item: string, to: Address, forward: bigint): Sending {
  const wallet = truth.number(truth.owner(item))
  const body = transferBody(to, truth.wallet(wallet), forward)
  return { wallet, to: Address.parse(item), value: GRAM / 2n, body }
}
