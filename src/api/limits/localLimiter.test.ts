import { expect, onTestFinished, test, vi } from 'vitest'
import { localLimiter } from './localLimiter.js'

test('callers have limits of their own', async () => {
  const limiter = localLimiter(() => 1_000)
  expect((await limiter.take('a', 1)).allowed).toBe(true)
  expect((await limiter.take('a', 1)).allowed).toBe(false)
  expect((await limiter.take('b', 1)).allowed).toBe(true)
})

test('memory is bounded, and who has just used everything is not forgotten for callers that come once', async () => {
  let now = 1_000
  const limiter = localLimiter(() => now, 100)
  for (let n = 0; n < 90; n += 1) await limiter.take(`once ${n}`, 60_000)
  now += 2
  await limiter.take('greedy', 1)
  for (let n = 0; n < 50; n += 1) await limiter.take(`later ${n}`, 60_000)
  expect((await limiter.take('greedy', 1)).allowed).toBe(false)
})

test('a clock that goes back by an hour refuses nobody for an hour', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const limiter = localLimiter()
  await limiter.take('a', 60)
  vi.setSystemTime(Date.now() - 3_600_000)
  expect((await limiter.take('a', 60)).allowed).toBe(true)
})
