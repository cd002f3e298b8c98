import type { Delivery, Subscription } from '../../src/worker/stream.js'

/** The number that a test put into a message. */
export function numberOf(message: Delivery): number {
  const { payload } = message
  if (typeof payload !== 'object' || payload === null || !('n' in payload))
    throw new Error('not a message of the suite')
  return Number(payload.n)
}

/** Messages of the suite: `{ n }` for n from `from` to `to`, both included. */
export function numbered(from: number, to: number): { n: number }[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ n: from + index }))
}

/** A subscription with short pauses; what matters to a test is given. */
export function subscription(
  topics: string | readonly string[],
  handle: Subscription['handle'],
  options: Partial<Omit<Subscription, 'topics' | 'handle'>> = {},
): Subscription {
  return {
    group: 'readers',
    topics: typeof topics === 'string' ? [topics] : topics,
    batch: 10,
    maxInFlight: 1,
    retry: { maxFailures: 5, delayMs: () => 5 },
    handle,
    ...options,
  }
}
