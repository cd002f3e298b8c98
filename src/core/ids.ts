import { hash } from 'node:crypto'

/** The namespace of every uuidv5 in ft.supply; changing it would rename everything that was ever indexed. */
const NAMESPACE = Buffer.from('6f9a2d0e5c3b5a8f9d41c7e2b80a1f36', 'hex')
/** The digit that says which kind of uuid it is: its two upper bits are 10. */
const VARIANTS = '89ab'

/**
 * The uuidv5 (RFC 9562, 5.5) of the parts joined by ":".
 * Parts must not be able to contain ":" in a way that makes two different lists equal: callers put free text last.
 */
export function uuidv5(...parts: readonly (string | number | bigint)[]): string {
  const hex = hash('sha1', named(parts.join(':')), 'hex')
  const variant = VARIANTS[Number.parseInt(hex.charAt(16), 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Where most names are put behind the namespace; read before the next one is written. */
const scratch = Buffer.concat([NAMESPACE, Buffer.alloc(1024)])
const BYTES_PER_CHARACTER = 3

function named(name: string): Buffer {
  if (NAMESPACE.length + name.length * BYTES_PER_CHARACTER > scratch.length) {
    return Buffer.concat([NAMESPACE, Buffer.from(name)])
  }
  return scratch.subarray(0, NAMESPACE.length + scratch.write(name, NAMESPACE.length))
}

/** Id of a collection: its network's name and canonical contract address. */
export function collectionId(network: string, contract: string): string {
  return uuidv5(network, contract)
}

/** Id of an asset of a collection contract (EVM): network, canonical contract address, token id. */
export function assetId(network: string, contract: string, tokenId: bigint | string): string {
  return uuidv5(network, contract, tokenId)
}

/** Id of an asset that is a contract of its own (TON item): network and canonical item address. */
export function itemAssetId(network: string, item: string): string {
  return uuidv5(network, item)
}

/** Id of what an account held of an asset before the first indexed block (`opening_balance`). */
export function openingBalanceId(asset: string, account: string): string {
  return uuidv5('opening', asset, account)
}

/**
 * Id of one entry in the ledger: the occurrence number `incarnation` (1 for the first inclusion) of an event, and whether the
 * entry applies it or reverts it. Without the incarnation a re-included event would look like one that was applied already.
 */
export function normalizedEventId(
  sourceEventId: string,
  subIndex: number,
  incarnation: number,
  direction: 'apply' | 'revert',
): string {
  return uuidv5(sourceEventId, subIndex, incarnation, direction)
}
