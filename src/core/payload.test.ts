import { expect, test } from 'vitest'
import { joinPayload, splitPayload } from './payload.js'

test('A payload comes back from the database as it was, whatever it holds, and its packed log is stored as bytes', () => {
  const log = Buffer.from('0100ff10', 'hex').toString('base64')
  for (const [payload, bytes] of [
    [{ log }, '0x0100ff10'],
    [{ log, seen: { twice: true } }, '0x0100ff10'],
    [{ log: '' }, '0x'],
    [{ log: 'no base64!' }, null],
    [{ log: 'AQ' }, null],
    [{ log: 7 }, null],
    [{ topics: [], data: '0x' }, null],
    [{}, null],
  ] as const) {
    const stored = splitPayload(payload)
    expect(stored.packed_log).toBe(bytes)
    expect(joinPayload(stored)).toEqual(payload)
  }
})
