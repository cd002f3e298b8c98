import { afterEach, beforeEach, expect, test } from 'vitest'
import { metadataTask } from '../../src/cli/compose/metadata.js'
import { createPool, type Db } from '../../src/core/db.js'
import { FtError } from '../../src/core/errors.js'
import type { MetadataQuestion, MetadataSource, MetadataUpdate } from '../../src/core/events.js'
import { collectionId } from '../../src/core/ids.js'
import type { Network } from '../../src/core/networks.js'
import { Dependencies } from '../../src/worker/dependencies.js'
import { provider } from '../../src/worker/dependency.js'
import { silentLog } from '../../src/worker/log.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { worldNetwork } from '../support/world/pipeline.js'

/* The task alone, over a catalog of assets that are due, and a chain that answers as it is told. */

const contract = `0x${'aa'.repeat(20)}`

let database: TestDatabase
let db: Db
let network: Network
let running: Dependencies
let look: () => Promise<void>
/** Token ids of each question to the chain. */
let asked: number[][]
let answer: (questions: readonly MetadataQuestion[]) => readonly MetadataSource[]
/** Ranges of blocks that were searched for what contracts say of their metadata. */
let searched: number[][]
/** What was said of the looks, in order. */
let outcomes: string[]
let updates: (from: number, to: number) => readonly MetadataUpdate[]

beforeEach(async () => {
  database = await createTestDatabase()
  db = createPool({ url: database.url, role: 'ft_pipeline', max: 2 })
  network = await worldNetwork(database.db, true)
  asked = []
  searched = []
  outcomes = []
  updates = () => []
  const adapter = {
    ...replayAdapter(['http://127.0.0.1:1']),
    metadata: async (questions: readonly MetadataQuestion[]) => {
      asked.push(questions.map(({ tokenId }) => Number(tokenId)))
      return answer(questions)
    },
    metadataUpdates: async (from: number, to: number) => {
      searched.push([from, to])
      return updates(from, to)
    },
  }
  const chain = provider({ name: 'chain', start: () => ({ network, adapter }) })
  const pool = provider({ name: 'db', start: () => db })
  const gateways = { ipfs: 'http://127.0.0.1:1', arweave: 'http://127.0.0.1:1' }
  const task = metadataTask({
    ...{ name: network.name, chain, db: pool, gateways },
    observe: (outcome) => void outcomes.push(outcome),
  })
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
       VALUES ($3, 0, 0, 0, $1, 'erc721', decode(repeat('aa', 20), 'hex')) RETURNING collection_id),
     asset AS (
       INSERT INTO catalog.assets (asset_id, collection_id, first_block, first_position, first_sub_index, standard, first_kind, network_id, token_id)
       SELECT gen_random_uuid(), collection_id, 0, 0, 0, 'erc721', 'mint', $1, n FROM collection, generate_series(1, $2::int) n
       RETURNING asset_id, collection_id, token_id),
     card AS (
       INSERT INTO projection.asset_cards (asset_id, network_id, collection_id, standard, token_id, is_stub, last_block, last_event_at, history_complete)
       SELECT asset_id, $1, collection_id, 'erc721', token_id, true, 0, now(), true FROM asset)
     INSERT INTO catalog.metadata_looks (asset_id, network_id, due_at)
     SELECT asset_id, $1, now() - interval '1 day' + token_id * interval '1 second' FROM asset`,
    [network.id, count, collectionId(network.name, contract)],
  )
}

/** Blocks up to this one are final. */
async function finalize(number: number): Promise<void> {
  await database.db.query('UPDATE projection.network_status SET finalized_number = $2 WHERE network_id = $1', [
    network.id,
    number,
  ])
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
  expect(outcomes).toEqual(Array.from({ length: 20 }, () => 'unasked'))
  const rows = await db.query<{ tokens: number[]; failures: number; reason: string | null; later: boolean }>(
    `SELECT array_agg(token_id::int ORDER BY token_id) AS tokens, failures, reason, due_at > now() + interval '20 minutes' AS later
     FROM catalog.metadata_looks JOIN catalog.assets USING (asset_id) GROUP BY 2, 3, 4 ORDER BY 1`,
  )
  expect(rows).toEqual([
    { tokens: upTo(1, 20), failures: 0, reason: null, later: true },
    { tokens: upTo(21, 30), failures: 0, reason: null, later: false },
  ])
})

test('what contracts say in final blocks is searched once, and what they name is read at once, some of it with each question', async () => {
  await makeDue(45)
  answer = (questions) => questions.map(document)
  await look()
  expect(searched).toEqual([])
  await database.db.query(`UPDATE catalog.metadata_looks SET looked_at = now() - interval '1 hour'`)
  await finalize(500)
  updates = () => [{ contract, first: 31n, last: 2n ** 256n - 1n }]
  asked = []
  await look()
  expect(searched).toEqual([[500, 500]])
  expect(asked).toEqual([upTo(31, 40), upTo(41, 45)])
  updates = () => []
  await finalize(720)
  await look()
  await look()
  expect(searched.slice(1)).toEqual([
    [501, 600],
    [601, 700],
    [701, 720],
  ])
  expect(asked).toHaveLength(2)
})

test('where nobody can be asked what contracts say, metadata is read all the same, and the search is not given up', async () => {
  await makeDue(3)
  await finalize(500)
  answer = (questions) => questions.map(document)
  updates = () => {
    throw new FtError('rpc_fatal', 'name an address')
  }
  await look()
  await look()
  expect(searched).toEqual([[500, 500]])
  expect(asked).toEqual([upTo(1, 3)])
  const rows = await db.query(`SELECT FROM ledger.applied_ranges WHERE consumer_id = 'metadata_updates'`)
  expect(rows).toEqual([])
})

test('of each look it is told what came of it, in a word', async () => {
  await makeDue(4)
  const sources: MetadataSource[] = [
    { document: { name: 'Item' } },
    null,
    { uri: 'file:///etc/passwd' },
    { uri: '{"name":' },
  ]
  answer = () => sources
  await look()
  expect(outcomes).toEqual(['found', 'no_uri', 'bad_uri', 'bad_document'])
})
