import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { table } from '../../src/cli/table.js'
import { createPool, type Db, type Tx } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { type Network, registerNetwork } from '../../src/core/networks.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { storeBlocks } from '../../src/ingest/store.js'
import { toMessage } from '../../src/pipeline/ledger.js'
import { normalize } from '../../src/pipeline/normalize.js'
import { projectHoldings } from '../../src/pipeline/project/holdings.js'
import { projectMarket } from '../../src/pipeline/project/market.js'
import { applyMarket } from '../../src/pipeline/state/market.js'
import { applyOwnership } from '../../src/pipeline/state/ownership.js'
import { type Figure, quantile } from '../figures.js'
import { blockAt, mint, parser, read, sale } from './world.js'

export interface MarketBenchOptions {
  /** File for the figures as JSON. */
  readonly json: string | undefined
}

const ITEMS = 1_000_000
const SOLD_BEFORE = 50_000
const PER_BLOCK = 5_000
const MEASURED = 200
const HOLDINGS = 'holdings (read models)'
const STATISTICS = 'market statistics (read models)'

/**
 * Reads a collection of a million items and 50,000 sales into an empty embedded PostgreSQL (durable settings), then sells one item at a
 * time and prints how long the database took for each step, beside two floors of the same run: a statement that does nothing, and
 * an update of one row by its key. A run whose statistics are wrong fails.
 */
export async function market({ json }: MarketBenchOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-'))
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const owner = createPool({ url: postgres.url, max: 2 })
  const db = createPool({ url: postgres.url, max: 2, role: 'ft_backfill' })
  try {
    await migrate(owner)
    const network = await benchNetwork(owner)
    const height = await fill(db, network)
    await owner.query('ANALYZE')
    const steps = await sellOneByOne(db, network, height)
    await check(owner)
    console.log(
      table([...steps, readModelsOf(steps)].map(rowOf), ['step', 'database p50 ms', 'p95', 'wall p50 ms', 'p95']),
    )
    if (json !== undefined) await writeFile(json, JSON.stringify(steps, null, 2))
    return figuresOf(steps)
  } finally {
    await db.end()
    await owner.end()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function benchNetwork(db: Db): Promise<Network> {
  const finality = { rule: 'tag', depth: 256 } as const
  const definition = { name: 'polygon', chain: 'evm', chainId: 137, finality, scope: 'all', endpoints: [] } as const
  const nativeCurrency = { symbol: 'POL', decimals: 18 }
  const network = await registerNetwork(db, { ...definition, nativeCurrency })
  await db.query('SELECT system.ensure_partitions($1, 0, 0)', [network.id])
  await db.query('SELECT system.set_start_block($1, 0, true)', [network.id])
  return network
}

async function fill(db: Db, network: Network): Promise<number> {
  let height = 0
  for (let item = 0; item < ITEMS; item += PER_BLOCK) {
    const mints = Array.from({ length: PER_BLOCK }, (_, n) => mint(item + n))
    await read(db, network, [blockAt(height, mints)])
    height += 1
  }
  for (let n = 0; n < SOLD_BEFORE; n += PER_BLOCK / 2) {
    const sales = Array.from({ length: PER_BLOCK / 2 }, (_, k) => sale((n + k) * 17, n + k)).flat()
    await read(db, network, [blockAt(height, sales)])
    height += 1
  }
  return height
}

interface Step {
  readonly name: string
  readonly milliseconds: number[]
  /** On-CPU time of the connection's backend: what the database did, whatever else the machine is busy with. */
  readonly database: number[]
}

async function sellOneByOne(db: Db, network: Network, height: number): Promise<Step[]> {
  const names = ['floor: SELECT 1', 'floor: one row by key', 'ledger, catalog, ownership', 'sale and orders (state)']
  const steps = [...names, HOLDINGS, STATISTICS, 'commit'].map((name) => ({
    name,
    milliseconds: [] as number[],
    database: [] as number[],
  }))
  for (let n = 0; n < MEASURED; n += 1) {
    const block = blockAt(height + n, sale(n * 4_999, SOLD_BEFORE + n))
    let clock = await startClock(0)
    const done = async (step: number): Promise<void> => {
      const now = await startClock(clock.pid)
      steps[step]?.milliseconds.push(now.wall - clock.wall)
      steps[step]?.database.push(now.cpu - clock.cpu)
      clock = await startClock(clock.pid)
    }
    await db.transaction(async (tx) => {
      const [backend] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      clock = await startClock(backend?.pid ?? 0)
      await tx.query('SELECT 1')
      await done(0)
      await tx.query('UPDATE projection.network_status SET updated_at = now() WHERE network_id = $1', [network.id])
      await done(1)
      await sell(tx, network, block, done)
    })
    await done(6)
  }
  return steps
}

/** Wall clock and CPU clock of a backend, in milliseconds (Linux). */
async function startClock(pid: number): Promise<{ readonly pid: number; readonly wall: number; readonly cpu: number }> {
  const nanoseconds = pid === 0 ? '0' : ((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0] ?? '0')
  return { pid, wall: performance.now(), cpu: Number(nanoseconds) / 1e6 }
}

async function sell(
  tx: Tx,
  network: Network,
  block: ReturnType<typeof blockAt>,
  done: (step: number) => Promise<void>,
): Promise<void> {
  const { events } = await normalize(tx, network, parser, await storeBlocks(tx, network, [block]))
  const messages = events.map(toMessage)
  const touched = await applyOwnership(tx, messages)
  await done(2)
  const traded = await applyMarket(tx, network, messages, touched)
  await done(3)
  await projectHoldings(tx, network, touched)
  await done(4)
  await projectMarket(tx, network, traded)
  await done(5)
}

/** The statistics must be those of all sales, or the time they took says nothing. */
async function check(db: Db): Promise<void> {
  const [row] = await db.query<{ sales: number; hours: bigint; items: number }>(
    `SELECT t.sales, (SELECT sum(sales) FROM projection.sale_hours) AS hours, s.items
     FROM projection.sale_totals t JOIN projection.collection_stats s USING (collection_id)`,
  )
  const wanted = SOLD_BEFORE + MEASURED
  if (row?.sales === wanted && row.hours === BigInt(wanted) && row.items === ITEMS) return
  throw new Error(`the statistics are wrong: ${row?.sales} sales, ${row?.hours} by hour, ${row?.items} items`)
}

/** What a sale costs to be in all read models: two steps of each sale as one. */
function readModelsOf(steps: readonly Step[]): Step {
  const parts = steps.filter(({ name }) => name === HOLDINGS || name === STATISTICS)
  const sums = (of: (step: Step) => readonly number[]): number[] =>
    Array.from({ length: MEASURED }, (_, n) => parts.reduce((sum, step) => sum + (of(step)[n] ?? 0), 0))
  return {
    name: 'all read models of one sale',
    milliseconds: sums(({ milliseconds }) => milliseconds),
    database: sums(({ database }) => database),
  }
}

/** The whole of what one sale costs the database, beside an update of one row by its key. */
function figuresOf(steps: readonly Step[]): Figure[] {
  const [, floor, ...ours] = steps.map(({ database }) => quantile(database, 0.5))
  const value = ours.reduce((sum, milliseconds) => sum + milliseconds, 0)
  const statistics = quantile(readModelsOf(steps).database, 0.5)
  const rest = { unit: 'ms of database', better: 'less', ...(floor === undefined ? {} : { floor }) } as const
  return [
    { name: 'one sale: statistics', value: statistics, bar: 10, ...rest },
    { name: 'one sale: everything', value, ...rest },
  ]
}

function rowOf({ name, milliseconds, database }: Step): string[] {
  return [
    name,
    quantile(database, 0.5).toFixed(2),
    quantile(database, 0.95).toFixed(2),
    quantile(milliseconds, 0.5).toFixed(2),
    quantile(milliseconds, 0.95).toFixed(2),
  ]
}
