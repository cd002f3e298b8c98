import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EmbeddedBus } from '../../src/bus/embedded.js'
import { createPool, type Db } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { registerNetwork } from '../../src/core/networks.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { runIngest } from '../../src/ingest/writer.js'
import { recordBlocks } from '../../src/pipeline/fused.js'
import { pipelineTasks } from '../../src/pipeline/tasks.js'
import { provider } from '../../src/worker/dependency.js'
import { Runner } from '../../src/worker/runner.js'
import { replayAdapter } from '../../tests/support/replay/adapter.js'
import { type Figure, quantile } from '../figures.js'
import { startChain } from './chain.js'

/** How deep, how often (the median counts), and the bar in milliseconds. */
const RUNS: readonly { readonly depth: number; readonly times: number; readonly bar?: number }[] = [
  { depth: 1, times: 9, bar: 200 },
  { depth: 16, times: 3 },
  { depth: 128, times: 1, bar: 5_000 },
]
/** Blocks and forks before the measured ones: code is compiled and plans are made meanwhile, as in a process that has run for a while. */
const WARM_UP = 10

/**
 * Time from a fork (as deep as the branch it replaces, every transaction included again with another outcome) until answers are
 * computed at the new head, and the floor: the same number of new blocks without a fork, in the same run.
 */
export async function reorg(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-'))
  const chain = await startChain()
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const owner = createPool({ url: server.url, max: 2 })
  try {
    await migrate(owner)
    const stop = await startSystem(server.url, owner, chain.url)
    const figures: Figure[] = []
    /** Milliseconds until answers are computed at the head of a chain whose last `replaced` blocks are replaced by `count` others. */
    const follow = async (replaced: number, count: number, salt: string): Promise<number> => {
      const hash = await chain.prepare({ replaced, count, salt })
      const start = performance.now()
      chain.show()
      await projected(owner, hash)
      return performance.now() - start
    }
    await projected(owner, chain.hash)
    for (let n = 0; n < WARM_UP; n += 1) {
      await follow(0, 1, `w${n}`)
      await follow(1, 2, `v${n}`)
    }
    for (const { depth, times, bar } of RUNS) {
      const floors: number[] = []
      const forks: number[] = []
      for (let n = 0; n < times; n += 1) {
        floors.push(await follow(0, depth, `f${depth}.${n}`))
        forks.push(await follow(depth, depth, `r${depth}.${n}`))
      }
      const [took, floor] = [quantile(forks, 0.5), quantile(floors, 0.5)]
      figures.push({
        ...{ name: `fork of depth ${depth}`, value: took, unit: 'ms', better: 'less', floor },
        ...(bar === undefined ? {} : { bar }),
      })
      console.log(`depth ${depth}: ${Math.round(took)} ms, without a fork ${Math.round(floor)} ms`)
    }
    await stop()
    return figures
  } finally {
    await owner.end()
    await chain.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function projected(db: Db, hash: string): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ hash: string | null }>(
      'SELECT projected_hash AS hash FROM projection.network_status',
    )
    if (row?.hash === hash) return
    await delay(2)
  }
}

async function startSystem(url: string, owner: Db, rpcUrl: string): Promise<() => Promise<void>> {
  const finality = { rule: 'tag', depth: 256 } as const
  const network = await registerNetwork(owner, {
    ...{ name: 'polygon', chain: 'evm', chainId: 137, scope: 'all', endpoints: [], finality },
    nativeCurrency: { symbol: 'POL', decimals: 18 },
  })
  const adapter = replayAdapter([rpcUrl])
  const db = provider({
    name: 'database',
    start: () => createPool({ url, role: 'ft_pipeline' }),
    stop: (pool) => pool.end(),
  })
  const bus = provider({
    name: 'bus',
    deps: { db },
    start: (deps) => new EmbeddedBus({ db: deps.db }),
    stop: (running) => running.close(),
  })
  const networks = provider({
    name: 'networks',
    start: () => new Map([[network.name, { network, parse: adapter.parse }]]),
  })
  const runner = new Runner({ tasks: pipelineTasks({ db, networks }, [network.name]), streams: bus })
  await runner.start()
  const pool = createPool({ url, role: 'ft_backfill' })
  const stopping = new AbortController()
  const nothing = (): void => undefined
  const running = runIngest(
    {
      ...{ db: pool, network, adapter, scope: 'all', finality, pollMs: 10 },
      start: { kind: 'height', height: 0 },
      recordBlocks: (tx, blocks, events) => recordBlocks(tx, network, adapter.parse, blocks, events),
      observer: { heads: nothing, stored: nothing, fork: nothing, retry: (error) => console.error(error) },
    },
    stopping.signal,
  )
  return async () => {
    stopping.abort()
    await running
    await runner.stop()
    await adapter.close()
    await pool.end()
  }
}
