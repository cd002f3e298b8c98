import { createPool, type Db } from '../../src/core/db.js'
import { messageOf } from '../../src/core/errors.js'
import { type Network, registerNetwork } from '../../src/core/networks.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import type { IngestOptions } from '../../src/ingest/options.js'
import { runIngest } from '../../src/ingest/writer.js'
import { recordBlocks } from '../../src/pipeline/fused.js'
import type { TestDatabase } from '../support/database.js'

export interface Ingest {
  /** What happened so far, in order: `backfill 0-10`, `live 11`, `fork 2 to 9`, `retry …`. */
  readonly events: string[]
  /** Resolves when an event equals, or matches, `expected`: also one that came earlier. */
  seen(expected: string | RegExp): Promise<void>
  /** Resolves, or rejects with what ended the run. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Registers a network and gives a pool of the role that ingests. */
export async function ingestDatabase(
  { db, url }: TestDatabase,
  { name, chainId }: { readonly name: string; readonly chainId: number } = { name: 'polygon', chainId: 137 },
): Promise<{ network: Network; pool: Db }> {
  const network = await registerNetwork(db, {
    name,
    chain: 'evm',
    chainId,
    finality: { rule: 'tag', depth: 256 },
    nativeCurrency: { symbol: 'POL', decimals: 18 },
    scope: 'all',
    endpoints: [],
  })
  return { network, pool: createPool({ url, role: 'ft_backfill' }) }
}

/** Runs ingestion in this process until it is stopped. */
export function startIngest(
  pool: Db,
  network: Network,
  adapter: ChainAdapter,
  options: Partial<IngestOptions> = {},
): Ingest {
  const events: string[] = []
  const waiting: { expected: string | RegExp; resolve: () => void }[] = []
  const say = (event: string): void => {
    events.push(event)
    for (const { expected, resolve } of waiting) if (matches(event, expected)) resolve()
  }
  const controller = new AbortController()
  const ended = runIngest(
    {
      db: pool,
      network,
      adapter,
      scope: 'all',
      start: { kind: 'height', height: 0 },
      finality: { rule: 'tag', depth: 256 },
      pollMs: 10,
      recordBlocks: (tx, blocks, raw) => recordBlocks(tx, network, adapter.parse, blocks, raw),
      observer: {
        heads: ({ state }) => say(`heads ${state}`),
        stored: ({ from, to }, _, mode) => say(mode === 'live' ? `live ${to}` : `backfill ${from}-${to}`),
        fork: (depth, ancestor) => say(`fork ${depth} to ${ancestor}`),
        finality: (error) => say(error === null ? 'finality sure' : `finality unsure ${messageOf(error)}`),
        retry: (error) => say(`retry ${error instanceof Error ? error.message : String(error)}`),
      },
      ...options,
    },
    controller.signal,
  )
  // A run that fails before the test looks is not an unhandled rejection; `ended` still rejects for who awaits it.
  ended.catch((error: unknown) => say(`ended ${error instanceof Error ? error.message : String(error)}`))
  return {
    events,
    ended,
    seen: (expected) =>
      events.some((event) => matches(event, expected))
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ expected, resolve })),
    stop: async () => {
      controller.abort()
      await ended
    },
  }
}

function matches(event: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? event === expected : expected.test(event)
}
