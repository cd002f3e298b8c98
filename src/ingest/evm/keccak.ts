import { keccak_256 } from '@noble/hashes/sha3'

/** Keccak-256 as Ethereum has it (Yellow Paper, appendix; not the later SHA3-256): 32 bytes. */
export function keccak256(bytes: Uint8Array): Buffer {
  return Buffer.from(keccak_256(bytes))
}
