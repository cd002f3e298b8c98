import { TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE } from './topics.js'
import { undecodable } from './words.js'

/*
 * The stored form of a log: topics, data and transaction index as base64, about a sixth of their JSON. Ids, amounts and padded
 * addresses are mostly leading zeros, and most logs have one of three first topics.
 *
 *   version (01), transaction index, number of topics, topics, length of the data in bytes, its words, what is left of the data
 *
 * Numbers are four bytes. A topic or a word is one byte n and its last n bytes, the others being zero; a topic may instead be one
 * byte 0x80 + i, the i-th of `common`.
 */

const VERSION = '01'
/** Stored logs refer to it by position: it only ever grows. */
const common: readonly string[] = [TRANSFER, TRANSFER_SINGLE, TRANSFER_BATCH]
const commonCodes: ReadonlyMap<string, string> = new Map(common.map((topic, index) => [topic, byte(0x80 + index)]))
const WORD = 64

/** What of a log is stored packed; `topics` are `0x` and 64, `data` is `0x` and any number of bytes in lower-case hex. */
export interface LogBody {
  readonly topics: readonly string[]
  readonly data: string
  readonly txIndex: number
}

/** Packs a log's body. `unpackLog` gives exactly it back. */
export function packLog({ topics, data, txIndex }: LogBody): string {
  const digits = data.length - 2
  const parts = [VERSION, uint32(txIndex), byte(topics.length)]
  for (const topic of topics) parts.push(commonCodes.get(topic) ?? packWord(topic, 2))
  parts.push(uint32(digits / 2))
  let at = 2
  for (; at + WORD <= data.length; at += WORD) parts.push(packWord(data, at))
  parts.push(data.slice(at))
  return Buffer.from(parts.join(''), 'hex').toString('base64')
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

function uint32(value: number): string {
  return value.toString(16).padStart(8, '0')
}

function packWord(hex: string, start: number): string {
  let from = start
  while (from < start + WORD && hex.charCodeAt(from) === 48 && hex.charCodeAt(from + 1) === 48) from += 2
  return byte((start + WORD - from) / 2) + hex.slice(from, start + WORD)
}

/**
 * The body in a packed log.
 * @throws FtError event_undecodable when the text is not one
 */
export function unpackLog(packed: string): LogBody {
  const reader = new HexReader(Buffer.from(packed, 'base64').toString('hex'))
  if (reader.take(1) !== VERSION) throw undecodable('the packed log is of a version that is not known')
  const txIndex = reader.number(4)
  const topics = Array.from({ length: reader.number(1) }, () => `0x${reader.topic()}`)
  const bytes = reader.number(4)
  const words: string[] = []
  for (let left = bytes; left >= 32; left -= 32) words.push(reader.word(reader.number(1)))
  const data = `0x${words.join('')}${reader.take(bytes % 32)}`
  reader.expectEnd()
  return { topics, data, txIndex }
}

class HexReader {
  readonly #hex: string
  #at = 0

  constructor(hex: string) {
    this.#hex = hex
  }

  take(bytes: number): string {
    const end = this.#at + bytes * 2
    if (end > this.#hex.length) throw undecodable('the packed log ends too early')
    const taken = this.#hex.slice(this.#at, end)
    this.#at = end
    return taken
  }

  number(bytes: number): number {
    return Number.parseInt(this.take(bytes), 16)
  }

  word(significant: number): string {
    if (significant > 32) throw undecodable(`a word of ${significant} bytes is in the packed log`)
    return this.take(significant).padStart(WORD, '0')
  }

  topic(): string {
    const code = this.number(1)
    if (code < 0x80) return this.word(code)
    const topic = common[code - 0x80]
    if (topic === undefined) throw undecodable(`topic ${code - 0x80} of the packed log is not among the common ones`)
    return topic.slice(2)
  }

  expectEnd(): void {
    if (this.#at < this.#hex.length) throw undecodable('something follows the packed log')
  }
}
