import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type EvmDevnet, startEvmDevnet } from '../../src/devnet/evm.js'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type FtProcess, startFt } from '../support/ftProcess.js'
import { startTestRedis, type TestRedis } from '../support/redisServer.js'
import { startSystem } from '../support/system.js'
import { snapshot } from '../support/world/snapshot.js'
import { productionWorkers } from './production.js'

/*
 * Production as docker/compose.yml has it: a process for every task, two for the API, on one PostgreSQL and one Redis. They index both
 * development chains while each of them is killed.
 */

const PATIENCE_MS = 420_000
const quiet = { info: () => undefined, error: () => undefined }
const place = z.object({ number: z.int() }).nullable()
const networks = z.object({ data: z.array(z.object({ network: z.string(), projected: place })) })

let folder: string
let database: TestDatabase
let redis: TestRedis
let ton: TonDevnet
let evm: EvmDevnet
/** What runs, by what it was started with; replicas are told apart by their place. */
let running: { readonly args: readonly string[]; process: FtProcess }[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ft-topology-'))
  database = await createTestDatabase()
  redis = await startTestRedis()
  ton = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 9, log: quiet })
  evm = await startEvmDevnet({ dataDir: join(folder, 'evm'), blockTimeMs: null, seed: 9, log: quiet })
  await grow(10)
  running = productionWorkers(['ton']).map((args) => ({ args, process: start(args) }))
  await Promise.all(running.map(({ process }) => process.started))
}, PATIENCE_MS)

afterAll(async () => {
  await Promise.all(running.map(({ process }) => process.end('SIGKILL')))
  await Promise.all([ton.stop(), evm.stop()])
  await redis.stop()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

function variables(url: string): Record<string, string> {
  return {
    DATABASE_URL: url,
    POLYGON_RPC_URL: evm.rpcUrl,
    POLYGON_START_BLOCK: '0',
    TONAPI_URL: ton.url,
    TON_START_SEQNO: '1',
  }
}

function start(args: readonly string[]): FtProcess {
  return startFt(args, { ...variables(database.url), REDIS_URL: redis.url })
}

async function grow(blocks: number): Promise<void> {
  await evm.mineActivity(blocks)
  await ton.produceActivity(blocks)
}

function heads(): Record<string, number> {
  return { polygon: evm.head().number, ton: ton.head().seqno }
}

/** How far the read models are, as this address of the API says. */
async function projected(api: string): Promise<Record<string, number | undefined>> {
  const { data } = networks.parse(await (await fetch(`${api}/api/v1/networks`)).json())
  return Object.fromEntries(data.map((network) => [network.network, network.projected?.number]))
}

function apis(): FtProcess[] {
  return running.filter(({ args }) => args.includes('api')).map(({ process }) => process)
}

test('every process of the composition has its own task, and the API two', () => {
  expect(running.map(({ args }) => args.slice(1).join())).toEqual(
    expect.arrayContaining(['ingest-polygon', 'ingest-ton', 'normalizer', 'projector', 'outbox-publisher']),
  )
  expect(apis()).toHaveLength(2)
})

test(
  'each is killed in its turn while both chains grow; the API answers all the time, and the rows are those of one process',
  async () => {
    for (const worker of running) {
      await grow(1)
      const { code, signal } = await worker.process.end('SIGKILL')
      expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' })
      // a replica that was not killed answers
      const other = apis().find((api) => api !== worker.process)
      expect(Object.keys(await projected((await other?.listening) ?? ''))).toEqual(['polygon', 'ton'])
      worker.process = start(worker.args)
      if (worker.args.includes('api')) await worker.process.listening
    }
    await grow(3)
    for (const api of apis()) {
      const url = await api.listening
      await expect.poll(() => projected(url), { timeout: 180_000, interval: 100 }).toEqual(heads())
    }
    expect(await rowsOfOneProcess()).toEqual(await snapshot(database.db))
    const [left] = await database.db.query(
      'SELECT (SELECT count(*)::int FROM system.dlq) AS dead, (SELECT count(*)::int FROM market.sales_history) > 0 AS sold',
    )
    expect(left).toEqual({ dead: 0, sold: true })
    expect(running.filter(({ process }) => process.process.exitCode !== null)).toEqual([])
  },
  PATIENCE_MS,
)

async function rowsOfOneProcess() {
  const whole = await createTestDatabase()
  const system = await startSystem(variables(whole.url))
  try {
    await expect.poll(() => projected(system.url), { timeout: 180_000, interval: 50 }).toEqual(heads())
    return await snapshot(whole.db)
  } finally {
    await system.stop()
    await whole.drop()
  }
}
