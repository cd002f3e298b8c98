import { once } from 'node:events'
import { z } from 'zod'
import { createPrng } from '../../src/devnet/prng.js'
import type { Service } from './answers.js'
import { BenchChain } from './chain.js'
import { createRpcServer } from './rpcServer.js'
import type { StoredBlock } from './store.js'
import { serveWebSockets } from './subscriptions.js'

/** Blocks that come by themselves: one each `blockMs` plus up to `jitterMs`, with `events` movements. */
const live = z.object({
  blockMs: z.int().positive(),
  jitterMs: z.int().nonnegative().default(0),
  events: z.int().nonnegative(),
})

/** A chain to serve. Defaults are those of the measured one. */
export const benchOptions = z.object({
  events: z.int().nonnegative().default(200_000),
  seed: z.int().default(1),
  /** Default: 40 events a block. */
  blocks: z.int().positive().optional(),
  port: z.int().nonnegative().default(0),
  maxBlocks: z.int().positive().default(10_000),
  maxLogs: z.int().positive().default(10_000),
  finalityDepth: z.int().nonnegative().default(2),
  live: live.optional(),
})
export type BenchOptions = z.infer<typeof benchOptions>
export type BenchInput = z.input<typeof benchOptions>

/** Generates the chain and serves it on 127.0.0.1; gives its URL. It never ends by itself. */
export async function serveChain(options: BenchOptions): Promise<{ url: string; service: Service }> {
  const chain = new BenchChain(options.seed)
  generate(chain, options)
  let announce: (block: StoredBlock) => void = () => undefined
  const publish = (events: number): StoredBlock => {
    const block = chain.mine(events, Math.max(chain.head.time, Math.floor(Date.now() / 1000)))
    service.published.set(block.number, Date.now())
    announce(block)
    return block
  }
  const { finalityDepth, maxBlocks, maxLogs } = options
  const service: Service = {
    ...{ chain, finalityDepth, limits: { maxBlocks, maxLogs }, logsSent: 0 },
    calls: new Map(),
    published: new Map(),
    mine: publish,
    reorg: (depth, events) => {
      chain.rollback(depth)
      // Longer than what it replaces: a fork wins by that.
      return Array.from({ length: depth + 1 }, () => publish(events)).at(-1) ?? chain.head
    },
  }
  const server = createRpcServer(service)
  server.keepAliveTimeout = 60_000
  announce = serveWebSockets(server, service).announce
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  if (options.live !== undefined) goLive(options.live, options.seed, publish)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return { url: `http://127.0.0.1:${port}`, service }
}

/** Spreads the events over the blocks by chance: from none to twice the mean in one block, exactly `events` in all. */
function generate(
  chain: BenchChain,
  { events, seed, blocks = Math.max(1, Math.round(events / 40)) }: BenchOptions,
): void {
  const prng = createPrng(seed, blocks)
  let done = 0
  for (let number = 1; number <= blocks; number += 1) {
    const until = number === blocks ? events : Math.floor((events * (number - prng.below(1000) / 1000)) / blocks)
    chain.mine(until - done)
    done = until
  }
}

function goLive(
  { blockMs, jitterMs, events }: z.infer<typeof live>,
  seed: number,
  publish: (events: number) => unknown,
): void {
  const prng = createPrng(seed, -1)
  let due = Date.now()
  const next = (): void => {
    due += blockMs
    setTimeout(
      () => {
        publish(events)
        next()
      },
      Math.max(0, due - Date.now()) + prng.below(jitterMs + 1),
    )
  }
  next()
}
