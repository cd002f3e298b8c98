import { Cell } from '@ton/core'
import { rawOf } from './cells.js'
import type { StackRecord } from './wire.js'

/* The values that get-methods give. A value of another type than expected is `undefined`: a contract can answer anything. */

/** An integer of any size. */
export function intAt(stack: readonly StackRecord[], index: number): bigint | undefined {
  const text = stack[index]?.num
  const match = text === undefined ? null : /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text)
  if (match === null) return undefined
  const value = BigInt(match[2] ?? '0')
  return match[1] === '-' ? -value : value
}

/** A raw address; null for addr_none, and for the null that some contracts give instead. */
export function addressAt(stack: readonly StackRecord[], index: number): string | null | undefined {
  const record = stack[index]
  if (record === undefined) return undefined
  if (record.type === 'null') return null
  const boc = record.slice ?? record.cell
  if (boc === undefined) return undefined
  try {
    const bytes = Buffer.from(boc, /^[0-9a-f]+$/i.test(boc) ? 'hex' : 'base64')
    return rawOf((Cell.fromBoc(bytes)[0] ?? Cell.EMPTY).beginParse().loadMaybeAddress())
  } catch {
    return undefined
  }
}
