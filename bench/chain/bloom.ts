import { type Hex, keccak256 } from 'viem'

/** Bits of the 2048-bit filter that stand for a value (Yellow Paper, 4.3.1): three of them, as bit numbers from the left. */
type Bits = readonly [number, number, number]

const known = new Map<string, Bits>()

/** A block's logsBloom under construction. */
export class Bloom {
  readonly #bytes = Buffer.alloc(256)

  /** Adds an address or topic (`0x…`). Its hash is computed once in the life of the process. */
  add(value: string): void {
    for (const bit of bitsOf(value)) {
      const byte = bit >> 3
      this.#bytes[byte] = (this.#bytes[byte] ?? 0) | (0x80 >> (bit & 7))
    }
  }

  bytes(): Buffer {
    return this.#bytes
  }
}

function bitsOf(value: string): Bits {
  const found = known.get(value)
  if (found !== undefined) return found
  const hash = Buffer.from(keccak256(value as Hex).slice(2), 'hex')
  const bit = (pair: number): number => 2047 - (hash.readUInt16BE(pair * 2) & 2047)
  const bits: Bits = [bit(0), bit(1), bit(2)]
  known.set(value, bits)
  return bits
}
