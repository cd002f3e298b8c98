import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { table } from '../../src/cli/table.js'
import { createPool } from '../../src/core/db.js'
import { createPrng } from '../../src/devnet/prng.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { verifyOwnership } from '../backfill/verify.js'
import { type RunningBenchChain, startBenchChain } from '../chain/start.js'
import { type Figure, named, quantile } from '../figures.js'
import { observeApi, observeChain, type Seen } from './observe.js'
import { launch, type Transport } from './system.js'

export interface LiveOptions {
  readonly seed: number
  /** Measured blocks of each scenario. */
  readonly blocks: number
  /** Only scenarios whose name contains this. */
  readonly only: string | undefined
  /** File for the figures as JSON. */
  readonly json: string | undefined
}

interface Scenario {
  /** How the system hears of blocks: looking every `POLL_MS`, or told by a websocket. */
  readonly heads: 'polling' | 'websocket'
  readonly transport: Transport
  readonly events: number
}

interface Measured extends Scenario {
  readonly p50: number
  readonly p99: number
  readonly floorP50: number
  readonly floorP99: number
  /** Headers asked for per block, of all looks at head and finality: what being early costs the endpoint. */
  readonly headers: number
  readonly holdings: number
}

const POLL_MS = 100
const BLOCK_MS = 500
const JITTER_MS = 250
/** Blocks before the measured ones: code is compiled, plans are made and the cadence of blocks is learned meanwhile. */
const WARM_UP = 40
const HISTORY_EVENTS = 20_000
const BARS = { polling: { p50: 80, p99: 160 }, websocket: { p50: 45, p99: 110 } } as const

const scenarios: readonly Scenario[] = (['embedded', 'redis'] as const).flatMap((transport) =>
  (['polling', 'websocket'] as const).flatMap((heads) =>
    [40, 300].map((events): Scenario => ({ transport, heads, events })),
  ),
)

/**
 * From a block being there at the endpoint to the API answering with it, in milliseconds: two blocks a second (plus jitter), with
 * 40 and with 300 events each. The floor is a client that fetches header and logs of the same blocks and does nothing with them.
 */
export async function live({ seed, blocks, only, json }: LiveOptions): Promise<readonly Figure[]> {
  const measured: Measured[] = []
  for (const scenario of named(scenarios, nameOf, only)) {
    measured.push(await measure(scenario, seed, blocks))
  }
  report(measured)
  if (json !== undefined) await writeFile(json, JSON.stringify(measured, null, 2))
  return measured.flatMap((scenario): Figure[] => {
    const { p50, p99, floorP50, floorP99 } = scenario
    const name = nameOf(scenario)
    const bar = BARS[scenario.heads]
    return [
      { name: `${name}, p50`, value: p50, unit: 'ms', better: 'less', floor: floorP50, bar: bar.p50 },
      { name: `${name}, p99`, value: p99, unit: 'ms', better: 'less', floor: floorP99, bar: bar.p99 },
    ]
  })
}

function nameOf({ transport, heads, events }: Scenario): string {
  return `${transport}, ${heads}, ${events} events a block`
}

async function measure(scenario: Scenario, seed: number, blocks: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-'))
  const chain = await startBenchChain({ events: HISTORY_EVENTS, seed, finalityDepth: 64 })
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const endpoint = scenario.heads === 'polling' ? chain.url : `${chain.url},${chain.wsUrl}`
  const system = await launch(scenario.transport, folder, {
    DATABASE_URL: server.url,
    POLYGON_RPC_URL: endpoint,
    POLYGON_START_BLOCK: '0',
    FT_POLL_MS: String(POLL_MS),
  })
  const ending = new AbortController()
  try {
    const { head } = await chain.stats()
    await until(() => reached(system.url, head))
    const before = await headerCalls(chain)
    const first = head + 1 + WARM_UP
    const answered = observeApi(system.url, head + 1, ending.signal)
    const fetched = observeChain(chain, head + 1, scenario.heads === 'polling' ? POLL_MS : null, ending.signal)
    await mine(chain, WARM_UP + blocks, scenario.events, seed)
    await until(() => reached(system.url, head + WARM_UP + blocks))
    // the floor's client asks for each of them once
    const headers = ((await headerCalls(chain)) - before) / (WARM_UP + blocks) - 1
    const holdings = await checkOwnership(server.url, chain)
    await delay(POLL_MS * 2)
    ending.abort()
    const published = new Map(z.array(z.tuple([z.int(), z.number()])).parse(await chain.call('bench_published')))
    const times = delays(published, await answered, first)
    const floor = delays(published, await fetched, first)
    return {
      ...scenario,
      ...{ p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
      ...{ floorP50: quantile(floor, 0.5), floorP99: quantile(floor, 0.99) },
      ...{ headers, holdings },
    }
  } finally {
    ending.abort()
    await system.stop()
    await server.stop()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function headerCalls(chain: RunningBenchChain): Promise<number> {
  return (await chain.stats()).calls['eth_getBlockByNumber'] ?? 0
}

async function checkOwnership(url: string, chain: RunningBenchChain): Promise<number> {
  const db = createPool({ url, max: 1 })
  try {
    return await verifyOwnership(db, chain)
  } finally {
    await db.end()
  }
}

async function mine(chain: RunningBenchChain, blocks: number, events: number, seed: number): Promise<void> {
  const prng = createPrng(seed, -1)
  let due = performance.now()
  for (let left = blocks; left > 0; left -= 1) {
    due += BLOCK_MS
    await delay(Math.max(0, due - performance.now()) + prng.below(JITTER_MS + 1))
    await chain.call('bench_mine', events)
  }
}

const status = z.object({ data: z.object({ projected: z.object({ number: z.int() }).nullable() }) })

/** Whether answers contain a block. Not yet, when nobody listens yet. */
async function reached(url: string, block: number): Promise<boolean> {
  const answer = await fetch(`${url}/api/v1/networks/polygon`).catch((error: unknown) => {
    if (error instanceof TypeError) return null
    throw error
  })
  if (answer?.ok !== true) return false
  return (status.parse(await answer.json()).data.projected?.number ?? -1) >= block
}

async function until(condition: () => Promise<boolean>, seconds = 120): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await condition()); await delay(50)) {
    if (Date.now() > end) throw new Error(`the system did not follow the chain within ${seconds} s`)
  }
}

/** @throws Error when a measured block was never seen */
function delays(published: ReadonlyMap<number, number>, seen: Seen, first: number): number[] {
  const measured = [...published].filter(([block]) => block >= first)
  return measured.map(([block, at]) => {
    const when = seen.get(block)
    if (when === undefined) throw new Error(`block ${block} was never seen`)
    return when - at
  })
}

function report(figures: readonly Measured[]): void {
  console.log(
    table(
      figures.map((f) => [f.transport, f.heads, f.events, f.p50, f.p99, f.floorP50, f.floorP99, f.headers]),
      ['bus', 'heads', 'events per block', 'p50 ms', 'p99 ms', 'floor p50', 'floor p99', 'headers per block'],
    ),
  )
}
