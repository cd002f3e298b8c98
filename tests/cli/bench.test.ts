import { expect, test } from 'vitest'
import { readOptions } from '../../bench/options.js'

const known = ['backfill', 'bus']

test('the benchmarks say how they are used, and that they were used otherwise', () => {
  expect(() => readOptions(['--help'], known)).toThrow(
    expect.objectContaining({ code: 0, message: expect.stringMatching(/^Usage:/) }),
  )
  for (const [wrong, said] of [
    [['--evnts'], "Unknown option '--evnts'"],
    [['backfil'], 'unknown benchmark backfil'],
    [['bus', '--seconds', 'x'], '--seconds x is not a whole number'],
  ] as const) {
    const refused = expect.objectContaining({ code: 2, message: expect.stringMatching(`^${said}[^]*Usage:`) })
    expect(() => readOptions(wrong, known)).toThrow(refused)
  }
  expect(readOptions([], known)).toMatchObject({ names: known, events: 200_000 })
})
