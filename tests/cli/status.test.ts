import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { fuse, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { randomChain } from '../support/world/world.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()
const chain = randomChain(createRandom(4), 12, 2)

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database.drop())

/** A network that is stored up to 11, of which 9 is projected, with a hole, and two dead letters. */
async function indexed(): Promise<void> {
  const { db } = database
  const network = await worldNetwork(db)
  await fuse(db, network, chain.slice(0, 10))
  for (const block of chain.slice(10)) await publishBlock(db, network, block, createRandom(1))
  await db.query(`UPDATE system.sync_cursors SET block_number = 11, finalized_number = 7, state = 'live'`)
  await db.query('UPDATE projection.network_status SET safe_number = 8')
  await db.query('UPDATE ref.networks SET start_block = 0, history_complete = true')
  await db.query(`INSERT INTO ingest.indexed_ranges (network_id, scope, blocks) VALUES ($1, 'all', '{[0,3),[5,12)}')`, [
    network.id,
  ])
  await db.query(
    `INSERT INTO system.dlq (dlq_id, first_failed_at, last_failed_at, attempts, topic, consumer_group, key, code, reason, payload)
     SELECT gen_random_uuid(), now(), now(), 5, 't', 'g', i::text, 'internal', 'planted', '{}' FROM generate_series(1, 2) i`,
  )
}

test('one line per network says how far each stage is; holes, waiting messages and dead letters say what to do', async () => {
  await indexed()
  const { code, stdout } = await ft(['status'], { DATABASE_URL: database.url })
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^network +state +head +stored +normalized +projected +safe +finalized +lag +writer +history\n/,
  )
  expect(stdout).toMatch(/^polygon +live +- +11 +9 +9 +8 +7 +\S.* +NO +complete$/m)
  expect(stdout).toContain('blocks 3 to 4 have not been read: ft backfill --network polygon --from 3 --to 4\n')
  expect(stdout).toMatch(/^outbox +4 messages wait, the oldest for .*NO PROCESS DELIVERS$/m)
  expect(stdout).toMatch(/^dead letters +2: ft dlq list$/m)
  expect(stdout).toMatch(/^not derivable +0 collections$/m)
  await database.db.query('UPDATE catalog.collections SET derivable = false')
  const [row] = await database.db.query<{ count: number }>('SELECT count(*)::int AS count FROM catalog.collections')
  const marked = await ft(['status'], { DATABASE_URL: database.url })
  expect(marked.stdout).toMatch(
    new RegExp(`^not derivable +collections: ${row?.count} on polygon; ft reconcile names them$`, 'm'),
  )
})

test('what is asked beside reading blocks has a line where it is switched on', async () => {
  await indexed()
  await database.db.query(
    `INSERT INTO catalog.metadata_looks (asset_id, network_id, due_at)
     SELECT gen_random_uuid(), network_id, now() - interval '90 seconds' FROM ref.networks, generate_series(1, 3)`,
  )
  await database.db.query('UPDATE ref.networks SET start_block = 2, history_complete = false')
  await database.db.query('UPDATE projection.network_status SET finalized_number = 7')
  const env = { DATABASE_URL: database.url, POLYGON_RPC_URL: 'http://127.0.0.1:1' }
  expect((await ft(['status'], env)).stdout).not.toMatch(/^(?:metadata|openings)/m)
  const on = { ...env, POLYGON_METADATA: 'on', POLYGON_OPENING_BALANCES: 'on' }
  const { stdout } = await ft(['status'], on)
  expect(stdout).toMatch(/^metadata +3 due on polygon, the oldest for \S.*$/m)
  expect(stdout).toMatch(/^openings +6 blocks to look through on polygon$/m)
  expect(JSON.parse((await ft(['status', '--json'], on)).stdout)).toMatchObject({
    metadata: { polygon: { due: 3, oldestSeconds: expect.closeTo(90, -2) } },
    openings: { polygon: { blocks: 6 } },
  })
})

test('--json is the same as data', async () => {
  await indexed()
  const { stdout } = await ft(['status', '--json'], { DATABASE_URL: database.url })
  expect(JSON.parse(stdout)).toMatchObject({
    networks: [
      {
        name: 'polygon',
        state: 'live',
        ingested: { number: 11 },
        projected: { number: 9 },
        safe: { number: 8 },
        holes: [{ from: 3, to: 4 }],
      },
    ],
    outbox: { pending: 4 },
    deadLetters: 2,
    leaders: { 'ingest-polygon': false, outbox: false, partitions: false, sweeper: false },
  })
})

test('every task that runs on one process at a time is among the leaders', async () => {
  await indexed()
  const env = { DATABASE_URL: database.url }
  const tasks = z.array(z.object({ task: z.string(), trigger: z.string() }))
  const listed = tasks.parse(JSON.parse((await ft(['worker', '--list', '--json'], env)).stdout))
  const once = listed.filter(({ trigger }) => /^cron|, once$/.test(trigger)).map(({ task }) => task)
  expect(once.length).toBeGreaterThan(1)
  const status = z.object({ leaders: z.record(z.string(), z.boolean()) })
  const { leaders } = status.parse(JSON.parse((await ft(['status', '--json'], env)).stdout))
  expect(Object.keys(leaders).sort()).toEqual(['ingest-polygon', 'outbox', ...once].sort())
})

test('a database without a network, without a schema, and no database at all are said as what they are', async () => {
  expect((await ft(['status'], { DATABASE_URL: database.url })).stdout).toContain('no network has been indexed yet')
  const empty = await createTestDatabase({ migrated: false })
  try {
    const { code, stderr } = await ft(['status'], { DATABASE_URL: empty.url })
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('run ft migrate') })
  } finally {
    await empty.drop()
  }
  const { code, stderr } = await ft(['status'])
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('start it with ft up') })
})
