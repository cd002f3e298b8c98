import { type Hex, hashStruct, zeroAddress, zeroHash } from 'viem'
import { hex } from '../contracts.js'

/** An item that an order offers. `itemType` 0 native, 1 ERC-20, 2 ERC-721, 3 ERC-1155. */
export interface OfferItem {
  readonly itemType: number
  readonly token: Hex
  readonly identifierOrCriteria: bigint
  readonly startAmount: bigint
  readonly endAmount: bigint
}

/** What an order asks for, and who gets it. */
export interface ConsiderationItem extends OfferItem {
  readonly recipient: Hex
}

/** An order as Seaport 1.6 hashes it and offerers sign it (`OrderComponents` of ConsiderationStructs.sol). */
export interface DevOrder {
  readonly offerer: Hex
  readonly zone: Hex
  readonly offer: readonly OfferItem[]
  readonly consideration: readonly ConsiderationItem[]
  /** 0 the whole order at once, 1 in parts. */
  readonly orderType: number
  readonly startTime: bigint
  readonly endTime: bigint
  readonly zoneHash: Hex
  readonly salt: bigint
  readonly conduitKey: Hex
  readonly counter: bigint
}

/** An NFT of the development contracts, and how much of it. */
export interface TradedItem {
  readonly standard: 'erc721' | 'erc1155'
  readonly contract: string
  readonly tokenId: bigint
  readonly quantity: bigint
}

/** What an order is about. `price` is for all of it, in the coin or (`coin` null) the chain's own currency, a multiple of PRICE_STEP times the quantity. */
export interface OrderTerms {
  readonly offerer: string
  readonly items: readonly TradedItem[]
  readonly price: bigint
  readonly coin: string | null
  /** Who gets the royalty of a twentieth. */
  readonly creator: string
  readonly salt: bigint
  readonly counter: bigint
  readonly partial?: boolean
}

/** Fee and royalty of such a price are whole, also of its parts. */
export const PRICE_STEP = 40n
/** OpenSea's fee account: by it the marketplace of an order is known. It gets a fortieth. */
export const FEE_ACCOUNT = '0x0000a26b00c1f0df003000390027140000faa719'
/** The year 2100. */
const END = 4_102_444_800n

const components = {
  OrderComponents: [
    { name: 'offerer', type: 'address' },
    { name: 'zone', type: 'address' },
    { name: 'offer', type: 'OfferItem[]' },
    { name: 'consideration', type: 'ConsiderationItem[]' },
    { name: 'orderType', type: 'uint8' },
    { name: 'startTime', type: 'uint256' },
    { name: 'endTime', type: 'uint256' },
    { name: 'zoneHash', type: 'bytes32' },
    { name: 'salt', type: 'uint256' },
    { name: 'conduitKey', type: 'bytes32' },
    { name: 'counter', type: 'uint256' },
  ],
  OfferItem: [
    { name: 'itemType', type: 'uint8' },
    { name: 'token', type: 'address' },
    { name: 'identifierOrCriteria', type: 'uint256' },
    { name: 'startAmount', type: 'uint256' },
    { name: 'endAmount', type: 'uint256' },
  ],
  ConsiderationItem: [
    { name: 'itemType', type: 'uint8' },
    { name: 'token', type: 'address' },
    { name: 'identifierOrCriteria', type: 'uint256' },
    { name: 'startAmount', type: 'uint256' },
    { name: 'endAmount', type: 'uint256' },
    { name: 'recipient', type: 'address' },
  ],
} as const

/** The types of EIP-712 by which an order is hashed and signed. */
export const orderTypes = components

/** Hashing takes milliseconds, and every step of an order asks for it. */
const hashes = new WeakMap<DevOrder, Hex>()

/** The hash by which Seaport's events name an order. */
export function orderHash(order: DevOrder): Hex {
  const known = hashes.get(order)
  if (known !== undefined) return known
  const hash = hashStruct({ data: { ...order }, primaryType: 'OrderComponents', types: components })
  hashes.set(order, hash)
  return hash
}

/** An order that sells: the offerer gives the items, and gets the price less fee and royalty. */
export function listing(terms: OrderTerms): DevOrder {
  return order(terms, terms.items.map(nft), payouts(terms, terms.offerer))
}

/** An order that buys: the offerer pays the coins, of which fee and royalty are taken, and gets the items. */
export function bid(terms: OrderTerms & { readonly coin: string }): DevOrder {
  const recipient = hex(terms.offerer)
  const asked = terms.items.map((item) => ({ ...nft(item), recipient }))
  return order(terms, [money(terms.coin, terms.price)], [...asked, ...payouts(terms, null)])
}

/** The other half of a listing for `matchOrders`: pays its whole price and gets its items. */
export function counterpart(sold: DevOrder, terms: Pick<OrderTerms, 'offerer' | 'salt' | 'counter'>): DevOrder {
  const recipient = hex(terms.offerer)
  const asked = sold.offer.map((item) => ({ ...item, recipient }))
  const [first] = sold.consideration
  const price = sold.consideration.reduce((sum, { startAmount }) => sum + startAmount, 0n)
  return order({ ...terms, partial: false }, [money(first?.token ?? zeroAddress, price)], asked)
}

function order(
  { offerer, salt, counter, partial }: Pick<OrderTerms, 'offerer' | 'salt' | 'counter' | 'partial'>,
  offer: readonly OfferItem[],
  consideration: readonly ConsiderationItem[],
): DevOrder {
  return {
    ...{ offerer: hex(offerer), zone: zeroAddress, offer, consideration, orderType: partial === true ? 1 : 0 },
    ...{ startTime: 0n, endTime: END, zoneHash: zeroHash, salt, conduitKey: zeroHash, counter },
  }
}

function nft({ standard, contract, tokenId, quantity }: TradedItem): OfferItem {
  const itemType = standard === 'erc721' ? 2 : 3
  return {
    ...{ itemType, token: hex(contract), identifierOrCriteria: tokenId },
    ...{ startAmount: quantity, endAmount: quantity },
  }
}

function money(coin: string | null, amount: bigint): OfferItem {
  const kind = coin === null ? { itemType: 0, token: zeroAddress } : { itemType: 1, token: hex(coin) }
  return { ...kind, identifierOrCriteria: 0n, startAmount: amount, endAmount: amount }
}

/** Who is paid of the price: what is left goes to `seller`, or (null) stays with whoever fills the order. */
function payouts({ price, coin, creator }: OrderTerms, seller: string | null): ConsiderationItem[] {
  const fee = price / PRICE_STEP
  const royalty = 2n * fee
  const rest = seller === null ? [] : [{ ...money(coin, price - fee - royalty), recipient: hex(seller) }]
  return [
    ...rest,
    { ...money(coin, fee), recipient: hex(FEE_ACCOUNT) },
    { ...money(coin, royalty), recipient: hex(creator) },
  ]
}
