import { keccak256 } from './keccak.js'

/*
 * The bloom filter of a block header (Ethereum Yellow Paper, 4.3.1): 2048 bits, three of them set for the emitter and for each
 * topic of every log. It has false positives but no false negatives, so a log that is not in it is not of the block.
 */

/** The bit positions of an address or topic, each below 2048. */
type Bits = readonly [number, number, number]

const MOST_CACHED = 100_000
const cache = new Map<string, Bits>()

/** The bytes of a header's `logsBloom`. */
export function bloomBytes(logsBloom: string): Uint8Array {
  return Buffer.from(logsBloom.slice(2), 'hex')
}

/** Whether the filter can contain an address or topic (canonical hex text). */
export function bloomHas(bloom: Uint8Array, item: string): boolean {
  return bitsOf(item).every((bit) => ((bloom[255 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0)
}

/** Adds an address or topic to a filter. */
export function bloomAdd(bloom: Uint8Array, item: string): void {
  for (const bit of bitsOf(item)) {
    const place = 255 - (bit >> 3)
    bloom[place] = (bloom[place] ?? 0) | (1 << (bit & 7))
  }
}

/** Accounts and contracts come again and again, and hashing is the cost: remembers the positions of recent items. */
function bitsOf(item: string): Bits {
  const known = cache.get(item)
  if (known !== undefined) return known
  const hash = keccak256(Buffer.from(item.slice(2), 'hex'))
  const bit = (place: number) => (((hash[place] ?? 0) << 8) | (hash[place + 1] ?? 0)) & 2047
  const bits: Bits = [bit(0), bit(2), bit(4)]
  if (cache.size >= MOST_CACHED) cache.clear()
  cache.set(item, bits)
  return bits
}
