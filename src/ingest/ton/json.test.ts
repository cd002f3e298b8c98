import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExactJson } from './json.js'

test('integers beyond 2^53 keep every digit, small ones stay numbers', () => {
  const text = '{"a":18446744073709551615,"b":[-9223372036854775808, 7],"c":43458908000005,"d":1.5e3}'
  expect(parseExactJson(text)).toEqual({
    a: '18446744073709551615',
    b: ['-9223372036854775808', 7],
    c: 43458908000005,
    d: 1500,
  })
})

test('digits inside strings are not touched, whatever stands beside them', () => {
  const value = { text: 'a ,12345678901234567890, "b\\', '12345678901234567890': ':12345678901234567890' }
  expect(parseExactJson(`{"x":${JSON.stringify(value)},"y":12345678901234567890}`)).toEqual({
    x: value,
    y: '12345678901234567890',
  })
})

test('whatever JSON holds comes out as JSON.parse gives it, when no integer is long', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!/\d{16}/.test(text))
      expect(parseExactJson(text)).toEqual(JSON.parse(text))
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('any int64 and any string survive together', () => {
  const limit = 2n ** 63n
  fc.assert(
    fc.property(fc.bigInt({ min: -limit, max: limit }), fc.string({ unit: 'grapheme' }), (number, text) => {
      const parsed = parseExactJson(`{"n": ${number}, ${JSON.stringify(text)}: [${JSON.stringify(text)}, ${number}]}`)
      const read = (value: unknown): bigint => BigInt(value as string)
      const fields = parsed as Record<string, unknown>
      if (text !== 'n') expect(read(fields['n'])).toBe(number)
      const [same, again] = fields[text] as unknown[]
      expect([same, read(again)]).toEqual([text, number])
    }),
    { seed: 2, numRuns: 500 },
  )
})

test('what is no JSON is refused', () => {
  for (const text of ['', '<html>', '{"a":12345678901234567890', '{"a":"12345678901234567890}']) {
    expect(() => parseExactJson(text)).toThrow(SyntaxError)
  }
})
