import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EmbeddedBus } from '../src/bus/embedded.js'
import { createPool, type Db } from '../src/core/db.js'
import { migrate } from '../src/core/migrate.js'
import { registerNetwork } from '../src/core/networks.js'
import { startEmbeddedPostgres } from '../src/embedded/postgres.js'
import { runIngest } from '../src/ingest/writer.js'
import { recordBlocks } from '../src/pipeline/fused.js'
import { pipelineTasks } from '../src/pipeline/tasks.js'
import { provider } from '../src/worker/dependency.js'
import { Runner } from '../src/worker/runner.js'
import { replayAdapter } from '../tests/support/replay/adapter.js'
import { buildChain, forkAt, type LogSpec, type ReplayChain } from '../tests/support/replay/chain.js'
import { startReplay } from '../tests/support/replay/server.js'
import { address, transfer721, ZERO } from '../tests/support/replay/specs.js'
import type { Figure } from './figures.js'

const EVENTS = 300
const DEPTHS = [1, 16, 128]
const BARS: Readonly<Record<number, number>> = { 1: 200, 128: 5_000 }
const FINAL = 4
/** Blocks and forks before the measured ones: code is compiled and plans are made meanwhile, as in a process that has run for a while. */
const WARM_UP = 10

const mints = (block: number, salt: number): LogSpec[] =>
  Array.from({ length: EVENTS }, (_, i) =>
    transfer721({
      contract: address('nft', i % 20),
      from: ZERO,
      to: address('account', (i + salt) % 100),
      tokenId: BigInt(block * EVENTS + i),
      tx: `${block} ${i}`,
    }),
  )

const stretch = (from: number, count: number, salt: number): LogSpec[][] =>
  Array.from({ length: count }, (_, i) => mints(from + i, salt))

/**
 * Time from a fork (as deep as the branch it replaces, every transaction included again with another outcome) until answers are
 * computed at the new head, and the floor: the same number of new blocks without a fork, in the same run.
 */
export async function reorg(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-'))
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const owner = createPool({ url: server.url, max: 2 })
  let chain = buildChain(stretch(1, FINAL, 0))
  const node = await startReplay(chain, { finalized: FINAL })
  try {
    await migrate(owner)
    const stop = await startSystem(server.url, owner, node.url)
    const figures: Figure[] = []
    const show = async (next: ReplayChain): Promise<number> => {
      const start = performance.now()
      chain = next
      node.setChain(next)
      await projected(owner, next)
      return performance.now() - start
    }
    await projected(owner, chain)
    for (let n = 0; n < WARM_UP; n += 1) {
      await show(forkAt(chain, chain.height, stretch(chain.height + 1, 1, 0), { salt: `w${n}` }))
      await show(forkAt(chain, chain.height - 1, stretch(chain.height, 2, 1), { salt: `v${n}` }))
    }
    for (const depth of DEPTHS) {
      const floor = await show(forkAt(chain, chain.height, stretch(chain.height + 1, depth, 0), { salt: `f${depth}` }))
      const ancestor = chain.height - depth
      const took = await show(forkAt(chain, ancestor, stretch(ancestor + 1, depth, 1), { salt: `r${depth}` }))
      const bar = BARS[depth]
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
    await node.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function projected(db: Db, chain: ReplayChain): Promise<void> {
  const hash = chain.block(chain.height)?.hash
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
