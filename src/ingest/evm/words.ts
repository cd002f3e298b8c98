import { FtError } from '../../core/errors.js'

/*
 * Reading ABI-encoded data by hand: 32-byte words out of lower-case hex text. Every read is bounds-checked, because the data
 * is whatever a contract chose to emit. Offsets and lengths are in bytes.
 */

const WORD = 64
const NO_UPPER_BYTES = '0x000000000000000000000000'

/** The error for data that does not have the shape its event promises; `parse` turns it into a ParseFailure. */
export function undecodable(reason: string): FtError {
  return new FtError('event_undecodable', reason)
}

/**
 * The 64 hex digits of the word at a byte offset of `data` (`0x…`).
 * @throws FtError event_undecodable when the data ends before
 */
export function wordAt(data: string, offset: number): string {
  const start = 2 + offset * 2
  if (start + WORD > data.length) {
    throw undecodable(`data of ${(data.length - 2) / 2} bytes ends before the word at byte ${offset}`)
  }
  return data.slice(start, start + WORD)
}

/** The unsigned 256-bit integer at a byte offset. @throws FtError event_undecodable */
export function uintAt(data: string, offset: number): bigint {
  return BigInt(`0x${wordAt(data, offset)}`)
}

/** An offset, length or small enumeration at a byte offset. @throws FtError event_undecodable when it is beyond any data */
export function sizeAt(data: string, offset: number): number {
  const size = Number.parseInt(wordAt(data, offset), 16)
  if (size > 0xffffffff) throw undecodable(`the number at byte ${offset} is too large for an offset or a length`)
  return size
}

/** The address at a byte offset. @throws FtError event_undecodable when its upper 12 bytes are not zero */
export function addressAt(data: string, offset: number): string {
  return addressOf(`0x${wordAt(data, offset)}`)
}

/** The address in an indexed argument. @throws FtError event_undecodable when it is missing or its upper 12 bytes are not zero */
export function addressOf(topic: string | undefined): string {
  if (topic === undefined) throw undecodable('an indexed address is missing')
  if (!topic.startsWith(NO_UPPER_BYTES))
    throw undecodable(`${topic} is not an address: its upper 12 bytes are not zero`)
  return `0x${topic.slice(26)}`
}

/** The unsigned integer in an indexed argument. @throws FtError event_undecodable when it is missing */
export function uintOf(topic: string | undefined): bigint {
  if (topic === undefined) throw undecodable('an indexed number is missing')
  return BigInt(topic)
}

/** Where a dynamic array lies: the byte offset of its first element and its length in elements. */
interface ArrayPlace {
  readonly start: number
  readonly length: number
}

/**
 * Finds the bytes or text whose offset word is at `head`; the offset counts from `base`. `length` is in bytes.
 * @throws FtError event_undecodable when offset or length point beyond the data
 */
export function bytesAt(data: string, head: number, base: number): ArrayPlace {
  return placeAt(data, { head, base }, 1)
}

/**
 * Finds the dynamic array whose offset word is at `head`; the offset counts from `base`. `elementWords` is the size of one element.
 * @throws FtError event_undecodable when offset or length point beyond the data
 */
export function arrayAt(data: string, head: number, base: number, elementWords: number): ArrayPlace {
  return placeAt(data, { head, base }, elementWords * 32)
}

function placeAt(
  data: string,
  { head, base }: { readonly head: number; readonly base: number },
  elementBytes: number,
): ArrayPlace {
  const place = base + sizeAt(data, head)
  const length = sizeAt(data, place)
  const start = place + 32
  const available = (data.length - 2) / 2 - start
  if (length * elementBytes > available) {
    throw undecodable(`an array of ${length} elements at byte ${place} is longer than the data`)
  }
  return { start, length }
}
