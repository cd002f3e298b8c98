import { expect, test } from 'vitest'
import { Wakeup } from './wakeup.js'

const FOREVER = 1_000_000

test('a wake ends the wait, and one that comes early is kept for the next wait', async () => {
  const { signal } = new AbortController()
  const wakeup = new Wakeup()
  const waiting = wakeup.sleep(FOREVER, signal)
  wakeup.wake()
  await waiting
  wakeup.wake()
  await wakeup.sleep(FOREVER, signal)
  const after = performance.now()
  await wakeup.sleep(20, signal)
  expect(performance.now() - after).toBeGreaterThan(15)
})

test('an abort ends the wait, and an aborted signal does not begin one', async () => {
  const controller = new AbortController()
  const wakeup = new Wakeup()
  const waiting = wakeup.sleep(FOREVER, controller.signal)
  controller.abort()
  await waiting
  await wakeup.sleep(FOREVER, controller.signal)
})
