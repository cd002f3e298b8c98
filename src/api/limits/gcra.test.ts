import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gcra, WINDOW_MS } from './gcra.js'

function burst(perMinute: number, now = 1_000_000) {
  let full = 0
  let allowed = 0
  for (;;) {
    const step = gcra(full, now, perMinute)
    full = step.full
    if (!step.decision.allowed) return { allowed, full, decision: step.decision }
    allowed += 1
  }
}

test('exactly as many requests as allowed come through at once, whatever the number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000 }), (perMinute) => {
      expect(burst(perMinute).allowed).toBe(perMinute)
    }),
    { seed: 7, numRuns: 50 },
  )
})

test('a refused caller may ask once more after the time it was told, and not before', () => {
  const now = 1_000_000
  const { full, decision } = burst(7, now)
  expect(decision.remaining).toBe(0)
  expect(gcra(full, now + decision.retryMs - 5, 7).decision.allowed).toBe(false)
  expect(gcra(full, now + decision.retryMs, 7).decision.allowed).toBe(true)
})

test('after a minute without requests everything is given back', () => {
  const { full } = burst(7, 1_000_000)
  expect(gcra(full, 1_000_000 + WINDOW_MS, 7).decision).toEqual({
    allowed: true,
    remaining: 6,
    resetMs: WINDOW_MS / 7,
    retryMs: 0,
  })
})
