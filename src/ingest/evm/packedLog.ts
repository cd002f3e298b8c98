import { TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE } from './topics.js'
import { undecodable } from './words.js'

/*
 * The stored form of a log: topics, data and transaction index as base64, about a sixth of their JSON. Ids, amounts and padded
 * addresses are mostly leading zeros, and most logs have one of three first topics.
 *
 *   version (02), transaction index, number of topics, topics, length of the data in bytes, its words, what is left of the data
 *
 * The two numbers are LEB128: seven bits a byte, the lowest first, 0x80 set where another one follows. A topic or a word is one byte n
 * and its last n bytes, the others being zero, or one byte 0x40 + i where it says again what the i-th topic says (operator and sender are
 * mostly one account). A topic may also be one byte 0x80 + i, the i-th of `common`.
 *
 * Version 01, which is read as well, has numbers of four bytes and says nothing again.
 */

const VERSION = '02'
const FIRST_VERSION = '01'
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
  const parts = [VERSION, leb128(txIndex), byte(topics.length)]
  const said: string[] = []
  for (const topic of topics) {
    const packed = commonCodes.get(topic) ?? packWord(topic, 2)
    parts.push(again(packed, said))
    said.push(packed)
  }
  parts.push(leb128(digits / 2))
  let at = 2
  for (; at + WORD <= data.length; at += WORD) parts.push(again(packWord(data, at), said))
  parts.push(data.slice(at))
  return Buffer.from(parts.join(''), 'hex').toString('base64')
}

/** A packed word, or that it is one of the topics (a log has four at most). */
function again(packed: string, topics: readonly string[]): string {
  const topic = packed.length > 4 ? topics.indexOf(packed) : -1
  return topic < 0 ? packed : byte(0x40 + topic)
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

function leb128(value: number): string {
  let text = ''
  let left = value
  for (; left > 0x7f; left = Math.floor(left / 0x80)) text += byte(0x80 + (left % 0x80))
  return text + byte(left)
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
  const version = reader.take(1)
  if (version !== VERSION && version !== FIRST_VERSION) {
    throw undecodable('the packed log is of a version that is not known')
  }
  const number = (): number => (version === FIRST_VERSION ? reader.uint(4) : reader.leb128())
  const txIndex = number()
  const topics: string[] = []
  for (let left = reader.uint(1); left > 0; left -= 1) topics.push(reader.topic(topics))
  const bytes = number()
  const words: string[] = []
  for (let left = bytes; left >= 32; left -= 32) words.push(reader.word(reader.uint(1), topics))
  const data = `0x${words.join('')}${reader.take(bytes % 32)}`
  reader.expectEnd()
  return { topics: topics.map((topic) => `0x${topic}`), data, txIndex }
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

  uint(bytes: number): number {
    return Number.parseInt(this.take(bytes), 16)
  }

  leb128(): number {
    let value = 0
    for (let unit = 1; unit < 2 ** 35; unit *= 0x80) {
      const part = this.uint(1)
      value += (part % 0x80) * unit
      if (part < 0x80) return value
    }
    throw undecodable('a number of more than five bytes is in the packed log')
  }

  word(code: number, topics: readonly string[]): string {
    if (code <= 32) return this.take(code).padStart(WORD, '0')
    const topic = code < 0x40 ? undefined : topics[code - 0x40]
    if (topic === undefined) throw undecodable(`a word of ${code} bytes is in the packed log`)
    return topic
  }

  topic(before: readonly string[]): string {
    const code = this.uint(1)
    if (code < 0x80) return this.word(code, before)
    const topic = common[code - 0x80]
    if (topic === undefined) throw undecodable(`topic ${code - 0x80} of the packed log is not among the common ones`)
    return topic.slice(2)
  }

  expectEnd(): void {
    if (this.#at < this.#hex.length) throw undecodable('something follows the packed log')
  }
}
