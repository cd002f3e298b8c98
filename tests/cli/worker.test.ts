import { rm } from 'node:fs/promises'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.js'
import { fastSettings } from '../../src/embedded/settings.js'
import { adminQuery, databaseUrl } from '../support/admin.js'
import { type FtProcess, startFt } from '../support/ftProcess.js'
import { startTestRedis } from '../support/redisServer.js'
import { makeFolder } from '../support/temporaryFolder.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()
const two = { POLYGON_RPC_URL: 'http://127.0.0.1:1', ETHEREUM_RPC_URL: 'http://127.0.0.1:1' }
const servers = { DATABASE_URL: 'postgres://127.0.0.1:1/ft', REDIS_URL: 'redis://127.0.0.1:1' }
const listed = z.array(
  z.object({ task: z.string(), trigger: z.string(), group: z.string().nullable(), topics: z.array(z.string()) }),
)

describe('ft worker --list', () => {
  test('prints every task with trigger, group and topics of all networks, and needs no server', async () => {
    const { code, stdout } = await ft(['worker', '--list', '--json'], two)
    expect(code).toBe(0)
    const tasks = listed.parse(JSON.parse(stdout))
    expect(tasks).toEqual(
      expect.arrayContaining([
        { task: 'ingest-polygon', trigger: 'loop', group: null, topics: [] },
        {
          task: 'normalizer',
          trigger: 'stream',
          group: 'normalizer',
          topics: ['chain.polygon.raw_events', 'chain.ethereum.raw_events'],
        },
        { task: 'api', trigger: 'loop', group: null, topics: [] },
      ]),
    )
  })

  test('is a table for people', async () => {
    const { stdout } = await ft(['worker', '--list'], two)
    const [header, ...rows] = stdout.split('\n')
    expect(header).toMatch(/^task +trigger +group +topics$/)
    expect(rows.find((row) => row.startsWith('ownership-updater'))).toMatch(
      /stream +ownership_updater +ledger\.normalized$/,
    )
  })
})

describe('ft worker and a database that is away', () => {
  const dataDir = makeFolder('ft-test-away-')
  const cleanup: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const step of cleanup.splice(0).reverse()) await step()
  })
  afterAll(() => rm(dataDir, { recursive: true, force: true }))

  /** A worker that was started while its server did not run, and says so. */
  async function startAlone(): Promise<{ worker: FtProcess; port: number }> {
    const server = await startEmbeddedPostgres({ dataDir, settings: fastSettings })
    await server.stop()
    const redis = await startTestRedis()
    cleanup.push(() => redis.stop())
    const env = { ...two, DATABASE_URL: server.url, REDIS_URL: redis.url }
    const worker = startFt(['worker', 'projector'], env)
    cleanup.push(() => worker.end('SIGKILL'))
    const health = await worker.started
    await expect.poll(() => readiness(health), { timeout: 20_000 }).toContain('starting: database waits: ')
    return { worker, port: Number(new URL(server.url).port) }
  }

  async function readiness(url: string): Promise<string> {
    const response = await fetch(`${url}/health/ready`)
    return `${response.status} ${await response.text()}`
  }

  test('it waits until the server is there, and then works', async () => {
    const { worker, port } = await startAlone()
    const server = await startEmbeddedPostgres({ dataDir, port, settings: fastSettings })
    cleanup.push(() => server.stop())
    await expect.poll(async () => readiness(await worker.started), { timeout: 30_000 }).toMatch(/^200 /)
    expect((await worker.end('SIGTERM')).code).toBe(0)
  })

  test('one that does not exist yet is named, with what to do, and waited for as well', async () => {
    const server = await startEmbeddedPostgres({ dataDir, settings: fastSettings })
    const redis = await startTestRedis()
    cleanup.push(
      () => server.stop(),
      () => redis.stop(),
    )
    const env = { ...two, DATABASE_URL: databaseUrl(server.url, 'later'), REDIS_URL: redis.url }
    const worker = startFt(['worker', 'projector'], env)
    cleanup.push(() => worker.end('SIGKILL'))
    const health = await worker.started
    await expect
      .poll(() => readiness(health), { timeout: 20_000 })
      .toMatch(/database waits: The database .* does not exist: create it, or correct the name in DATABASE_URL/)
    await adminQuery(server.url, 'CREATE DATABASE later')
    await expect.poll(() => readiness(health), { timeout: 30_000 }).toMatch(/^200 /)
    expect((await worker.end('SIGTERM')).code).toBe(0)
  })

  test('SIGTERM ends the wait with 0', async () => {
    const { worker } = await startAlone()
    expect((await worker.end('SIGTERM')).code).toBe(0)
  })
})

describe('ft worker refuses', () => {
  test('to run alone: it names every server that is missing, and the way without', async () => {
    const { code, stderr } = await ft(['worker', 'normalizer'])
    expect(code).toBe(2)
    for (const text of ['DATABASE_URL', 'REDIS_URL', 'POLYGON_RPC_URL', 'ft up']) expect(stderr).toContain(text)
    expect((await ft(['worker', 'normalizer'], { ...two, ...servers, REDIS_URL: '' })).stderr).toMatch(
      /Not set: REDIS_URL \(for example [^;]*\)\. To run/,
    )
  })

  test('a task that does not exist, with the one that was meant', async () => {
    const { code, stderr } = await ft(['worker', 'normaliser'], { ...two, ...servers })
    expect(code).toBe(2)
    expect(stderr).toContain('There is no task normaliser; did you mean normalizer?')
  })

  test('to run nothing', async () => {
    const { code, stderr } = await ft(['worker'], { ...two, ...servers })
    expect(code).toBe(2)
    expect(stderr).toContain('ft worker --list')
  })
})
