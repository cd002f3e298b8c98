import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import type { MetadataUpdate } from '../../src/core/events.js'
import { collectionId } from '../../src/core/ids.js'
import type { Network } from '../../src/core/networks.js'
import { dueAssets } from '../../src/pipeline/metadata.js'
import { keepUpdates, takeUpdates, unsearched } from '../../src/pipeline/metadataUpdates.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { worldNetwork } from '../support/world/pipeline.js'

/* A catalog of collections whose assets have all been looked at, and contracts that say that something is new. */

const [one, two] = [`0x${'a1'.repeat(20)}`, `0x${'a2'.repeat(20)}`] as const
const MOST_ID = 2n ** 256n - 1n

let database: TestDatabase
/** A pool of the role that the task has. */
let db: Db
let network: Network

beforeEach(async () => {
  database = await createTestDatabase()
  db = createPool({ url: database.url, role: 'ft_pipeline', max: 2 })
  network = await worldNetwork(database.db, true)
})
afterEach(async () => {
  await db.end()
  await database.drop()
})

/** A collection with tokens 1 to `count`, which were looked at an hour ago and are due in a month. */
async function collect(contract: string, count: number): Promise<void> {
  await database.db.query(
    `WITH collection AS (
       INSERT INTO catalog.collections (collection_id, first_block, first_position, first_sub_index, network_id, standard, address)
       VALUES ($2, 0, 0, 0, $1, 'erc721', decode($3, 'hex'))),
     asset AS (
       INSERT INTO projection.asset_cards (asset_id, network_id, collection_id, standard, token_id, is_stub, supply, owners, last_block,
         last_event_at, history_complete)
       SELECT gen_random_uuid(), $1, $2, 'erc721', n, true, 1, 1, 0, now(), true FROM generate_series(1, $4::int) n RETURNING asset_id, token_id),
     known AS (
       INSERT INTO catalog.assets (asset_id, collection_id, first_block, first_position, first_sub_index, standard, first_kind, network_id, token_id)
       SELECT asset_id, $2, 0, 0, 0, 'erc721', 'mint', $1, token_id FROM asset)
     INSERT INTO catalog.metadata_looks (asset_id, network_id, due_at, looked_at, failures, unchanged)
     SELECT asset_id, $1, now() + interval '30 days', now() - interval '1 hour', 3, 5 FROM asset`,
    [network.id, collectionId(network.name, contract), contract.slice(2), count],
  )
}

const says = async (...updates: MetadataUpdate[]): Promise<void> =>
  await db.transaction((tx) => keepUpdates(tx, network, { from: 7, to: 7 }, updates))
const token = (contract: string, id: number | bigint): MetadataUpdate => range(contract, id, id)
const range = (contract: string, first: number | bigint, last: number | bigint): MetadataUpdate => ({
  ...{ contract, first: BigInt(first), last: BigInt(last) },
})
const take = (count: number): Promise<boolean> => db.transaction((tx) => takeUpdates(tx, network, count))

async function takeAll(): Promise<void> {
  while (await take(10));
}

/** The assets that are due, as contract and token. */
async function due(count = 10_000): Promise<string[]> {
  const found = await db.transaction((tx) => dueAssets(tx, network, count))
  return found.map(({ question: { contract, tokenId } }) => `${contract.slice(0, 4)} ${tokenId}`).sort()
}

const waiting = async (): Promise<number> =>
  (await database.db.query('SELECT FROM catalog.metadata_updates WHERE network_id = $1', [network.id])).length

test('what a contract names is due, single tokens and ranges, and nothing else; an emitter that is no collection does nothing', async () => {
  await collect(one, 30)
  await collect(two, 3)
  await says(token(one, 4), range(one, 10, 12), token(one, 999), token(two, 3), token(`0x${'ff'.repeat(20)}`, 1))
  expect(await waiting()).toBe(2)
  await takeAll()
  expect(await due()).toEqual(['0xa1 10', '0xa1 11', '0xa1 12', '0xa1 4', '0xa2 3'])
  expect(await waiting()).toBe(0)
  const rows = await database.db.query(
    'SELECT DISTINCT failures, unchanged FROM catalog.metadata_looks WHERE due_at < now()',
  )
  expect(rows).toEqual([{ failures: 0, unchanged: 0 }])
})

test('a contract that names all its tokens gets a few at once, and holds up no other', async () => {
  await collect(one, 2_000)
  await collect(two, 3)
  await says(range(one, 0, MOST_ID))
  expect(await take(10)).toBe(true)
  expect(await due()).toHaveLength(10)
  await says(range(two, 2, MOST_ID))
  await take(10)
  expect(await due()).toHaveLength(20)
  expect((await due()).filter((name) => name.startsWith('0xa2'))).toEqual(['0xa2 2', '0xa2 3'])
  await takeAll()
  expect(await due()).toHaveLength(2_002)
  expect(await waiting()).toBe(0)
})

test('what is named goes before what is only due, and what nobody names is not held up by it', async () => {
  await collect(one, 40)
  await database.db.query(`UPDATE catalog.metadata_looks SET due_at = now() - interval '1 year'
     WHERE asset_id IN (SELECT asset_id FROM catalog.assets WHERE token_id > 20)`)
  await says(range(one, 1, 20))
  await take(5)
  const first = await db.transaction((tx) => dueAssets(tx, network, 10))
  const ids = first.map(({ question }) => Number(question.tokenId))
  expect(ids.filter((id) => id <= 20).sort()).toEqual([1, 2, 3, 4, 5])
  expect(ids).toHaveLength(10)
})

test('an asset that has just been looked at is due ten minutes after that look, however often it is named', async () => {
  await collect(one, 1)
  await database.db.query(`UPDATE catalog.metadata_looks SET looked_at = now() - interval '4 minutes'`)
  for (let n = 0; n < 3; n += 1) {
    await says(token(one, 1))
    await takeAll()
  }
  expect(await due()).toEqual([])
  const [row] = await database.db.query<{ minutes: number }>(
    'SELECT extract(epoch FROM due_at - looked_at)::float8 / 60 AS minutes FROM catalog.metadata_looks',
  )
  expect(row?.minutes).toBe(10)
  // One that failed and is tried earlier stays as it is
  await database.db.query(`UPDATE catalog.metadata_looks SET due_at = now() + interval '1 minute'`)
  await says(token(one, 1))
  await takeAll()
  const [kept] = await database.db.query(
    `SELECT due_at < now() + interval '2 minutes' AS sooner FROM catalog.metadata_looks`,
  )
  expect(kept).toEqual({ sooner: true })
})

test('what waits of a collection is bounded: of many single tokens one range is made that holds them all', async () => {
  await collect(one, 9)
  const odd = Array.from({ length: 3_000 }, (_, n) => token(one, 2 * n + 1))
  await says(...odd.slice(0, 900))
  await says(...odd)
  const [row] = await database.db.query('SELECT tokens FROM catalog.metadata_updates')
  expect(row).toEqual({ tokens: '{[1,5999]}' })
  await takeAll()
  expect(await due()).toHaveLength(9)
  await says(...odd)
  expect((await database.db.query('SELECT tokens FROM catalog.metadata_updates'))[0]).toEqual({ tokens: '{[1,5999]}' })
})

test('the search begins with the newest final block, goes on where it was, and passes over what is too far back', async () => {
  const finalize = (number: number | null) =>
    database.db.query('UPDATE projection.network_status SET finalized_number = $2 WHERE network_id = $1', [
      network.id,
      number,
    ])
  const search = (from: number, to: number) => db.transaction((tx) => keepUpdates(tx, network, { from, to }, []))
  expect(await unsearched(db, network)).toBeNull()
  await finalize(1_000)
  expect(await unsearched(db, network)).toEqual({ from: 1_000, to: 1_000 })
  await search(1_000, 1_000)
  expect(await unsearched(db, network)).toBeNull()
  await finalize(1_500)
  expect(await unsearched(db, network)).toEqual({ from: 1_001, to: 1_500 })
  await search(1_001, 1_100)
  expect(await unsearched(db, network)).toEqual({ from: 1_101, to: 1_500 })
  await finalize(1_000_000)
  expect(await unsearched(db, network)).toEqual({ from: 950_001, to: 1_000_000 })
})
