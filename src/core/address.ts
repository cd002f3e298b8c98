import { FtError } from './errors.js'
import { readFriendly, writeFriendly } from './friendlyAddress.js'

/** The families of chains; each has one canonical address form. */
export const chainKinds = ['evm', 'ton'] as const

export type ChainKind = (typeof chainKinds)[number]

const EVM_ADDRESS = /^0x[0-9a-f]{40}$/
const TON_ADDRESS = /^(-1|0):[0-9a-f]{64}$/

/** Any family's canonical address. */
export const CANONICAL_ADDRESS = /^(0x[0-9a-f]{40}|(0|-1):[0-9a-f]{64})$/

/** The EVM zero address: the other side of a mint and of a burn, and in prices the native currency. Never an owner. */
export const EVM_ZERO = '0x0000000000000000000000000000000000000000'

/** The same on TON: in prices the native currency. */
export const TON_ZERO = `0:${'0'.repeat(64)}`

/** The address that stands for the native currency in prices. */
export const NATIVE: Readonly<Record<ChainKind, string>> = { evm: EVM_ZERO, ton: TON_ZERO }

/** The TON accounts that nobody has the key of, and that a token is sent to so that it is gone. Never owners. */
const TON_BURN: ReadonlySet<string> = new Set([`0:${'0'.repeat(64)}`, `-1:${'0'.repeat(64)}`, `0:${'1'.repeat(64)}`])

/** Whether a canonical TON address is one of those that tokens are burned by being sent to. */
export function isTonBurnAddress(address: string): boolean {
  return TON_BURN.has(address)
}

/**
 * The canonical form of an address that somebody typed: EVM lower case, TON raw lower case `0:<64 hex>`. A TON address may also
 * come in the friendly form (TEP-2), bounceable or not, in either base64 alphabet; one for test networks is refused.
 * @throws FtError address_invalid naming the input and the accepted forms, or what is wrong with a friendly one
 */
export function parseAddress(kind: ChainKind, input: string): string {
  return parsers[kind](input)
}

const parsers: Readonly<Record<ChainKind, (input: string) => string>> = { evm: parseEvm, ton: parseTon }

function parseEvm(input: string): string {
  const address = input.trim().toLowerCase()
  if (EVM_ADDRESS.test(address)) return address
  throw invalid(input, 'an EVM address is 0x followed by 40 hexadecimal digits')
}

function parseTon(input: string): string {
  const address = input.trim().toLowerCase()
  if (TON_ADDRESS.test(address)) return address
  const friendly = readFriendly(input.trim())
  if (typeof friendly === 'object') return friendly.raw
  throw invalid(input, friendly)
}

/**
 * The friendly form of a canonical TON address, url-safe; null for an address of another chain. Contracts are shown bounceable
 * (`EQ…`), accounts not (`UQ…`): what is sent to a wallet that does not exist yet must not come back.
 */
export function friendlyAddress(address: string, bounceable: boolean): string | null {
  return TON_ADDRESS.test(address) ? writeFriendly(address, bounceable) : null
}

function invalid(input: string, expected: string): FtError {
  return new FtError('address_invalid', `"${input.slice(0, 100)}" is not an address: ${expected}`, {
    details: { input: input.slice(0, 100) },
  })
}

/**
 * The bytes of a canonical address as PostgreSQL bytea text (`\x…`): 20 bytes for EVM; for TON one byte of workchain
 * (two's complement) and the 32 bytes of the account.
 * @throws FtError internal for what is none: of another workchain it would be somebody else's
 */
export function addressToBytea(address: string): string {
  if (address.startsWith('0x')) return `\\x${address.slice(2)}`
  if (!TON_ADDRESS.test(address)) throw new FtError('internal', `"${address}" is not a canonical address`)
  const [workchain, account] = address.split(':')
  return `\\x${workchain === '-1' ? 'ff' : '00'}${account}`
}

/** What `addressToBytea` gives, in SQL: of a TON address in its canonical form (an expression of type text). */
export function tonToBytea(address: string): string {
  return `decode(replace(replace(${address}, '-1:', 'ff'), '0:', '00'), 'hex')`
}

/** The canonical form of a TON address that is stored, in SQL (an expression of type bytea). */
export function tonFromBytea(stored: string): string {
  return `CASE get_byte(${stored}, 0) WHEN 255 THEN '-1:' ELSE '0:' END || substr(encode(${stored}, 'hex'), 3)`
}

/** The canonical address of bytes read from the database (`0x…` hex as `core/db` gives them): the length names the family. */
export function addressFromHex(hex: string): string {
  if (hex.length !== 68) return hex
  const workchain = (Number(hex.slice(0, 4)) << 24) >> 24
  return `${workchain}:${hex.slice(4)}`
}
