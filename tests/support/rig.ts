import { expect, onTestFinished } from 'vitest'
import { EmbeddedBus } from '../../src/bus/embedded.js'
import { createPool, type Db } from '../../src/core/db.js'
import type { Parser } from '../../src/core/events.js'
import type { Network } from '../../src/core/networks.js'
import type { EvmAdapterOptions } from '../../src/ingest/evm/adapter.js'
import type { IngestOptions } from '../../src/ingest/options.js'
import { pipelineTasks } from '../../src/pipeline/tasks.js'
import { provider } from '../../src/worker/dependency.js'
import { Runner } from '../../src/worker/runner.js'
import { startApi } from '../api/apiFixture.js'
import { type Ingest, ingestDatabase, startIngest } from '../ingest/harness.js'
import { createTestDatabase } from './database.js'
import { replayAdapter } from './replay/adapter.js'
import type { ReplayChain } from './replay/chain.js'
import { startReplay } from './replay/server.js'
import type { Rows } from './world/model.js'
import { snapshot } from './world/snapshot.js'

/*
 * The whole system in pieces that a test can start and stop: ingestion, the bus with the pipeline behind it, the API. Everything is
 * stopped and removed when the test ends.
 */

export interface Rig {
  readonly db: Db
  readonly url: string
  readonly network: Network
  /** A pool that may do what ingestion and the fused stages may. */
  readonly pool: Db
  ingest(urls: readonly string[], options?: Partial<IngestOptions>, adapter?: Partial<EvmAdapterOptions>): Ingest
  /** Starts delivery; the bus has what was published before. A parser other than the adapter's stands for an earlier version of it. */
  startPipeline(parse?: Parser): Promise<{ stop(): Promise<void> }>
  /** The body of an answer of the API with status 200. */
  get(path: string): Promise<Record<string, unknown>>
  /** Resolves when answers are computed at this block. */
  at(block: { readonly number: number; readonly hash: string } | undefined): Promise<void>
  rows(): Promise<Rows>
}

/** A database of its own with the API over it; nothing else runs yet. */
export async function createRig(): Promise<Rig> {
  const [rig] = await createRigs([{ name: 'polygon', chainId: 137 }])
  if (rig === undefined) throw new Error('there is a rig for each name')
  return rig
}

/** The same for several networks in one database, a rig for each of them. The pipeline that one of them starts is everybody's. */
export async function createRigs(
  chains: readonly { readonly name: string; readonly chainId: number }[],
): Promise<Rig[]> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const api = startApi(database.url)
  onTestFinished(() => api.close())
  const registered: { network: Network; pool: Db; chainId: number }[] = []
  for (const chain of chains) {
    const { network, pool } = await ingestDatabase(database, chain)
    onTestFinished(() => pool.end())
    registered.push({ network, pool, chainId: chain.chainId })
  }
  const get = async (path: string): Promise<Record<string, unknown>> => {
    const answer = await api.get(path)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }
  const startPipeline = async (parse?: Parser): Promise<{ stop(): Promise<void> }> => {
    const networks = registered.map(({ network }) => ({ network, parse: parse ?? parserOf(network.name) }))
    const runner = pipelineOf(database.url, networks)
    await runner.start()
    onTestFinished(() => runner.stop())
    return { stop: () => runner.stop() }
  }
  return registered.map(({ network, pool, chainId }) => ({
    ...{ db: database.db, url: database.url, network, pool, get, startPipeline },
    ingest: (urls, options, adapterOptions) => {
      const adapter = replayAdapter(urls, { network: network.name, chainId, ...adapterOptions })
      const run = startIngest(pool, network, adapter, options)
      onTestFinished(async () => {
        // What ended the run is the test's business; here it only has to be over.
        await run.stop().catch(() => undefined)
        await adapter.close()
      })
      return run
    },
    at: async (block) => {
      const projected = async () => (await get(`/api/v1/networks/${network.name}`))['data']
      await expect
        .poll(projected, { timeout: 60_000, interval: 10 })
        .toMatchObject({ projected: { number: block?.number, hash: block?.hash } })
    },
    rows: () => snapshot(database.db),
  }))
}

/** What `replayAdapter` parses with; it asks no endpoint. */
export const parser: Parser = parserOf('polygon')

function parserOf(network: string): Parser {
  return replayAdapter(['http://127.0.0.1:9'], { network }).parse
}

function pipelineOf(url: string, known: readonly { readonly network: Network; readonly parse: Parser }[]): Runner {
  const db = provider({
    name: 'pipeline database',
    start: () => createPool({ url, role: 'ft_pipeline', max: 6 }),
    stop: (pool) => pool.end(),
  })
  const bus = provider({
    name: 'bus',
    deps: { db },
    start: (deps) => new EmbeddedBus({ db: deps.db, pollMs: 20 }),
    stop: (running) => running.close(),
  })
  const names = known.map(({ network }) => network.name)
  const networks = provider({ name: 'networks', start: () => new Map(known.map((one) => [one.network.name, one])) })
  return new Runner({ tasks: pipelineTasks({ db, networks }, names), streams: bus })
}

/** The rows that come from reading a chain once, in order, as final blocks. */
export async function truthOf(chain: ReplayChain): Promise<Rows> {
  const database = await createTestDatabase()
  const node = await startReplay(chain, { finalized: chain.height })
  try {
    const { network, pool } = await ingestDatabase(database)
    const adapter = replayAdapter([node.url], { chainId: chain.chainId })
    const run = startIngest(pool, network, adapter)
    await run.seen(new RegExp(`^backfill \\d+-${chain.height}$`))
    await run.stop()
    await adapter.close()
    await pool.end()
    return await snapshot(database.db)
  } finally {
    await node.close()
    await database.drop()
  }
}
