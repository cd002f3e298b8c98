import { FtError } from './errors.js'

/**
 * One parameter of a set-based statement (`unnest($1::uuid[], $2::bigint[], …)`): an array of the database with one item per row. All but
 * `text` are in PostgreSQL's binary form, which it takes without parsing; a column of another type than the statement's cast is refused.
 */
export type Column<R> = (rows: readonly R[]) => Parameter

export type Parameter = Buffer | string

type Getter<R, V> = (row: R) => V | null

/** The parameters of a statement over `rows`, in the order of its `$n`. */
export function columns<R>(rows: readonly R[], ...of: readonly Column<R>[]): Parameter[] {
  return of.map((column) => column(rows))
}

/** UUIDs in their text form, lower case and with hyphens. @throws FtError internal when a value is none; so do the others */
export const uuid =
  <R>(pick: Getter<R, string>): Column<R> =>
  (rows) =>
    byteArray(UUID, rows, pick, () => 16, writeUuid)

/** Bytes as `0x…`, the form in which `core/db` gives them, or TON addresses in canonical form (`core/address`). */
export const bytea =
  <R>(pick: Getter<R, string>): Column<R> =>
  (rows) =>
    byteArray(BYTEA, rows, pick, (value) => (value.startsWith('0x') ? value.length / 2 - 1 : TON_BYTES), writeBytes)

/** Integers up to 2^53 as numbers, others as bigint. */
export const bigint =
  <R>(pick: Getter<R, number | bigint>): Column<R> =>
  (rows) =>
    wordArray(BIGINT, rows, pick, 2, writeBigint)

/** Whole numbers of 32 bits. */
export const integer =
  <R>(pick: Getter<R, number>): Column<R> =>
  (rows) =>
    wordArray(INTEGER, rows, pick, 1, writeInteger)

/** Whole numbers of 16 bits. */
export const smallint =
  <R>(pick: Getter<R, number>): Column<R> =>
  (rows) =>
    byteArray(SMALLINT, rows, pick, () => 2, writeSmallint)

/** Truth values. */
export const boolean =
  <R>(pick: Getter<R, boolean>): Column<R> =>
  (rows) =>
    byteArray(BOOLEAN, rows, pick, () => 1, writeBoolean)

/** Times, to the millisecond. */
export const timestamptz =
  <R>(pick: Getter<R, Date>): Column<R> =>
  (rows) =>
    byteArray(TIMESTAMPTZ, rows, pick, () => 8, writeTime)

/** Whole numbers of any size, as bigint or in decimal digits. */
export const numeric =
  <R>(pick: Getter<R, string | bigint>): Column<R> =>
  (rows) =>
    byteArray(NUMERIC, rows, (row) => pick(row)?.toString() ?? null, numericBytes, writeNumeric)

/** JSON texts, kept as they are written. */
export const json =
  <R>(pick: Getter<R, string>): Column<R> =>
  (rows) =>
    byteArray(JSON_TEXT, rows, pick, (value) => Buffer.byteLength(value), writeText)

/** JSON texts. */
export const jsonb =
  <R>(pick: Getter<R, string>): Column<R> =>
  (rows) =>
    byteArray(JSONB, rows, pick, (value) => 1 + Buffer.byteLength(value), writeJson)

/** Texts, and what is made of text: enums. */
export const text =
  <R>(pick: Getter<R, string>): Column<R> =>
  (rows) =>
    `{${rows.map((row) => itemText(pick(row))).join(',')}}`

const PLAIN = /^[0-9A-Za-z-]+$/

function itemText(item: string | null): string {
  if (item === null) return 'NULL'
  if (PLAIN.test(item) && !/^null$/i.test(item)) return item
  return `"${item.replace(/["\\]/g, '\\$&')}"`
}

/** Fixed numbers of `pg_type`. */
const BOOLEAN = 16
const BYTEA = 17
const BIGINT = 20
const SMALLINT = 21
const INTEGER = 23
const JSON_TEXT = 114
const TIMESTAMPTZ = 1184
const NUMERIC = 1700
const UUID = 2950
const JSONB = 3802

/*
 * An array in binary form (`array_recv`) is a header, then length and bytes of each item; the length -1 is NULL. Whole
 * numbers are written as words whose bytes are then swapped at once, everything else byte by byte: a backfill writes some sixty items for each
 * event.
 */
const NULL = -1
/** Dimensions, flags (1: may hold NULL), type of the items, how many, first subscript: words of four bytes. */
const header = (type: number, items: number): number[] => [1, 1, type, items, 1]
const HEADER_BYTES = 20

function wordArray<R, V>(
  type: number,
  rows: readonly R[],
  pick: Getter<R, V>,
  words: number,
  write: (to: Int32Array, at: number, value: V) => void,
): Buffer {
  const array = new Int32Array(HEADER_BYTES / 4 + rows.length * (1 + words))
  array.set(header(type, rows.length))
  let at = HEADER_BYTES / 4
  for (const row of rows) {
    const value = pick(row)
    array[at] = value === null ? NULL : 4 * words
    at += 1
    if (value === null) continue
    write(array, at, value)
    at += words
  }
  return Buffer.from(array.buffer, 0, at * 4).swap32()
}

function writeInteger(to: Int32Array, at: number, value: number): void {
  if ((value | 0) !== value) throw notA('whole number of 32 bits', value)
  to[at] = value
}

function writeBigint(to: Int32Array, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw notA('whole number of 64 bits', value)
    to[at] = Number(value >> 32n)
    to[at + 1] = Number(BigInt.asIntN(32, value))
    return
  }
  if (!Number.isSafeInteger(value)) throw notA('whole number below 2^53', value)
  to[at] = Math.floor(value / 2 ** 32)
  to[at + 1] = value | 0
}

function byteArray<R, V>(
  type: number,
  rows: readonly R[],
  pick: Getter<R, V>,
  size: (value: V) => number,
  write: (to: Buffer, at: number, value: V) => void,
): Buffer {
  const values = rows.map(pick)
  const sizes = values.map((value) => (value === null ? NULL : size(value)))
  const array = Buffer.allocUnsafe(sizes.reduce((sum, bytes) => sum + 4 + Math.max(0, bytes), HEADER_BYTES))
  for (const [index, word] of header(type, rows.length).entries()) array.writeInt32BE(word, index * 4)
  let at = HEADER_BYTES
  for (const [index, value] of values.entries()) {
    const bytes = sizes[index] ?? NULL
    array.writeInt32BE(bytes, at)
    at += 4
    if (value === null) continue
    write(array, at, value)
    at += bytes
  }
  return array
}

/** Values of hexadecimal digits by character code; 255 for every other character. */
const DIGITS = new Uint8Array(0x1_00_00).fill(255)
for (const [value, digit] of [...'0123456789abcdef'].entries()) DIGITS[digit.charCodeAt(0)] = value

/** Writes bytes that `hex` holds from `start` on; above 15 when there is something else than lower-case digits. */
function writeHex(to: Buffer, at: number, hex: string, start: number, bytes: number): number {
  let seen = 0
  for (let index = 0; index < bytes; index += 1) {
    const high = DIGITS[hex.charCodeAt(start + 2 * index)] as number
    const low = DIGITS[hex.charCodeAt(start + 2 * index + 1)] as number
    seen |= high | low
    to[at + index] = (high << 4) | low
  }
  return seen
}

function writeUuid(to: Buffer, at: number, value: string): void {
  const seen =
    writeHex(to, at, value, 0, 4) |
    writeHex(to, at + 4, value, 9, 2) |
    writeHex(to, at + 6, value, 14, 2) |
    writeHex(to, at + 8, value, 19, 2) |
    writeHex(to, at + 10, value, 24, 6)
  if (seen > 15 || value.length !== 36) throw notA('UUID', value)
}

const TON_BYTES = 33

function writeBytes(to: Buffer, at: number, value: string): void {
  if (value.startsWith('0x')) {
    const seen = writeHex(to, at, value, 2, value.length / 2 - 1)
    if (seen > 15 || value.length % 2 !== 0) throw notA('text of bytes', value)
    return
  }
  // A byte for the workchain, two's complement, and the 32 bytes of the account
  const prefix = value.startsWith('0:') ? 2 : value.startsWith('-1:') ? 3 : 0
  if (prefix === 0 || value.length !== prefix + 64) throw notA('canonical address', value)
  to.writeInt8(prefix === 2 ? 0 : -1, at)
  if (writeHex(to, at + 1, value, prefix, TON_BYTES - 1) > 15) throw notA('canonical address', value)
}

function writeSmallint(to: Buffer, at: number, value: number): void {
  if ((value << 16) >> 16 !== value) throw notA('whole number of 16 bits', value)
  to.writeInt16BE(value, at)
}

function writeBoolean(to: Buffer, at: number, value: boolean): void {
  to[at] = value ? 1 : 0
}

/** Microseconds since 2000. */
function writeTime(to: Buffer, at: number, value: Date): void {
  if (Number.isNaN(value.getTime())) throw notA('time', value)
  to.writeBigInt64BE(BigInt(value.getTime() - Date.UTC(2000, 0, 1)) * 1000n, at)
}

function writeText(to: Buffer, at: number, value: string): void {
  to.write(value, at)
}

/** A version, and the text. */
function writeJson(to: Buffer, at: number, value: string): void {
  to[at] = 1
  to.write(value, at + 1)
}

function isNegative(value: string): boolean {
  return value.charCodeAt(0) === 45
}

function numericBytes(value: string): number {
  return 8 + 2 * Math.ceil((value.length - (isNegative(value) ? 1 : 0)) / 4)
}

/** In groups of four decimal digits: how many, the power of 10,000 of the first, the sign, digits after the point; then the groups. */
function writeNumeric(to: Buffer, at: number, value: string): void {
  const groups = (numericBytes(value) - 8) / 2
  if (groups === 0) throw notA('whole number', value)
  to.writeInt16BE(groups, at)
  to.writeInt16BE(groups - 1, at + 2)
  to.writeInt16BE(isNegative(value) ? 0x4000 : 0, at + 4)
  to.writeInt16BE(0, at + 6)
  let index = isNegative(value) ? 1 : 0
  let end = value.length - 4 * (groups - 1)
  for (let group = 0; group < groups; group += 1, end += 4) {
    let digits = 0
    for (; index < end; index += 1) {
      const digit = value.charCodeAt(index) - 48
      if (digit < 0 || digit > 9) throw notA('whole number', value)
      digits = 10 * digits + digit
    }
    to.writeInt16BE(digits, at + 8 + 2 * group)
  }
}

function notA(what: string, value: unknown): FtError {
  return new FtError('internal', `${JSON.stringify(String(value))} is not a ${what}: it cannot be stored`)
}
