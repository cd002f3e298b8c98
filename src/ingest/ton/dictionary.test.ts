import { beginCell, type Cell, Dictionary } from '@ton/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stateInitOf } from './cells.js'
import { firstEntries } from './dictionary.js'

const values = Dictionary.Values.Uint(32)
const numbers = (root: Cell, most: number) => firstEntries(root, 256, most, (slice) => slice.loadUint(32))

/** All 2^256 keys have an entry: both branches of every cell are the same cell. */
function endless(): Cell {
  let cell = beginCell().storeUint(0, 2).storeUint(7, 32).endCell()
  for (let depth = 0; depth < 256; depth += 1)
    cell = beginCell().storeUint(0, 2).storeRef(cell).storeRef(cell).endCell()
  return cell
}

describe('the first entries of a dictionary', () => {
  test('are those that the library reads, in its order', () => {
    const key = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.bigInt({ min: 0n, max: 300n }))
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        (keys, most) => {
          const dictionary = Dictionary.empty(Dictionary.Keys.BigUint(256), values)
          for (const [index, one] of keys.entries()) dictionary.set(one, index)
          const root = beginCell().storeDictDirect(dictionary).endCell()
          const all = Dictionary.loadDirect(Dictionary.Keys.BigUint(256), values, root)
          expect(numbers(root, most)).toEqual([...all].slice(0, most))
        },
      ),
      { seed: 7, numRuns: 200 },
    )
  })

  test('are read at once where a few cells hold more entries than there is time for', () => {
    expect(numbers(endless(), 3)).toEqual([
      [0n, 7],
      [1n, 7],
      [2n, 7],
    ])
  })

  test('of cells that hold no dictionary are an error, also where they only lead on', () => {
    const library = beginCell().storeUint(2, 8).storeUint(0n, 256).endCell({ exotic: true })
    let dead = library
    for (let depth = 0; depth < 60; depth += 1)
      dead = beginCell().storeUint(0, 2).storeRef(dead).storeRef(dead).endCell()
    expect(() => numbers(dead, 1)).toThrow('Exotic')
    // a short label of three bits where one is left
    expect(() => firstEntries(beginCell().storeUint(0b01110_000, 8).endCell(), 1, 1, () => null)).toThrow('longer')
  })
})

test('the libraries of a contract that is deployed are not read: they have no end', () => {
  const [code, data] = [beginCell().storeUint(1, 8).endCell(), beginCell().storeUint(2, 8).endCell()]
  const init = beginCell().storeUint(0, 2).storeMaybeRef(code).storeMaybeRef(data).storeMaybeRef(endless()).endCell()
  const read = stateInitOf(init.toBoc().toString('hex'))
  expect(read?.codeHash).toBe(code.hash().toString('hex'))
  expect(read?.data.equals(data)).toBe(true)
})
