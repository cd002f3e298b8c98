import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Frontier } from './frontier.js'

const SWEEP_MS = 1_000

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

test('reads start a whole sweep behind the newest message, so that one that commits late is found', () => {
  const frontier = new Frontier(SWEEP_MS)
  expect(frontier.isSweepDue()).toBe(true)
  frontier.reached(5)
  frontier.sweep(Number.POSITIVE_INFINITY)
  expect(frontier.isSweepDue()).toBe(false)
  expect(frontier.from).toBe(0)
  frontier.reached(9)
  vi.advanceTimersByTime(SWEEP_MS)
  expect(frontier.isSweepDue()).toBe(true)
  frontier.sweep(Number.POSITIVE_INFINITY)
  expect(frontier.from).toBe(5)
  vi.advanceTimersByTime(SWEEP_MS)
  expect(frontier.from).toBe(0)
})

test('reads start no later than what may be needed again, now and after the next sweep', () => {
  const frontier = new Frontier(SWEEP_MS)
  frontier.reached(9)
  frontier.sweep(Number.POSITIVE_INFINITY)
  frontier.sweep(3)
  expect(frontier.from).toBe(3)
  frontier.sweep(Number.POSITIVE_INFINITY)
  expect(frontier.from).toBe(3)
  frontier.restart()
  expect(frontier.from).toBe(0)
  expect(frontier.isSweepDue()).toBe(true)
})
