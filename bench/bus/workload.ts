import { setTimeout as delay } from 'node:timers/promises'

/** What a measured bus can do: deliver each message of `send` to the listener, once or more. */
export interface Measured {
  /** Commits messages; they are on their way when it resolves. */
  send(payloads: readonly object[]): Promise<void>
  /** Told the number of each message, and how many events it holds, when its handler has it. */
  onMessage(listener: (n: number, events: number) => void): void
}

export interface Latency {
  readonly p50: number
  readonly p99: number
}

const RATE = 500
const TICK_MS = 2

/** Milliseconds from the commit of a message to its handler, at 500 messages a second for some seconds. */
export async function latency(bus: Measured, seconds: number): Promise<Latency> {
  const committed = new Map<number, number>()
  const handled = new Map<number, number>()
  bus.onMessage((n) => {
    if (!handled.has(n)) handled.set(n, performance.now())
  })
  const count = RATE * seconds
  const sends: Promise<void>[] = []
  const start = performance.now()
  for (let n = 0; n < count; ) {
    for (const due = (performance.now() - start) * (RATE / 1000); n < due && n < count; n += 1) {
      sends.push(commit(bus, n, committed))
    }
    await delay(TICK_MS)
  }
  await Promise.all(sends)
  while (handled.size < count) await delay(5)
  const waits = [...committed].map(([n, at]) => Math.max(0, (handled.get(n) ?? Number.POSITIVE_INFINITY) - at))
  return percentiles(waits)
}

async function commit(bus: Measured, n: number, committed: Map<number, number>): Promise<void> {
  await bus.send([{ n, events: [n] }])
  committed.set(n, performance.now())
}

function percentiles(values: readonly number[]): Latency {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

/** Messages and events per second, from the first commit to the last handler, of messages that hold some events each. */
export async function throughput(
  bus: Measured,
  messages: number,
  eventsEach: number,
): Promise<{ messages: number; events: number }> {
  const seen = new Set<number>()
  bus.onMessage((n) => seen.add(n))
  const start = performance.now()
  for (let n = 0; n < messages; n += 100) {
    const count = Math.min(100, messages - n)
    await bus.send(
      Array.from({ length: count }, (_, index) => ({ n: n + index, events: eventsOf(n + index, eventsEach) })),
    )
  }
  while (seen.size < messages) await delay(2)
  const seconds = (performance.now() - start) / 1000
  return { messages: messages / seconds, events: (messages * eventsEach) / seconds }
}

/** About as large as a normalized transfer. */
function eventsOf(n: number, count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({
    sourceEventId: `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`,
    subIndex: index,
    kind: 'transfer',
    blockNumber: 80_000_000 + n,
    deltas: [
      { account: '0x00000000000000000000000000000000000000aa', quantity: '-1' },
      { account: '0x00000000000000000000000000000000000000bb', quantity: '1' },
    ],
  }))
}
