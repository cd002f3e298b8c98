import { FtError } from './errors.js'

/** The families of chains; each has one canonical address form. */
export type ChainKind = 'evm' | 'ton'

const EVM_ADDRESS = /^0x[0-9a-f]{40}$/
const TON_ADDRESS = /^(-1|0):[0-9a-f]{64}$/

/** The EVM zero address: the other side of a mint and of a burn, and in prices the native currency. Never an owner. */
export const EVM_ZERO = '0x0000000000000000000000000000000000000000'

/**
 * The canonical form of an address that somebody typed: EVM lower case, TON raw lower case `0:<64 hex>`.
 * @throws FtError address_invalid naming the input and the accepted forms
 */
export function parseAddress(kind: ChainKind, input: string): string {
  const address = input.trim().toLowerCase()
  if (kind === 'evm') {
    if (EVM_ADDRESS.test(address)) return address
    throw invalid(input, 'an EVM address is 0x followed by 40 hexadecimal digits')
  }
  if (TON_ADDRESS.test(address)) return address
  throw invalid(input, 'a TON address is 0: (or -1:) followed by 64 hexadecimal digits')
}

function invalid(input: string, expected: string): FtError {
  return new FtError('address_invalid', `"${input.slice(0, 100)}" is not an address: ${expected}`, {
    details: { input: input.slice(0, 100) },
  })
}

/**
 * The bytes of a canonical address as PostgreSQL bytea text (`\x…`): 20 bytes for EVM; for TON one byte of workchain
 * (two's complement) and the 32 bytes of the account.
 */
export function addressToBytea(address: string): string {
  if (address.startsWith('0x')) return `\\x${address.slice(2)}`
  const colon = address.indexOf(':')
  return `\\x${address.startsWith('-1') ? 'ff' : '00'}${address.slice(colon + 1)}`
}

/** The canonical address of bytes read from the database (`0x…` hex as `core/db` gives them): the length names the family. */
export function addressFromHex(hex: string): string {
  if (hex.length !== 68) return hex
  return `${hex.startsWith('0xff') ? '-1' : '0'}:${hex.slice(4)}`
}
