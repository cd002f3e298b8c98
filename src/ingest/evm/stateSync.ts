import { keccak256 } from './keccak.js'
import { POLYGON_CHAIN_ID, POLYGON_MADHUGIRI } from './topics.js'

/**
 * The hash under which Bor gives the logs of a block's state-sync events (bridge deposits): keccak-256 of "matic-bor-receipt-",
 * the height (8 bytes, big-endian) and the block's hash (bor `core/types/bor_receipt.go`).
 */
export function stateSyncTxHash(blockNumber: number, blockHash: string): string {
  const height = Buffer.alloc(8)
  height.writeBigUInt64BE(BigInt(blockNumber))
  const key = Buffer.concat([Buffer.from('matic-bor-receipt-'), height, Buffer.from(blockHash.slice(2), 'hex')])
  return `0x${keccak256(key).toString('hex')}`
}

/** Whether a log may be missing from the bloom: on Polygon before Madhugiri, where state-sync logs are in no receipt (PIP-74). */
export function isOutsideBloom(
  chainId: number,
  log: { readonly blockNumber: number; readonly blockHash: string; readonly txHash: string },
): boolean {
  if (chainId !== POLYGON_CHAIN_ID || log.blockNumber >= POLYGON_MADHUGIRI) return false
  return log.txHash === stateSyncTxHash(log.blockNumber, log.blockHash)
}
