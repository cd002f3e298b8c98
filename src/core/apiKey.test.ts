import { expect, test } from 'vitest'
import { generateApiKey, readApiKey } from './apiKey.js'

test('a new key reads back as its prefix and hash', () => {
  const { text, prefix, hash } = generateApiKey()
  expect(text).toMatch(/^ft_[0-9a-f]{8}_[\w-]{43}$/)
  expect(text.startsWith(`${prefix}_`)).toBe(true)
  expect(readApiKey(text)).toEqual({ prefix, hash })
})

test('no two keys are alike', () => {
  expect(new Set(Array.from({ length: 100 }, () => generateApiKey().text)).size).toBe(100)
})

test.each(['', 'ft_', 'ft_00000000_short', `ft_0000000g_${'A'.repeat(43)}`, ` ft_00000000_${'A'.repeat(43)}`])(
  '"%s" is no key',
  (text) => {
    expect(readApiKey(text)).toBeUndefined()
  },
)
