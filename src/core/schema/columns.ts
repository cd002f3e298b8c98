import { customType, timestamp } from 'drizzle-orm/pg-core'
import { addressFromHex, addressToBytea } from '../address.js'
import { FtError } from '../errors.js'

/*
 * Column types of our own. Drizzle's node-postgres driver bypasses the parsers of our pool and uses pg's global ones: bytea
 * arrives as a Buffer, int8 and numeric as text. The conversions therefore belong to the columns.
 */

/** bytea ↔ canonical address: 20 bytes are EVM (`0x…`), 33 bytes TON raw (`0:…`, workchain in the first byte). */
export const address = customType<{ data: string; driverData: Uint8Array | string }>({
  dataType: () => 'bytea',
  toDriver: addressToBytea,
  fromDriver: (bytes) => addressFromHex(toHex(bytes)),
})

/** bytea ↔ lower-case `0x…` hexadecimal. */
export const hash = customType<{ data: string; driverData: Uint8Array | string }>({
  dataType: () => 'bytea',
  toDriver: (hex) => `\\x${hex.slice(2)}`,
  fromDriver: toHex,
})

/** numeric(78, 0) ↔ bigint: what is one word of a contract, such as a token id or the quantity of one movement. */
export const numeric78 = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(78, 0)',
  toDriver: String,
  fromDriver: BigInt,
})

/** numeric ↔ bigint: quantities, and amounts of money in the smallest unit, that may be sums of such words. */
export const numericSum = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric',
  toDriver: String,
  fromDriver: BigInt,
})

/** bigint ↔ number, for block heights, positions and counts; beyond 2^53 it throws FtError internal. */
export const int8 = customType<{ data: number; driverData: string | number }>({
  dataType: () => 'bigint',
  fromDriver: (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value)) throw new FtError('internal', `int8 ${text} is beyond 2^53 and would lose digits`)
    return value
  },
})

/** int8multirange as PostgreSQL writes it: `{[1,5),[9,12)}`, lower bounds included, upper bounds not. */
export const int8multirange = customType<{ data: string; driverData: string }>({
  dataType: () => 'int8multirange',
})

/** nummultirange as PostgreSQL writes it: `{[1,5],[9,9]}`. */
export const nummultirange = customType<{ data: string; driverData: string }>({
  dataType: () => 'nummultirange',
})

/** timestamptz ↔ Date. */
export function timestamptz(name: string) {
  return timestamp(name, { withTimezone: true })
}

function toHex(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? `0x${bytes.slice(2)}` : `0x${Buffer.from(bytes).toString('hex')}`
}
