import { expect, test } from 'vitest'
import { retryAfter } from './retryAfter.js'

test('Retry-After is read as seconds or as a date, in milliseconds from now', () => {
  const now = Date.parse('2026-11-24T10:00:00Z')
  expect(retryAfter('7', now)).toBe(7_000)
  expect(retryAfter(['0.5'], now)).toBe(500)
  expect(retryAfter('Tue, 24 Nov 2026 10:00:30 GMT', now)).toBe(30_000)
  expect(retryAfter('Tue, 24 Nov 2026 09:00:00 GMT', now)).toBe(0)
  expect(retryAfter('soon', now)).toBeUndefined()
  expect(retryAfter(undefined, now)).toBeUndefined()
})
