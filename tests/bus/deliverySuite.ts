import { describe, expect, test } from 'vitest'
import type { Delivery } from '../../src/worker/stream.js'
import { Recorder } from '../support/recorder.js'
import type { Harness } from './harness.js'
import { numbered, numberOf, subscription } from './messages.js'

/** Who gets which message, in which order, how often. */
export function deliverySuite(open: () => Promise<Harness>): void {
  describe('delivery', () => {
    test('one consumer gets every message of a topic in the order of publishing, in batches of at most its size', async () => {
      const harness = await open()
      const got = new Recorder<number>()
      const sizes: number[] = []
      const member = await harness.join(
        subscription('t', async (messages) => {
          sizes.push(messages.length)
          got.add(...messages.map(numberOf))
        }),
      )
      for (let at = 0; at < 200; at += 8) await harness.publish('t', numbered(at, at + 7))
      await got.count(200)
      expect(got.events).toEqual(numbered(0, 199).map(({ n }) => n))
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10)
      await harness.drained()
      await member.close()
    })

    test('what was published before anybody subscribed is delivered, a backlog in full batches', async () => {
      const harness = await open()
      await harness.publish('t', numbered(1, 35))
      const sizes = new Recorder<number>()
      const member = await harness.join(subscription('t', async (messages) => sizes.add(messages.length)))
      await sizes.until((all) => all.reduce((sum, size) => sum + size, 0) === 35)
      expect(sizes.events).toEqual([10, 10, 10, 5])
      await member.close()
    })

    test('a batch holds messages of one topic, with their topic, key, time and first attempt', async () => {
      const harness = await open()
      await harness.publish('a', numbered(1, 3))
      await harness.publish('b', numbered(4, 6))
      const batches = new Recorder<readonly Delivery[]>()
      const member = await harness.join(subscription(['a', 'b'], async (messages) => batches.add(messages)))
      await batches.until((all) => all.flat().length === 6)
      for (const batch of batches.events) expect(new Set(batch.map(({ topic }) => topic)).size).toBe(1)
      const all = batches.events.flat()
      expect(new Set(all.map(({ key }) => key)).size).toBe(6)
      for (const { attempt, enqueuedAt } of all) {
        expect(attempt).toBe(1)
        expect(Math.abs(Date.now() - enqueuedAt.getTime())).toBeLessThan(60_000)
      }
      await member.close()
    })

    test('every group gets every message', async () => {
      const harness = await open()
      const first = new Recorder<number>()
      const second = new Recorder<number>()
      const member = await harness.join(
        subscription('t', async (messages) => first.add(...messages.map(numberOf)), { group: 'first' }),
        subscription('t', async (messages) => second.add(...messages.map(numberOf)), { group: 'second', batch: 3 }),
      )
      await harness.publish('t', numbered(1, 50))
      await Promise.all([first.count(50), second.count(50)])
      expect(first.events).toEqual(second.events)
      await harness.drained()
      await member.close()
    })

    test('what was not acknowledged when a process was killed is delivered to the next one, with the same keys', async () => {
      const harness = await open()
      const before = new Recorder<string>()
      const victim = await harness.join(
        subscription('t', async (messages) => {
          before.add(...messages.map(({ key }) => key))
          if (before.events.length > 20) await new Promise(() => undefined)
        }),
      )
      await harness.publish('t', numbered(1, 40))
      await before.count(21)
      await victim.crash()
      const after = new Recorder<string>()
      const next = await harness.join(
        subscription('t', async (messages) => after.add(...messages.map(({ key }) => key))),
      )
      await after.count(20)
      await harness.drained()
      expect(new Set([...before.events, ...after.events]).size).toBe(40)
      expect(after.events.slice(0, 10)).toEqual(before.events.slice(20, 30))
      await next.close()
    })

    test('what was acknowledged is not delivered again after a clean restart', async () => {
      const harness = await open()
      const got = new Recorder<number>()
      const handle = async (messages: readonly Delivery[]) => got.add(...messages.map(numberOf))
      const member = await harness.join(subscription('t', handle))
      await harness.publish('t', numbered(1, 30))
      await got.count(30)
      await member.close()
      const next = await harness.join(subscription('t', handle))
      await harness.publish('t', numbered(31, 31))
      await got.count(31)
      await harness.drained()
      expect(got.events).toEqual(numbered(1, 31).map(({ n }) => n))
      await next.close()
    })

    test('of two processes each message goes to one; when the one that reads is killed, the other carries on', async () => {
      const harness = await open()
      const got = new Recorder<number>()
      const readers: string[] = []
      const reader = (name: string) =>
        subscription('t', async (messages) => {
          readers.push(name)
          got.add(...messages.map(numberOf))
        })
      const members = { a: await harness.join(reader('a')), b: await harness.join(reader('b')) }
      await harness.publish('t', numbered(1, 20))
      await got.count(20)
      await harness.drained()
      expect([...got.events].sort((x, y) => x - y)).toEqual(numbered(1, 20).map(({ n }) => n))
      const [killed, other] = readers[0] === 'a' ? [members.a, members.b] : [members.b, members.a]
      await killed.crash()
      await harness.publish('t', numbered(21, 40))
      await got.until((events) => new Set(events).size === 40)
      await harness.drained()
      await other.close()
    })
  })
}
