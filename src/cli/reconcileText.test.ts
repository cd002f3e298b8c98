import { expect, test } from 'vitest'
import type { Cause } from '../pipeline/derivable.js'
import { reconcileText } from './reconcileText.js'

const nothing = { block: 9, checked: 4, incomplete: 0, notDerivable: [], mismatches: [] }
const said = (cause: Cause): string => reconcileText('polygon', nothing, [{ contract: '0xaa', cause }])

test('an audit that would read too much names the first block alone', () => {
  const differ = (blocks: number[]) => said({ kind: 'events differ', missing: 2, extra: 1, blocks })
  expect(differ([5, 90])).toContain(
    '0xaa: not marked, 2 of its events are missing from the ledger, 1 movements of the ledger',
  )
  expect(differ([5, 90])).toContain('first in blocks 5, 90: ft audit --network polygon --from 5 --to 90;')
  expect(differ([5, 90_000])).toContain('ft audit --network polygon --from 5 --to 5;')
})

test('what was left out is counted, and ten are named', () => {
  const contracts = Array.from({ length: 12 }, (_, index) => `0x${index}`)
  const text = reconcileText('polygon', { ...nothing, incomplete: 3, notDerivable: contracts }, [])
  expect(text).toContain(
    '4 holdings compared at block 9, 0 mismatches, 3 left out because their history starts in the middle\n',
  )
  expect(text).toMatch(/^12 collections left out .*: 0x0, .*0x9 and 2 more \(to undo: ft reconcile .* --unmark 0x0\)$/m)
})
