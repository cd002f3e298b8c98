import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { table } from '../../src/cli/table.js'
import { createPool } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import type { Figure } from '../figures.js'
import { startRedis } from '../support/redis.js'
import { bareStream, embedded, type Running, redis } from './buses.js'
import { latency, throughput } from './workload.js'

export interface BusBenchOptions {
  /** File for the figures as JSON. */
  readonly json: string | undefined
}

const SECONDS = 6
const SINGLES = 20_000
const BATCHED = { messages: 2_000, eventsEach: 200 }

/**
 * Measures each bus on an empty embedded PostgreSQL (durable settings) and a Redis with its append-only file, beside a bare
 * stream in the same run: latency at 500 messages a second, and how fast a backlog is delivered, one event and 200 per message.
 */
export async function bus({ json }: BusBenchOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-bench-'))
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
  const server = await startRedis(folder)
  const db = createPool({ url: postgres.url, max: 10 })
  try {
    await migrate(db)
    const figures = [
      await measure('floor: bare stream', () => bareStream(server.url)),
      await measure('Redis, 1 consumer', () => redis(db, server.url, 1)),
      await measure('Redis, 4 consumers', () => redis(db, server.url, 4)),
      await measure('embedded, 1 consumer', () => embedded(db, 1)),
      await measure('embedded, 4 consumers', () => embedded(db, 4)),
    ]
    console.log(
      table(
        figures.map((figure) => [
          figure.name,
          fixed(figure.p50, 1),
          fixed(figure.p99, 1),
          fixed(figure.messages),
          fixed(figure.events),
        ]),
        ['bus', 'p50 ms at 500/s', 'p99 ms', 'messages/s', 'events/s, 200 a message'],
      ),
    )
    if (json !== undefined) await writeFile(json, JSON.stringify(figures, null, 2))
    return figuresOf(figures)
  } finally {
    await db.end()
    await server.stop()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Measured {
  readonly name: string
  readonly p50: number
  readonly p99: number
  readonly messages: number
  readonly events: number
}

/** Beside the bare stream, which comes first; the bars are those of Redis. */
function figuresOf([floor, ...buses]: readonly Measured[]): Figure[] {
  return buses.flatMap(({ name, p99, events }): Figure[] => {
    const isRedis = name.startsWith('Redis')
    return [
      {
        ...{ name: `${name}: p99 at 500 messages/s`, value: p99, unit: 'ms', better: 'less' },
        ...(floor === undefined ? {} : { floor: floor.p99 }),
        ...(isRedis ? { bar: 50 } : {}),
      },
      {
        ...{ name: `${name}: events/s`, value: events, unit: '', better: 'more' },
        ...(floor === undefined ? {} : { floor: floor.events }),
        ...(isRedis ? { bar: 50_000 } : {}),
      },
    ]
  })
}

async function measure(name: string, start: () => Promise<Running>): Promise<Measured> {
  const running = await start()
  try {
    await throughput(running, 500, 1)
    const { p50, p99 } = await latency(running, SECONDS)
    const { messages } = await throughput(running, SINGLES, 1)
    const { events } = await throughput(running, BATCHED.messages, BATCHED.eventsEach)
    return { name, p50, p99, messages, events }
  } finally {
    await running.stop()
  }
}

function fixed(value: number, digits = 0): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}
