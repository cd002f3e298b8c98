import type { Cell, Slice } from '@ton/core'
import { undecodable } from './cells.js'

/**
 * The first entries of a dictionary, in the order of their keys of `keyBits` bits. Never all of them: subtrees can be the same cell, so
 * that a few hundred cells hold 2^256 entries, and anybody can deploy them.
 * @throws FtError event_undecodable, or what the cells throw that hold no dictionary
 */
export function firstEntries<T>(
  root: Cell,
  keyBits: number,
  most: number,
  read: (value: Slice) => T,
): readonly (readonly [key: bigint, value: T])[] {
  const entries: [bigint, T][] = []
  const open = [{ cell: root, path: '' }]
  for (let next = open.pop(); next !== undefined && entries.length < most; next = open.pop()) {
    const slice = next.cell.beginParse()
    const path = next.path + labelOf(slice, keyBits - next.path.length)
    if (path.length === keyBits) {
      entries.push([BigInt(`0b${path}`), read(slice)])
      continue
    }
    const [left, right] = [slice.loadRef(), slice.loadRef()]
    open.push({ cell: right, path: `${path}1` }, { cell: left, path: `${path}0` })
  }
  return entries
}

/** The bits of the key that all entries below share, of at most `most` (TL-B `HmLabel`: short, long, or one bit again and again). */
function labelOf(slice: Slice, most: number): string {
  const isShort = !slice.loadBit()
  const isSame = !isShort && slice.loadBit()
  const same = isSame ? bitOf(slice) : null
  const length = isShort ? unary(slice) : slice.loadUint(32 - Math.clz32(most))
  if (length > most) throw undecodable('a label of a dictionary is longer than its keys')
  return same === null ? Array.from({ length }, () => bitOf(slice)).join('') : same.repeat(length)
}

function bitOf(slice: Slice): '0' | '1' {
  return slice.loadBit() ? '1' : '0'
}

function unary(slice: Slice): number {
  let length = 0
  while (slice.loadBit()) length += 1
  return length
}
