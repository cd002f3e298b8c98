import { afterEach, beforeEach, expect, test } from 'vitest'
import { metadataTask } from '../../src/cli/compose/metadata.js'
import { createPool, type Db } from '../../src/core/db.js'
import { FtError } from '../../src/core/errors.js'
import type { MetadataQuestion, MetadataSource } from '../../src/core/events.js'
import type { Network } from '../../src/core/networks.js'
import { Dependencies } from '../../src/worker/dependencies.js'
import { provider } from '../../src/worker/dependency.js'
import { silentLog } from '../../src/worker/log.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { worldNetwork } from '../support/world/pipeline.js'

/* The task alone, over a catalog of assets that are due, and a chain that answers as it is told. */

let database: TestDatabase
let db: Db
let network: Network
let running: Dependencies
let look: () => Promise<void>
/** Token ids of each question to the chain. */
let asked: number[][]
let answer: (questions: readonly MetadataQuestion[]) => readonly MetadataSource[]

beforeEach(async () => {
  database = await createTestDatabase()
  db = createPool({ url: database.url, role: 'ft_pipeline', max: 2 })
  network = await worldNetwork(database.db, true)
  asked = []
  const adapter = {
    ...replayAdapter(['http://127.0.0.1:1']),
    metadata: async (questions: readonly MetadataQuestion[]) => {
      asked.push(questions.map(({ tokenId }) => Number(tokenId)))
      return answer(questions)
    },
  }
  const chain = provider({ name: 'chain', start: () => ({ network, adapter }) })
  const pool = provider({ name: 'db', start: () => db })
  const gateways = { ipfs: 'http://127.0.0.1:1', arweave: 'http://127.0.0.1:1' }
  const task = metadataTask({ name: network.name, chain, db: pool, gateways })
  running = new Dependencies()
  for (const need of task.needs) await running.start(need, (one) => one.start(running.scope).then(() => true))
  const context = { task: task.name, signal: new AbortController().signal, log: silentLog }
  look = async () => void (await task.bind(running.scope)([], context))
})

afterEach(async () => {
  await running.stop((work) => work)
  await db.end()
  await database.drop()
})

/** Tokens 1 to `count` of one collection, which have been due the longer the lower their number. */
async function makeDue(count: number): Promise<void> {
  await database.db.query(
    `WITH collection AS (
       INSERT INTO catalog.collections (collection_id, first_block, first_position, first_sub_index, network_id, standard, address)
       VALUES (gen_random_uuid(), 0, 0, 0, $1, 'erc721', decode(repeat('aa', 20), 'hex')) RETURNING collection_id),
     asset AS (
       INSERT INTO catalog.assets (asset_id, collection_id, first_block, first_position, first_sub_index, standard, first_kind, network_id, token_id)
       SELECT gen_random_uuid(), collection_id, 0, 0, 0, 'erc721', 'mint', $1, n FROM collection, generate_series(1, $2::int) n
       RETURNING asset_id, token_id)
     INSERT INTO catalog.metadata_looks (asset_id, network_id, due_at)
     SELECT asset_id, $1, now() - interval '1 day' + token_id * interval '1 second' FROM asset`,
    [network.id, count],
  )
}

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const document = ({ tokenId }: MetadataQuestion): MetadataSource => ({ document: { name: `Item ${tokenId}` } })

test('all that is due is read, twenty at a time, those that have been due for longest first', async () => {
  await makeDue(45)
  answer = (questions) => questions.map(document)
  await look()
  expect(asked).toEqual([upTo(1, 20), upTo(21, 40), upTo(41, 45)])
  await look()
  expect(asked).toHaveLength(3)
  const [row] = await db.query<{ count: number }>('SELECT count(*)::int AS count FROM projection.asset_metadata')
  expect(row?.count).toBe(45)
})

test('a chain that cannot be asked is left alone for a while; what was asked about waits, and is not taken for failed', async () => {
  await makeDue(30)
  answer = () => {
    throw new FtError('rpc_transient', 'out of order')
  }
  await look()
  await look()
  expect(asked).toEqual([upTo(1, 20)])
  const rows = await db.query<{ tokens: number[]; failures: number; reason: string | null; later: boolean }>(
    `SELECT array_agg(token_id::int ORDER BY token_id) AS tokens, failures, reason, due_at > now() + interval '20 minutes' AS later
     FROM catalog.metadata_looks JOIN catalog.assets USING (asset_id) GROUP BY 2, 3, 4 ORDER BY 1`,
  )
  expect(rows).toEqual([
    { tokens: upTo(1, 20), failures: 0, reason: null, later: true },
    { tokens: upTo(21, 30), failures: 0, reason: null, later: false },
  ])
})
