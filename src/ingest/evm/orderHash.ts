import { keccak256 } from './keccak.js'

/*
 * The hash of a Seaport order (EIP-712 hash of OrderComponents, `GettersAndDerivers.sol`): what its events and signatures name it by.
 */

const OFFER_ITEM =
  'OfferItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount)'
const CONSIDERATION_ITEM =
  'ConsiderationItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,uint256 endAmount,address recipient)'
const ORDER =
  'OrderComponents(address offerer,address zone,OfferItem[] offer,ConsiderationItem[] consideration,uint8 orderType,uint256 startTime,uint256 endTime,bytes32 zoneHash,uint256 salt,bytes32 conduitKey,uint256 counter)'

const typeHash = (type: string): string => keccak256(Buffer.from(type)).toString('hex')
const offerHash = typeHash(OFFER_ITEM)
const considerationHash = typeHash(CONSIDERATION_ITEM)
const orderTypeHash = typeHash(`${ORDER}${CONSIDERATION_ITEM}${OFFER_ITEM}`)

/** An item of an order, amounts and ids as integers, addresses as hex. */
export interface HashedItem {
  readonly itemType: number
  readonly token: string
  readonly identifierOrCriteria: bigint
  readonly startAmount: bigint
  readonly endAmount: bigint
}

/** What an order's hash is made of. */
export interface HashedOrder {
  readonly offerer: string
  readonly zone: string
  readonly offer: readonly HashedItem[]
  readonly consideration: readonly (HashedItem & { readonly recipient: string })[]
  readonly orderType: number
  readonly startTime: bigint
  readonly endTime: bigint
  readonly zoneHash: string
  readonly salt: bigint
  readonly conduitKey: string
  readonly counter: bigint
}

/** The hash of an order, `0x` and lower case. */
export function orderHashOf(order: HashedOrder): string {
  const offer = order.offer.map((item) => hashed(offerHash, ...itemWords(item)))
  const consideration = order.consideration.map((item) =>
    hashed(considerationHash, ...itemWords(item), word(item.recipient)),
  )
  const parts = [
    ...[word(order.offerer), word(order.zone), hashed(...offer), hashed(...consideration), word(order.orderType)],
    ...[word(order.startTime), word(order.endTime), word(order.zoneHash), word(order.salt)],
    ...[word(order.conduitKey), word(order.counter)],
  ]
  return `0x${hashed(orderTypeHash, ...parts)}`
}

function itemWords({ itemType, token, identifierOrCriteria, startAmount, endAmount }: HashedItem): string[] {
  return [itemType, token, identifierOrCriteria, startAmount, endAmount].map(word)
}

/** 32 bytes as hex, without `0x`. */
function word(value: string | number | bigint): string {
  const digits = typeof value === 'string' ? value.slice(2).toLowerCase() : value.toString(16)
  return digits.padStart(64, '0')
}

function hashed(...words: readonly string[]): string {
  return keccak256(Buffer.from(words.join(''), 'hex')).toString('hex')
}
