import { type Address, beginCell, Cell, type Slice } from '@ton/core'
import { FtError, isFtError, messageOf } from '../../core/errors.js'

/** The error for a cell that does not hold what its operation says. */
export function undecodable(why: string): FtError {
  return new FtError('event_undecodable', why)
}

const BOC_MAGIC = /^(?:b5ee9c72|68ff65f3|acc3a728)/i

/**
 * The cell of a message body in hexadecimal. TonAPI writes a bag of cells, but the bare bytes of a text comment.
 * @throws FtError event_undecodable
 */
export function bodyCell(hex: string): Cell {
  if (!BOC_MAGIC.test(hex)) return textCell(hex)
  try {
    const [root] = Cell.fromBoc(Buffer.from(hex, 'hex'))
    if (root === undefined) throw new Error('it has no root')
    return root
  } catch (error) {
    throw undecodable(`the body is no bag of cells: ${messageOf(error)}`)
  }
}

/** A comment that does not fit into one cell goes on in the next; for its operation and commands the first is enough. */
function textCell(hex: string): Cell {
  return beginCell().storeBuffer(Buffer.from(hex, 'hex').subarray(0, 127)).endCell()
}

/** The operation of a body: its first 32 bits; null when it has fewer, or is a cell that is not read as it stands (exotic). */
export function opOf(body: Cell): number | null {
  return body.isExotic || body.bits.length < 32 ? null : body.beginParse().loadUint(32)
}

/** Reads from a body what an operation consists of. @throws FtError event_undecodable when it is not there */
export function reading<T>(what: string, body: Cell, read: (slice: Slice) => T): T {
  try {
    return read(body.beginParse())
  } catch (error) {
    throw undecodable(`the body is no ${what}: ${messageOf(error)}`)
  }
}

/** What is read; null where the cells do not hold it. */
export function ifReadable<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (isFtError(error, 'event_undecodable')) return null
    throw error
  }
}

/** The raw address that comes next; null for addr_none. @throws FtError event_undecodable as `rawOf` */
export function loadRaw(slice: Slice): string | null {
  return rawOf(slice.loadMaybeAddress())
}

/**
 * The raw form of an address.
 * @throws FtError event_undecodable for one of another workchain than 0 and -1: a message can name it, but nobody can be there
 */
export function rawOf(address: Address | null): string | null {
  if (address === null) return null
  const { workChain, hash } = address
  if (workChain !== 0 && workChain !== -1) throw undecodable(`workchain ${workChain} does not exist`)
  return `${workChain}:${hash.toString('hex')}`
}

/**
 * Code and data of a StateInit in a bag of cells, and the hash of the code in hexadecimal; null when it is none. The libraries that
 * follow are left alone: they are a dictionary, as large as `firstEntries` says.
 */
export function stateInitOf(
  boc: string,
): { readonly code: Cell; readonly data: Cell; readonly codeHash: string } | null {
  try {
    const [root] = Cell.fromBoc(Buffer.from(boc, 'hex'))
    if (root === undefined) return null
    const slice = root.beginParse()
    if (slice.loadBit()) slice.skip(5)
    if (slice.loadBit()) slice.skip(2)
    const [code, data] = [slice.loadMaybeRef(), slice.loadMaybeRef()]
    return code && data ? { code, data, codeHash: code.hash().toString('hex') } : null
  } catch {
    return null
  }
}
