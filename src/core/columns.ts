import { FtError } from './errors.js'

/**
 * One parameter of a set-based statement (`unnest($1::uuid[], $2::bigint[], …)`): an array of the database with one item per row. All but
 * `text` are in PostgreSQL's binary form, which it takes without parsing; a column of another type than the statement's cast is refused.
 */
export type Column<R> = (rows: readonly R[]) => Parameter

export type Parameter = Buffer | string

type Pick<R, V> = (row: R) => V | null

/** How items of a type are written; sources: `uuid_recv`, `int8recv`, `numeric_recv`, … of PostgreSQL. */
interface Type<V> {
  /** Fixed numbers of `pg_type`. */
  readonly oid: number
  /** Bytes that `write` will fill. */
  readonly size: (value: V) => number
  readonly write: (to: Buffer, at: number, value: V) => void
}

/** The parameters of a statement over `rows`, in the order of its `$n`. */
export function columns<R>(rows: readonly R[], ...of: readonly Column<R>[]): Parameter[] {
  return of.map((column) => column(rows))
}

/** UUIDs in their text form, with hyphens. */
export const uuid = <R>(pick: Pick<R, string>): Column<R> => binary(UUID, pick)

/** Integers up to 2^53 as numbers, others as bigint. */
export const bigint = <R>(pick: Pick<R, number | bigint>): Column<R> => binary(BIGINT, pick)

export const integer = <R>(pick: Pick<R, number>): Column<R> => binary(INTEGER, pick)

export const smallint = <R>(pick: Pick<R, number>): Column<R> => binary(SMALLINT, pick)

export const boolean = <R>(pick: Pick<R, boolean>): Column<R> => binary(BOOLEAN, pick)

/** Bytes as `0x…`, the form in which `core/db` gives them, or TON addresses in canonical form (`core/address`). */
export const bytea = <R>(pick: Pick<R, string>): Column<R> => binary(BYTEA, pick)

export const timestamptz = <R>(pick: Pick<R, Date>): Column<R> => binary(TIMESTAMPTZ, pick)

/** Whole numbers of any size, as bigint or in decimal digits. */
export const numeric = <R>(pick: Pick<R, string | bigint>): Column<R> =>
  binary(NUMERIC, (row: R) => {
    const value = pick(row)
    return value === null ? null : String(value)
  })

/** JSON texts. */
export const jsonb = <R>(pick: Pick<R, string>): Column<R> => binary(JSONB, pick)

/** Texts, and what is made of text: enums, json, timestamps. */
export const text =
  <R>(pick: Pick<R, string>): Column<R> =>
  (rows) =>
    `{${rows.map((row) => itemText(pick(row))).join(',')}}`

const PLAIN = /^[0-9A-Za-z-]+$/

function itemText(item: string | null): string {
  if (item === null) return 'NULL'
  if (PLAIN.test(item) && !/^null$/i.test(item)) return item
  return `"${item.replace(/["\\]/g, '\\$&')}"`
}

/** `array_recv`: dimensions, flags (1: may hold NULL), type of the items, how many, first subscript; then length and bytes of each. */
const HEADER = 20
const LENGTH = 4

function binary<R, V>(type: Type<V>, pick: Pick<R, V>): Column<R> {
  return (rows) => {
    const values = rows.map(pick)
    const size = values.reduce((sum, value) => sum + LENGTH + (value === null ? 0 : type.size(value)), HEADER)
    const array = Buffer.allocUnsafe(size)
    for (const [index, field] of [1, 1, type.oid, rows.length, 1].entries()) array.writeInt32BE(field, index * 4)
    let at = HEADER
    for (const value of values) {
      const length = value === null ? -1 : type.size(value)
      array.writeInt32BE(length, at)
      at += LENGTH
      if (value === null) continue
      type.write(array, at, value)
      at += length
    }
    return array
  }
}

/** Values of hexadecimal digits by character code; 255 for every other character. */
const DIGITS = new Uint8Array(0x1_00_00).fill(255)
for (const [value, digit] of [...'0123456789abcdef'].entries()) DIGITS[digit.charCodeAt(0)] = value

/** Writes the bytes of `hex` from its `start` on. @throws FtError internal when `hex` holds anything else than pairs of lower-case digits */
function writeHex(to: Buffer, at: number, hex: string, start: number, bytes: number): void {
  let seen = 0
  for (let index = 0; index < bytes; index += 1) {
    const high = DIGITS[hex.charCodeAt(start + 2 * index)] ?? 255
    const low = DIGITS[hex.charCodeAt(start + 2 * index + 1)] ?? 255
    seen |= high | low
    to[at + index] = (high << 4) | low
  }
  if (seen > 15) throw notA('text of bytes', hex)
}

function notA(what: string, value: unknown): FtError {
  return new FtError('internal', `${JSON.stringify(String(value))} is not a ${what}: it cannot be stored`)
}

const UUID: Type<string> = {
  oid: 2950,
  size: () => 16,
  write: (to, at, value) => {
    if (value.length !== 36) throw notA('UUID', value)
    writeHex(to, at, value, 0, 4)
    writeHex(to, at + 4, value, 9, 2)
    writeHex(to, at + 6, value, 14, 2)
    writeHex(to, at + 8, value, 19, 2)
    writeHex(to, at + 10, value, 24, 6)
  },
}

const BIGINT: Type<number | bigint> = {
  oid: 20,
  size: () => 8,
  write: (to, at, value) => {
    if (typeof value === 'bigint') {
      to.writeBigInt64BE(value, at)
      return
    }
    if (!Number.isSafeInteger(value)) throw notA('whole number below 2^53', value)
    const high = Math.floor(value / 2 ** 32)
    to.writeInt32BE(high, at)
    to.writeUInt32BE(value - high * 2 ** 32, at + 4)
  },
}

const INTEGER: Type<number> = { oid: 23, size: () => 4, write: (to, at, value) => to.writeInt32BE(value, at) }

const SMALLINT: Type<number> = { oid: 21, size: () => 2, write: (to, at, value) => to.writeInt16BE(value, at) }

const BOOLEAN: Type<boolean> = { oid: 16, size: () => 1, write: (to, at, value) => to.writeUInt8(value ? 1 : 0, at) }

const TON_BYTES = 33

/** Of a TON address: a byte for the workchain, two's complement, and the 32 bytes of the account. */
const BYTEA: Type<string> = {
  oid: 17,
  size: (value) => (value.startsWith('0x') ? value.length / 2 - 1 : TON_BYTES),
  write: (to, at, value) => {
    if (value.startsWith('0x')) {
      if (value.length % 2 !== 0) throw notA('text of bytes', value)
      writeHex(to, at, value, 2, value.length / 2 - 1)
      return
    }
    const colon = value.indexOf(':')
    if (colon < 1 || value.length !== colon + 65) throw notA('canonical address', value)
    to.writeInt8(Number(value.slice(0, colon)), at)
    writeHex(to, at + 1, value, colon + 1, TON_BYTES - 1)
  },
}

/** Microseconds since 2000. */
const TIMESTAMPTZ: Type<Date> = {
  oid: 1184,
  size: () => 8,
  write: (to, at, value) => {
    if (Number.isNaN(value.getTime())) throw notA('time', value)
    to.writeBigInt64BE(BigInt(value.getTime() - Date.UTC(2000, 0, 1)) * 1000n, at)
  },
}

/** In groups of four decimal digits: how many, the power of 10,000 of the first, the sign, digits after the point; then the groups. */
const NUMERIC: Type<string> = {
  oid: 1700,
  size: (value) => 8 + 2 * Math.ceil((value.length - (value.startsWith('-') ? 1 : 0)) / 4),
  write: (to, at, value) => {
    const start = value.startsWith('-') ? 1 : 0
    const groups = Math.ceil((value.length - start) / 4)
    if (groups === 0) throw notA('whole number', value)
    to.writeInt16BE(groups, at)
    to.writeInt16BE(groups - 1, at + 2)
    to.writeInt16BE(start === 1 ? 0x4000 : 0, at + 4)
    to.writeInt16BE(0, at + 6)
    let end = value.length - 4 * (groups - 1)
    let index = start
    for (let group = 0; group < groups; group += 1, end += 4) {
      let digits = 0
      for (; index < end; index += 1) {
        const digit = DIGITS[value.charCodeAt(index)] ?? 255
        if (digit > 9) throw notA('whole number', value)
        digits = 10 * digits + digit
      }
      to.writeInt16BE(digits, at + 8 + 2 * group)
    }
  },
}

/** A version, and the text. */
const JSONB: Type<string> = {
  oid: 3802,
  size: (value) => 1 + Buffer.byteLength(value),
  write: (to, at, value) => {
    to.writeUInt8(1, at)
    to.write(value, at + 1)
  },
}
