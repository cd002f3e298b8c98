import { describe, expect, test } from 'vitest'
import type { Subscription } from '../../src/worker/stream.js'
import { Gate, Recorder } from '../support/recorder.js'
import type { Harness } from './harness.js'
import { numbered, numberOf, subscription } from './messages.js'

/**
 * A consumer whose handler of topic `t` waits for a gate, and a way to know that a bus which would hand over more of `t` has had every
 * chance to: messages of another topic, published one after the other, have come through it meanwhile.
 */
function held(bounds: Partial<Omit<Subscription, 'topics' | 'handle'>> = {}) {
  const gate = new Gate()
  const others = new Recorder<number>()
  const starts = new Recorder<number>()
  const batches = new Set<object>()
  let most = 0
  const consumer = subscription(
    ['t', 'other'],
    async (messages) => {
      if (messages[0]?.topic === 'other') return others.add(...messages.map(numberOf))
      batches.add(messages)
      most = Math.max(most, batches.size)
      starts.add(messages.length)
      await gate.opened
      batches.delete(messages)
    },
    bounds,
  )
  const settle = async (harness: Harness): Promise<void> => {
    for (let n = 1; n <= 10; n += 1) {
      await harness.publish('other', numbered(n, n))
      await others.count(n)
    }
  }
  return { consumer, starts, settle, open: () => gate.open(), most: () => most }
}

/** How much is under way at once, and how it ends. */
export function flowSuite(open: () => Promise<Harness>): void {
  describe('flow', () => {
    test('a slow consumer is given one batch and no more; nothing is lost meanwhile', async () => {
      const harness = await open()
      const { consumer, starts, settle, open: release, most } = held()
      const member = await harness.join(consumer)
      for (let at = 1; at <= 500; at += 100) await harness.publish('t', numbered(at, at + 99))
      await starts.count(1)
      await settle(harness)
      expect(starts.events).toHaveLength(1)
      release()
      await harness.drained()
      expect(most()).toBe(1)
      expect(Math.max(...starts.events)).toBeLessThanOrEqual(10)
      expect(starts.events.reduce((sum, length) => sum + length, 0)).toBe(500)
      await member.close()
    })

    test('maxInFlight batches are under way at once, and not more', async () => {
      const harness = await open()
      const { consumer, starts, settle, open: release, most } = held({ maxInFlight: 3, batch: 5 })
      const member = await harness.join(consumer)
      await harness.publish('t', numbered(1, 100))
      await starts.count(3)
      await settle(harness)
      expect(starts.events).toHaveLength(3)
      release()
      await harness.drained()
      expect(most()).toBe(3)
      expect(Math.max(...starts.events)).toBeLessThanOrEqual(5)
      await member.close()
    })

    test('a topic whose handler hangs does not hold up another topic', async () => {
      const harness = await open()
      const gate = new Gate()
      const got = new Recorder<number>()
      const member = await harness.join(
        subscription(['stuck', 'free'], async (messages) => {
          if (messages[0]?.topic === 'stuck') await gate.opened
          else got.add(...messages.map(numberOf))
        }),
      )
      await harness.publish('stuck', numbered(1, 200))
      await harness.publish('free', numbered(1, 50))
      await got.count(50)
      gate.open()
      await harness.drained()
      await member.close()
    })

    test('close waits for the work under way and acknowledges it; the rest stays for the next process', async () => {
      const harness = await open()
      const starts = new Recorder<number>()
      const gate = new Gate()
      const finished: number[] = []
      const member = await harness.join(
        subscription('t', async (messages) => {
          starts.add(messages.length)
          await gate.opened
          finished.push(...messages.map(numberOf))
        }),
      )
      await harness.publish('t', numbered(1, 25))
      await starts.count(1)
      const first = starts.events[0] ?? 0
      let closed = false
      const closing = member.close().then(() => {
        closed = true
      })
      await new Promise(setImmediate)
      expect(closed).toBe(false)
      gate.open()
      await closing
      expect(finished).toEqual(numbered(1, first).map(({ n }) => n))
      const rest = new Recorder<number>()
      const next = await harness.join(subscription('t', async (messages) => rest.add(...messages.map(numberOf))))
      await rest.count(25 - first)
      await harness.drained()
      expect(rest.events).toEqual(numbered(first + 1, 25).map(({ n }) => n))
      await next.close()
    })

    test('closing a process that waits to try a message again does not wait for it', async () => {
      const harness = await open()
      const starts = new Recorder<number>()
      const member = await harness.join(
        subscription(
          't',
          async (messages) => {
            starts.add(messages.length)
            throw new Error('planned')
          },
          { retry: { maxFailures: 5, delayMs: () => 3_600_000 } },
        ),
      )
      await harness.publish('t', numbered(1, 1))
      await starts.count(1)
      await member.close()
      expect(await harness.deadLetters()).toEqual([])
    })
  })
}
