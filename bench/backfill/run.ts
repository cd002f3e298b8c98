import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { table } from '../../src/cli/table.js'
import { createPool, type Db } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { startBenchChain } from '../chain/start.js'
import type { Figure } from '../figures.js'
import { plot } from '../support/plot.js'
import { cpuSeconds } from '../support/processes.js'
import { copyAlone } from './copyFloor.js'
import { readAndParse } from './floor.js'
import { lastAgainstFirst, memoryPlot, ratePlot } from './rates.js'
import { type TableSize, tableSizes } from './storage.js'
import { verifyOwnership } from './verify.js'

export interface BackfillOptions {
  readonly events: number
  readonly seed: number
  /** File for the figures as JSON. */
  readonly json: string | undefined
  /** File for a drawing (SVG) of the rate over the history; beside it one of the memory (`-memory.svg`). */
  readonly plot: string | undefined
}

const measured = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  progress: z.array(z.tuple([z.number(), z.number(), z.number()])),
})

/**
 * Indexes the bench chain from its first block into an empty embedded PostgreSQL (durable settings) and prints what it cost, beside
 * reading and parsing alone, and COPY of the same rows alone, in the same run. A run whose ownership is wrong fails.
 */
export async function backfill({ events, seed, json, plot: drawing }: BackfillOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-'))
  const chain = await startBenchChain({ events, seed, finalityDepth: 0 })
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const db = createPool({ url: server.url, max: 2 })
  try {
    await migrate(db)
    const { head, events: logs } = await chain.stats()
    const floor = await readAndParse(chain.url, head)
    const postmaster = Number(
      (await readFile(join(folder, 'postgres', 'pgdata', 'postmaster.pid'), 'utf8')).split('\n')[0],
    )
    const before = { cpu: await cpuSeconds(postmaster), wal: await walBytes(db) }
    const node = await runIndexer(server.url, chain.url)
    const postgres = {
      cpuSeconds: (await cpuSeconds(postmaster)) - before.cpu,
      walBytes: (await walBytes(db)) - before.wal,
    }
    const holdings = await verifyOwnership(db, chain)
    const sizes = await tableSizes(db)
    const copySeconds = await copyAlone(db, join(folder, 'postgres', 'pgdata'))
    const measured = { events: logs, node, postgres, floor, copySeconds, holdings, sizes }
    report(measured)
    if (json !== undefined) await writeFile(json, JSON.stringify(measured, null, 2))
    if (drawing !== undefined) {
      await writeFile(drawing, plot(ratePlot(node.progress)))
      await writeFile(drawing.replace(/(\.svg)?$/, '-memory.svg'), plot(memoryPlot(node.progress)))
    }
    return figuresOf(measured)
  } finally {
    await db.end()
    await server.stop()
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function walBytes(db: Db): Promise<number> {
  const [row] = await db.query<{ bytes: bigint }>(`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS bytes`)
  return Number(row?.bytes ?? 0n)
}

async function runIndexer(databaseUrl: string, rpcUrl: string): Promise<z.infer<typeof measured>> {
  const child = fork(fileURLToPath(new URL('indexer.ts', import.meta.url)), {
    // The heap's limit is that of `npm start` and of the image.
    execArgv: ['--max-old-space-size=1024', '--import', 'tsx'],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      POLYGON_RPC_URL: rpcUrl,
      FT_LOG_LEVEL: 'warn',
      FT_NETWORKS: 'polygon',
    },
  })
  const ended = once(child, 'exit')
  const [message] = await Promise.race([once(child, 'message'), ended])
  const figures = measured.safeParse(message)
  await ended
  if (!figures.success) throw new Error(`the indexer ended with ${String(message)}`)
  return figures.data
}

interface Measured {
  readonly events: number
  readonly node: z.infer<typeof measured>
  readonly postgres: { readonly cpuSeconds: number; readonly walBytes: number }
  readonly floor: { readonly seconds: number; readonly facts: number }
  readonly copySeconds: number
  readonly holdings: number
  readonly sizes: readonly TableSize[]
}

function report({ events, node, postgres, floor, copySeconds, holdings, sizes }: Measured): void {
  const rate = events / node.seconds
  const floorRate = events / floor.seconds
  const rows = sizes.reduce((sum, size) => sum + size.rows, 0)
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0)
  const fixed = (value: number, digits = 1): string => value.toLocaleString('en', { maximumFractionDigits: digits })
  console.log(
    table([
      ['events', fixed(events)],
      ['events/s', fixed(rate)],
      ['floor: read and parse alone, events/s', fixed(floorRate)],
      ['share of that floor', `${fixed((100 * rate) / floorRate)} %`],
      ['floor: COPY of the same rows alone, events/s', fixed(events / copySeconds)],
      ['share of that floor', `${fixed((100 * rate * copySeconds) / events)} %`],
      ['CPU seconds, Node', fixed(node.cpuSeconds)],
      ['CPU seconds, PostgreSQL', fixed(postgres.cpuSeconds)],
      ['CPU per event, ms', fixed((1000 * (node.cpuSeconds + postgres.cpuSeconds)) / events, 3)],
      ['peak memory of Node, MB', fixed(node.peakBytes / 1e6)],
      ['rows per event', fixed(rows / events, 2)],
      ['bytes per event', fixed(bytes / events)],
      ['WAL bytes per event', fixed(postgres.walBytes / events)],
      ['last tenth against the first', fixed(lastAgainstFirst(node.progress), 2)],
      ['ownership', `right, ${fixed(holdings)} holdings`],
    ]),
  )
  console.log(
    table(
      sizes.slice(0, 14).map((size) => [size.table, fixed(size.rows), fixed(size.bytes / events)]),
      ['table', 'rows', 'bytes per event'],
    ),
  )
}

function figuresOf({ events, node, postgres, floor, sizes }: Measured): Figure[] {
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0)
  const cpu = (1000 * (node.cpuSeconds + postgres.cpuSeconds)) / events
  return [
    {
      name: 'events/s',
      value: events / node.seconds,
      unit: '',
      better: 'more',
      floor: events / floor.seconds,
      bar: 7_000,
    },
    { name: 'CPU per event', value: cpu, unit: 'ms', better: 'less', bar: 0.25 },
    { name: 'peak memory of Node', value: node.peakBytes / 1e6, unit: 'MB', better: 'less', bar: 400 },
    { name: 'stored per event', value: bytes / events, unit: 'bytes', better: 'less', bar: 1_500 },
    {
      name: 'last tenth against the first',
      value: lastAgainstFirst(node.progress),
      unit: '',
      better: 'more',
      bar: 0.8,
    },
  ]
}
