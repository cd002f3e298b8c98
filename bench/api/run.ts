import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { table } from '../../src/cli/table.js'
import { createApiKey } from '../../src/core/apiKeys.js'
import { createPool } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { type Figure, named } from '../figures.js'
import { checkAnswers } from './check.js'
import { type Child, startChild } from './child.js'
import { type BenchRequest, type Endpoint, endpointsOf } from './endpoints.js'
import { type Figures, figures } from './figures.js'
import { fill, worldOf } from './world.js'

export interface ApiBenchOptions {
  readonly assets: number
  /** Seconds per figure. */
  readonly seconds: number
  /** Only endpoints whose name contains this. */
  readonly only: string | undefined
  /** Flags of Node for the process that serves, for example `--cpu-prof`. */
  readonly flags: readonly string[]
  /** File for the figures as JSON. */
  readonly json: string | undefined
}

const CONNECTIONS = [1, 16, 64] as const
const REQUESTS = 500

/** CPU time of the serving process per request, in microseconds: what is left of a figure when the machine is busy with other things. */
type WithCpu = Figures & { readonly cpuMicroseconds: number }

interface Measured {
  readonly endpoint: string
  readonly connections: number
  /** Mean size of an answer before compression. */
  readonly bytes: number
  readonly api: WithCpu
  /** The same application without the work of its handlers. */
  readonly http: WithCpu
  /** The same statements without HTTP. */
  readonly sql: WithCpu
}

/**
 * Serves a filled embedded PostgreSQL (durable settings) and measures each endpoint at 1, 16 and 64 connections, beside its two floors
 * in the same run (`server.ts`). A run in which an answer is not a 200, or is not what the tables hold, fails.
 */
export async function api({ assets, seconds, only, flags, json }: ApiBenchOptions): Promise<readonly Figure[]> {
  const world = worldOf(assets)
  const endpoints = named(endpointsOf(world), ({ name }) => name, only)
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-'))
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const db = createPool({ url: postgres.url, max: 2 })
  const children: Child[] = []
  try {
    await migrate(db)
    const started = performance.now()
    await fill(db, world)
    console.log(`filled with ${assets} assets in ${Math.round((performance.now() - started) / 1e3)} s`)
    const { text: key } = await createApiKey(db, {
      ...{ name: 'bench', scopes: ['read'], requestsPerMinute: 1_000_000_000, expiresAt: null },
    })
    const server = startChild(new URL('server.ts', import.meta.url), { BENCH_DATABASE_URL: postgres.url }, flags)
    const load = startChild(new URL('load.ts', import.meta.url))
    children.push(server, load)
    const headers = { authorization: `Bearer ${key}`, 'accept-encoding': 'gzip, deflate' }
    const origins = z.object({ api: z.string(), floor: z.string() }).parse(await server.ask({ do: 'start' }))
    await checkAnswers(db, world, async (path) => await (await fetch(`${origins.api}${path}`, { headers })).json())
    const rows: Measured[] = []
    for (const endpoint of endpoints) {
      const measured = await measureEndpoint(endpoint, { server, load, origins, headers, seconds })
      console.log(`${endpoint.name}: ${measured.map(inShort).join(', ')}`)
      rows.push(...measured)
    }
    report(rows)
    if (json !== undefined) await writeFile(json, JSON.stringify({ assets, rows }, null, 2))
    return figuresOf(rows)
  } finally {
    for (const child of children) await child.stop()
    await db.end()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** For whoever waits for the table, which comes a quarter of an hour later. */
function inShort({ connections, api: { perSecond, p99Ms } }: Measured): string {
  return `${Math.round(perSecond)} requests/s and p99 ${p99Ms.toFixed(1)} ms at ${connections}`
}

/** At 16 connections, beside the slower of the two floors. */
function figuresOf(rows: readonly Measured[]): Figure[] {
  return rows
    .filter(({ connections }) => connections === 16)
    .flatMap(({ endpoint, api: served, http, sql }): Figure[] => {
      const floor = Math.min(http.perSecond, sql.perSecond)
      const ofFloor = { name: `${endpoint}: of the slower floor`, value: served.perSecond / floor, unit: '' }
      return [
        { name: `${endpoint}: requests/s`, value: served.perSecond, unit: '', better: 'more', floor },
        { name: `${endpoint}: p99`, value: served.p99Ms, unit: 'ms', better: 'less', bar: 20 },
        ...(endpoint === 'asset' ? [{ ...ofFloor, better: 'more', bar: 0.6 } as const] : []),
      ]
    })
}

interface Setup {
  readonly server: Child
  readonly load: Child
  readonly origins: { readonly api: string; readonly floor: string }
  readonly headers: Record<string, string>
  readonly seconds: number
}

async function measureEndpoint(endpoint: Endpoint, setup: Setup): Promise<Measured[]> {
  const { server, load, origins, headers, seconds } = setup
  const requests: BenchRequest[] = Array.from({ length: REQUESTS }, (_, n) => endpoint.request(n))
  const { bytes } = z.object({ bytes: z.number() }).parse(await server.ask({ do: 'record', requests, headers }))
  const rows: Measured[] = []
  for (const connections of CONNECTIONS) {
    const plan = { connections, warmUpMs: seconds * 400, measureMs: seconds * 1_000 }
    const overHttp = async (origin: string): Promise<WithCpu> =>
      await withCpu(server, async () => await load.ask({ ...plan, origin, headers, requests }))
    rows.push({
      ...{ endpoint: endpoint.name, connections, bytes },
      http: await overHttp(origins.floor),
      sql: await withCpu(server, async () => await server.ask({ ...plan, do: 'statements' })),
      api: await overHttp(origins.api),
    })
  }
  return rows
}

async function withCpu(server: Child, measure: () => Promise<unknown>): Promise<WithCpu> {
  const cpu = async (): Promise<number> =>
    z.object({ microseconds: z.number() }).parse(await server.ask({ do: 'cpu' })).microseconds
  const before = await cpu()
  const measured = figures.parse(await measure())
  return { ...measured, cpuMicroseconds: ((await cpu()) - before) / measured.requests }
}

function report(rows: readonly Measured[]): void {
  const header = ['endpoint', 'bytes', 'connections', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs']
  const floors = ['HTTP floor/s', 'CPU µs', 'SQL floor/s', 'CPU µs', 'of the slower floor']
  console.log(
    table(
      rows.map(({ endpoint, bytes, connections, api: served, http, sql }) => [
        ...[endpoint, bytes, connections, Math.round(served.perSecond)],
        ...[served.p50Ms.toFixed(2), served.p99Ms.toFixed(2), Math.round(served.cpuMicroseconds)],
        ...[Math.round(http.perSecond), Math.round(http.cpuMicroseconds)],
        ...[Math.round(sql.perSecond), Math.round(sql.cpuMicroseconds)],
        `${Math.round((100 * served.perSecond) / Math.min(http.perSecond, sql.perSecond))} %`,
      ]),
      [...header, ...floors],
    ),
  )
}
