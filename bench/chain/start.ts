import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { TruthRow } from './activity.js'
import type { BenchInput } from './service.js'
import { collections } from './shape.js'

const ready = z.object({ url: z.string() })
const truthRows = z.array(
  z.object({ contract: z.string(), tokenId: z.string(), owner: z.string(), quantity: z.string() }),
)
const stats = z.looseObject({
  ...{ events: z.int(), rows: z.int(), orders: z.int(), erc20: z.int(), holdings: z.int(), head: z.int() },
  ...{ logBytes: z.int(), rssBytes: z.int(), logsSent: z.int(), calls: z.record(z.string(), z.int()) },
})
export type BenchStats = z.infer<typeof stats>

/** A bench chain in its own process. */
export interface RunningBenchChain {
  readonly url: string
  readonly wsUrl: string
  readonly pid: number
  /** Who owns what of one collection (0 … 49) at the head. */
  truthOf(collection: number): Promise<TruthRow[]>
  /** The same of all collections: 91,000 rows for 200,000 events. */
  truth(): Promise<TruthRow[]>
  stats(): Promise<BenchStats>
  /** Any method, `bench_mine` and `bench_reorg` among them (`answers.ts`). */
  call(method: string, ...params: readonly unknown[]): Promise<unknown>
  stop(): Promise<void>
}

/**
 * Starts the measured chain in a process of its own and waits until it serves. The process ends with its parent.
 * @throws Error when it does not start
 */
export async function startBenchChain(options: BenchInput = {}): Promise<RunningBenchChain> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), argumentsOf(options), {
    execArgv: ['--import', 'tsx', '--max-old-space-size=4096'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const [message] = await Promise.race([once(child, 'message'), ended])
  const parsed = ready.safeParse(message)
  if (!parsed.success) throw new Error(`the bench chain did not start: it ended with ${String(message)}`)
  const { url } = parsed.data
  const call = (method: string, ...params: readonly unknown[]): Promise<unknown> => callRpc(url, method, params)
  const truthOf = async (collection: number): Promise<TruthRow[]> =>
    truthRows.parse(await call('bench_truth', collection))
  return {
    ...{ url, wsUrl: url.replace('http', 'ws'), pid: child.pid ?? 0, call, truthOf },
    truth: async () => {
      const rows: TruthRow[][] = []
      for (const collection of collections.keys()) rows.push(await truthOf(collection))
      return rows.flat()
    },
    stats: async () => stats.parse(await call('bench_stats')),
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function argumentsOf({ live, ...options }: BenchInput): string[] {
  const flags = Object.entries(options).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    value,
  ])
  const liveFlags =
    live === undefined
      ? []
      : [
          ['live-ms', live.blockMs],
          ['live-events', live.events],
          ['live-jitter-ms', live.jitterMs],
        ]
  return [...flags, ...liveFlags].flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]))
}

async function callRpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const answer = z
    .object({ result: z.unknown().optional(), error: z.unknown().optional() })
    .parse(await response.json())
  if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
  return answer.result
}
