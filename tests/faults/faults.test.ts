import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from '../support/world/random.js'
import { Cluster } from './cluster.js'
import { FAULTS, type FaultName } from './faults.js'

/*
 * I3 with real processes: two of every kind on one PostgreSQL and one Redis. Whatever happens to them, the rows end up as if one
 * process had read the chain in order. `npm run test:soak` repeats this in random order, with long pauses.
 */

const SEED = 20
const PAUSE_MS = 2_000
const PATIENCE_MS = 240_000

/** What is settled together: coming to rest takes longer than most faults. */
const ROUNDS: readonly (readonly FaultName[])[] = [
  ['kill -9 of pipeline before-commit', 'kill -9 of pipeline after-commit', 'kill -9 of pipeline before-xack'],
  ['kill -9 of pipeline mid-upsert', 'kill -9 of pipeline mid-reorg'],
  ['kill -9 of publisher after-xadd', 'kill -9 of ingest before-commit', 'kill -9 of ingest after-commit'],
  ['kill -9 of anything at any time', 'Redis paused', 'Redis restarted empty'],
  ['PostgreSQL paused', 'PostgreSQL killed', 'PostgreSQL restarted'],
  ['stream trimmed under a slow consumer', 'a consumer that hangs', 'clocks that are hours apart'],
  ['a rolling restart of everything'],
]

test('every fault has its turn', () => {
  expect(ROUNDS.flat().sort()).toEqual(Object.keys(FAULTS).sort())
})

describe('two processes of every kind', () => {
  let cluster: Cluster
  const random = createRandom(SEED)

  beforeAll(async () => {
    cluster = await Cluster.start(SEED, 2_000)
    for (const role of ['ingest', 'publisher', 'pipeline'] as const) {
      cluster.start(role)
      cluster.start(role)
    }
    await Promise.all([...cluster.workers].map(({ started }) => started))
  }, PATIENCE_MS)
  afterAll(async () => {
    await cluster.close()
  })

  test(
    'share the work and come to the rows of one',
    async () => {
      await cluster.grow(10, 1_000)
      await cluster.settled()
    },
    PATIENCE_MS,
  )

  test.each(ROUNDS.map((names) => ({ title: names.join(', then '), names })))(
    '$title',
    async ({ names }) => {
      const load = cluster.grow(5 * names.length, 1_500 * names.length)
      for (const name of names) await FAULTS[name](cluster, random, PAUSE_MS)
      await load
      await cluster.grow(3, 300)
      await cluster.settled()
    },
    PATIENCE_MS,
  )

  test(
    'a message that always fails becomes a dead letter and holds nothing up',
    async () => {
      await cluster.db.query(
        `INSERT INTO system.outbox_events (topic, payload) VALUES ('market.ownership', '{"v":1,"network":"polygon"}')`,
      )
      await cluster.grow(5, 1_000)
      await cluster.settled(['message_invalid'])
      await cluster.db.query('DELETE FROM system.dlq')
    },
    PATIENCE_MS,
  )

  test(
    'SIGTERM ends every one of them with 0',
    async () => {
      const codes = await Promise.all([...cluster.workers].map((worker) => cluster.end(worker, 'SIGTERM')))
      expect(codes.every((code) => code === 0)).toBe(true)
      expect(cluster.casualties).toEqual([])
    },
    PATIENCE_MS,
  )
})
