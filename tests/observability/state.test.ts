import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordState } from '../../src/cli/compose/monitor.js'
import { readState } from '../../src/cli/compose/state.js'
import { createPool, type Db } from '../../src/core/db.js'
import type { Network } from '../../src/core/networks.js'
import { createMetrics } from '../../src/observability/metrics.js'
import { beatLock } from '../../src/worker/postgresBeat.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { deliverAnyhow, fuse, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { randomChain } from '../support/world/world.js'

const chain = randomChain(createRandom(5), 20, 3)

let database: TestDatabase
/** Of the role that the task `monitor` has. */
let pool: Db
let network: Network

beforeEach(async () => {
  database = await createTestDatabase()
  pool = createPool({ url: database.url, role: 'ft_pipeline', max: 1 })
  network = await worldNetwork(database.db)
})

afterEach(async () => {
  await pool.end()
  await database.drop()
})

/** The value of a series, as a scrape after a read of the state would see it. */
async function scraped(
  series: string,
  metrics = createMetrics(),
  once: readonly string[] = ['sweeper', 'partitions'],
): Promise<number | undefined> {
  recordState(metrics, await readState(pool, once))
  const line = (await metrics.text()).split('\n').find((text) => text.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

/** Puts block times and cursor where a network that is this many seconds behind would have them. */
async function ingestedSecondsAgo(number: number, seconds: number): Promise<void> {
  await database.db.query(`UPDATE ingest.blocks SET time = now() - make_interval(secs => $2) WHERE number = $1`, [
    number,
    seconds,
  ])
  await database.db.query('UPDATE system.sync_cursors SET block_number = $1', [number])
}

test('a network that has read nothing yet has no lag, and nothing is read as zero progress', async () => {
  expect(await scraped('ft_ingest_lag{network="polygon"}')).toBeUndefined()
  expect(await scraped('ft_network_disputed{network="polygon"}')).toBe(0)
})

test('the lag of a stage that stands still rises above that of the stage before, and falls when it has caught up', async () => {
  const [first, second] = [chain.slice(0, 10), chain.slice(10)]
  await fuse(database.db, network, first)
  await ingestedSecondsAgo(9, 1000)
  for (const block of second) await publishBlock(database.db, network, block, createRandom(1))
  await ingestedSecondsAgo(19, 100)
  expect(await scraped('ft_ingest_lag{network="polygon"}')).toBeCloseTo(100, -1)
  expect(await scraped('ft_normalizer_lag{network="polygon"}')).toBeCloseTo(1000, -1)
  expect(await scraped('ft_outbox_unpublished')).toBe(20)

  await deliverAnyhow(database.db, network, createRandom(2))
  await database.db.query('UPDATE system.outbox_events SET published_at = now()')
  expect(await scraped('ft_normalizer_lag{network="polygon"}')).toBeCloseTo(100, -1)
  expect(await scraped('ft_projection_lag{network="polygon"}')).toBeCloseTo(100, -1)
  expect(await scraped('ft_projected_block{network="polygon"}')).toBe(19)
  expect(await scraped('ft_outbox_unpublished')).toBe(0)
})

test('a place that is not known any more has no series', async () => {
  const metrics = createMetrics()
  const seen = async () => [
    await scraped('ft_ingest_lag{network="polygon"}', metrics),
    await scraped('ft_ingested_block{network="polygon"}', metrics),
  ]
  await fuse(database.db, network, chain)
  await ingestedSecondsAgo(19, 100)
  expect(await seen()).toEqual([expect.closeTo(100, -1), 19])
  await database.db.query('UPDATE system.sync_cursors SET block_number = NULL')
  expect(await seen()).toEqual([undefined, undefined])
})

test('holdings below zero, room in the partitions and a dispute are seen', async () => {
  await fuse(database.db, network, chain)
  const series = 'ft_negative_ownership_rows{network="polygon"}'
  const before = (await scraped(series)) ?? Number.NaN
  await database.db.query(
    `UPDATE market.ownership_current SET quantity = -1
     WHERE (asset_id, account_address) = (SELECT asset_id, account_address FROM market.ownership_current WHERE quantity > 0 LIMIT 1)`,
  )
  await database.db.query(`UPDATE system.sync_cursors SET block_number = 999990, state = 'disputed'`)
  expect(await scraped(series)).toBe(before + 1)
  expect(await scraped('ft_network_disputed{network="polygon"}')).toBe(1)
  expect(await scraped('ft_partition_blocks_ahead{network="polygon"}')).toBe(9)
  expect(await scraped('ft_partition_messages_ahead')).toBe(1_250_000)
})

test('collections whose events do not tell who holds what are counted', async () => {
  await fuse(database.db, network, chain)
  const series = 'ft_collections_not_derivable{network="polygon"}'
  expect(await scraped(series)).toBe(0)
  await database.db.query(
    `UPDATE catalog.collections SET derivable = false WHERE collection_id = (SELECT min(collection_id::text)::uuid FROM catalog.collections)`,
  )
  expect(await scraped(series)).toBe(1)
})

test('a leader is present while a session holds its lock', async () => {
  const ingest = 'ft_leader_present{task="ingest-polygon"}'
  const outbox = 'ft_leader_present{task="outbox"}'
  expect([await scraped(ingest), await scraped(outbox)]).toEqual([0, 0])
  const session = await database.db.session(() => undefined)
  await session.query(`SELECT pg_advisory_lock(hashtext('ft.ingest'), $1)`, [network.id])
  expect([await scraped(ingest), await scraped(outbox)]).toEqual([1, 0])
  await session.query('SELECT pg_advisory_lock($1)', [0x66742e6f75746278n.toString()])
  await session.query('SELECT pg_advisory_unlock(hashtext($1), $2)', ['ft.ingest', network.id])
  expect([await scraped(ingest), await scraped(outbox)]).toEqual([0, 1])
  const sweeper = 'ft_leader_present{task="sweeper"}'
  await session.query('SELECT pg_advisory_lock($1)', [beatLock('sweeper')])
  expect([await scraped(outbox), await scraped(sweeper)]).toEqual([1, 1])
  expect(await scraped('ft_leader_present{task="partitions"}')).toBe(0)
  await session.release()
})

test('assets that are due for a look at their metadata are counted where it is read, and nowhere else', async () => {
  const looks = async (once = ['metadata-polygon']) => ({
    due: await scraped('ft_metadata_due{network="polygon"}', createMetrics(), once),
    oldest: await scraped('ft_metadata_oldest_due_seconds{network="polygon"}', createMetrics(), once),
  })
  expect(await looks()).toEqual({ due: 0, oldest: 0 })
  await database.db.query(
    `INSERT INTO catalog.metadata_looks (asset_id, network_id, due_at)
     SELECT gen_random_uuid(), $1, d FROM unnest($2::timestamptz[]) AS d UNION ALL
     SELECT gen_random_uuid(), $1 + 1, now() - interval '9 days' UNION ALL
     SELECT gen_random_uuid(), $1, now() - interval '600 seconds' UNION ALL SELECT gen_random_uuid(), $1, now() + interval '1 day'`,
    [network.id, '{-infinity,infinity}'],
  )
  expect(await looks()).toEqual({ due: 2, oldest: expect.closeTo(600, -1) })
  expect(await looks(['sweeper'])).toEqual({ due: undefined, oldest: undefined })
})

test('final blocks that wait to be looked through for opening balances are counted where these are asked for', async () => {
  const waiting = async (once = ['openings-polygon']) =>
    await scraped('ft_opening_blocks_waiting{network="polygon"}', createMetrics(), once)
  const { db } = database
  await db.query('UPDATE ref.networks SET start_block = 100, history_complete = false')
  expect(await waiting()).toBe(0)
  await db.query('UPDATE projection.network_status SET finalized_number = 149, projected_number = 139')
  expect(await waiting()).toBe(40)
  await db.query(`INSERT INTO ledger.applied_ranges VALUES ($1, 'opening_balances', '{[100,120),[125,130)}')`, [
    network.id,
  ])
  expect(await waiting()).toBe(15)
  expect(await waiting(['sweeper'])).toBeUndefined()
  await db.query('UPDATE ref.networks SET history_complete = true')
  expect(await waiting()).toBe(0)
})
