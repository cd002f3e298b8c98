import { describe, expect, test } from 'vitest'
import { FtError } from '../../src/core/errors.js'
import { Recorder } from '../support/recorder.js'
import type { Harness } from './harness.js'
import { numbered, numberOf, subscription } from './messages.js'

/** What happens to messages whose handler fails. */
export function failureSuite(open: () => Promise<Harness>): void {
  describe('failure', () => {
    test('a batch that fails is handed over again one by one, in order, and nothing is lost', async () => {
      const harness = await open()
      await harness.publish('t', numbered(1, 10))
      const got = new Recorder<number>()
      const sizes: number[] = []
      const member = await harness.join(
        subscription('t', async (messages) => {
          sizes.push(messages.length)
          if (sizes.length === 1) throw new Error('planned')
          got.add(...messages.map(numberOf))
        }),
      )
      await got.count(10)
      expect(got.events).toEqual(numbered(1, 10).map(({ n }) => n))
      expect(sizes).toEqual([10, ...Array.from({ length: 10 }, () => 1)])
      await harness.drained()
      expect(await harness.deadLetters()).toEqual([])
      await member.close()
    })

    test('a message that always fails is one dead letter after five failures alone; the others are handled once', async () => {
      const harness = await open()
      const good = new Recorder<number>()
      const attempts: number[] = []
      const member = await harness.join(
        subscription('t', async (messages) => {
          if (messages.some((message) => numberOf(message) === 7)) {
            attempts.push(...messages.filter(() => messages.length === 1).map(({ attempt }) => attempt))
            throw new Error('planned: seven')
          }
          good.add(...messages.map(numberOf))
        }),
      )
      await harness.publish('t', numbered(1, 20))
      await good.count(19)
      await harness.drained()
      expect(good.events).toEqual(numbered(1, 20).flatMap(({ n }) => (n === 7 ? [] : [n])))
      expect(attempts).toEqual([1, 2, 3, 4, 5])
      expect(await harness.deadLetters()).toMatchObject([
        { topic: 't', group: 'readers', code: 'internal', reason: 'planned: seven', attempts: 5 },
      ])
      await member.close()
    })

    test('a message that does not fit its schema is a dead letter at once', async () => {
      const harness = await open()
      const attempts = new Recorder<number>()
      const good = new Recorder<number>()
      const member = await harness.join(
        subscription('t', async (messages) => {
          if (messages.some((message) => numberOf(message) === 1)) {
            if (messages.length === 1) attempts.add(...messages.map(({ attempt }) => attempt))
            throw new FtError('message_invalid', 'planned')
          }
          good.add(...messages.map(numberOf))
        }),
      )
      await harness.publish('t', numbered(1, 2))
      await good.count(1)
      await harness.drained()
      expect(attempts.events).toEqual([1])
      expect(await harness.deadLetters()).toMatchObject([{ code: 'message_invalid', attempts: 1 }])
      await member.close()
    })

    test('an outage is no failure, however often it is met', async () => {
      const harness = await open()
      const got = new Recorder<number>()
      let refused = 0
      const refusal = new Error('connect ECONNREFUSED', {
        cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      })
      const member = await harness.join(
        subscription('t', async (messages) => {
          refused += 1
          if (refused <= 20) throw refusal
          got.add(...messages.map(numberOf))
        }),
      )
      await harness.publish('t', numbered(1, 5))
      await got.count(5)
      await harness.drained()
      expect(refused).toBeGreaterThan(20)
      expect(await harness.deadLetters()).toEqual([])
      await member.close()
    })

    test('a group whose handler fails does not make another group get its messages twice', async () => {
      const harness = await open()
      const healthy = new Recorder<number>()
      const member = await harness.join(
        subscription('t', async (messages) => healthy.add(...messages.map(numberOf)), { group: 'healthy' }),
        subscription(
          't',
          async () => {
            throw new Error('planned')
          },
          { group: 'broken' },
        ),
      )
      await harness.publish('t', numbered(1, 3))
      await harness.drained()
      expect(healthy.events).toEqual([1, 2, 3])
      const letters = await harness.deadLetters()
      expect(letters.map(({ group, attempts }) => [group, attempts])).toEqual(letters.map(() => ['broken', 5]))
      expect(letters).toHaveLength(3)
      await member.close()
    })

    test('failures are counted across a restart', async () => {
      const harness = await open()
      const attempts = new Recorder<number>()
      const failing = subscription('t', async (messages) => {
        attempts.add(...messages.map(({ attempt }) => attempt))
        throw new Error('planned')
      })
      const slow = { ...failing, retry: { maxFailures: 5, delayMs: (n: number) => (n < 3 ? 5 : 60_000) } }
      const first = await harness.join(slow)
      await harness.publish('t', numbered(1, 1))
      await attempts.count(3)
      await first.close()
      const second = await harness.join(failing)
      await harness.drained()
      expect(attempts.events.slice(0, 3)).toEqual([1, 2, 3])
      expect(attempts.events.at(-1)).toBe(5)
      expect(attempts.events.length).toBeLessThanOrEqual(6)
      expect(await harness.deadLetters()).toHaveLength(1)
      await second.close()
    })

    test('a dead letter that is replayed reaches its group again', async () => {
      const harness = await open()
      const got = new Recorder<number>()
      let broken = true
      const member = await harness.join(
        subscription('t', async (messages) => {
          if (broken) throw new Error('planned')
          got.add(...messages.map(numberOf))
        }),
      )
      await harness.publish('t', numbered(1, 2))
      await harness.drained()
      expect(await harness.deadLetters()).toHaveLength(2)
      broken = false
      await harness.replay()
      await got.count(2)
      await harness.drained()
      expect(await harness.deadLetters()).toEqual([])
      await member.close()
    })
  })
}
