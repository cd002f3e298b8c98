import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A finished block. Its logs lie in the store's file, each as JSON text, with a comma between neighbours of a section. */
export interface StoredBlock {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly time: number
  readonly bloom: Buffer
  readonly transactions: number
  /** Place of the header's JSON text in the file. */
  readonly headerOffset: number
  readonly headerLength: number
  /** Place of the logs' text in the file. */
  readonly offset: number
  readonly length: number
  /** By log index: kind and emitter (`shape.ts`), and where the text starts and ends, from `offset`. */
  readonly kinds: Uint8Array
  readonly emitters: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** The three sections of the text, which are in this order: movements of NFTs, orders, ERC-20. */
  readonly sections: readonly Section[]
}

export interface Section {
  readonly count: number
  readonly start: number
  readonly end: number
}

/**
 * The logs of the chain in a temporary file without a name, which vanishes with the process: 5,000,000 events are 4 GB, which
 * the page cache serves as fast as memory does, and the process stays small.
 */
export class LogFile {
  readonly #file: number
  #length = 0

  constructor() {
    const folder = mkdtempSync(path.join(tmpdir(), 'ft-bench-chain-'))
    this.#file = openSync(path.join(folder, 'logs'), 'w+')
    rmSync(folder, { recursive: true })
  }

  get length(): number {
    return this.#length
  }

  /** Writes text (ASCII) at the end; gives its offset. */
  append(text: string): number {
    const bytes = Buffer.from(text, 'latin1')
    const offset = this.#length
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, offset + written)
    }
    this.#length += bytes.length
    return offset
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let read = 0; read < length; ) {
      const count = readSync(this.#file, bytes, read, length - read, offset + read)
      if (count === 0) throw new RangeError(`the log file ends before ${offset + length}`)
      read += count
    }
    return bytes
  }

  close(): void {
    closeSync(this.#file)
  }
}
