import { describe, expect, test } from 'vitest'
import { Gate, Recorder } from '../support/recorder.js'
import type { Harness } from './harness.js'
import { numbered, numberOf, subscription } from './messages.js'

/** How much is under way at once, and how it ends. */
export function flowSuite(open: () => Promise<Harness>): void {
  describe('flow', () => {
    test('a slow consumer is never given more than its batch; nothing is lost meanwhile', async () => {
      const harness = await open()
      const starts = new Recorder<number>()
      const gate = new Gate()
      let underWay = 0
      let most = 0
      let handled = 0
      const member = await harness.join(
        subscription('t', async (messages) => {
          underWay += messages.length
          most = Math.max(most, underWay)
          starts.add(messages.length)
          await gate.opened
          underWay -= messages.length
          handled += messages.length
        }),
      )
      for (let at = 1; at <= 500; at += 100) await harness.publish('t', numbered(at, at + 99))
      await starts.count(1)
      gate.open()
      await harness.drained()
      expect(most).toBeLessThanOrEqual(10)
      expect(handled).toBe(500)
      await member.close()
    })

    test('maxInFlight batches are under way at once, and not more', async () => {
      const harness = await open()
      const starts = new Recorder<number>()
      const gate = new Gate()
      let underWay = 0
      let most = 0
      const member = await harness.join(
        subscription(
          't',
          async (messages) => {
            underWay += 1
            most = Math.max(most, underWay)
            starts.add(messages.length)
            await gate.opened
            underWay -= 1
          },
          { maxInFlight: 3, batch: 5 },
        ),
      )
      await harness.publish('t', numbered(1, 100))
      await starts.count(3)
      gate.open()
      await harness.drained()
      expect(most).toBe(3)
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
