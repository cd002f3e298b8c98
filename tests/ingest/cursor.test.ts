import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import type { Network } from '../../src/core/networks.js'
import type { BlockHeader } from '../../src/ingest/adapter.js'
import { acquireLease, moveCursor, readCursor, storeHeads } from '../../src/ingest/cursor.js'
import { newlyFinal } from '../../src/ingest/heads.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain } from '../support/replay/chain.js'
import { startReplay } from '../support/replay/server.js'
import { ingestDatabase, startIngest } from './harness.js'

const chain = buildChain(Array.from({ length: 20 }, () => []))

let database: TestDatabase
let pool: Db
let network: Network

beforeEach(async () => {
  database = await createTestDatabase()
  ;({ network, pool } = await ingestDatabase(database))
})
afterEach(async () => {
  await pool.end()
  await database.drop()
})

test('a writer whose network another one has taken over can commit neither blocks nor heads', async () => {
  const lease = await acquireLease(pool, network, new AbortController().signal)
  onTestFinished(() => lease.release())
  const block = { number: 7, hash: `0x${'07'.repeat(32)}`, time: 1_700_000_000 }
  await pool.transaction((tx) => moveCursor(tx, network, lease, block))
  await database.db.query('UPDATE system.sync_cursors SET lease_epoch = lease_epoch + 1')
  const before = await readCursor(pool, network)
  const late = { ...block, number: 8 }
  const lost = { code: 'lease_lost' }
  await expect(pool.transaction((tx) => moveCursor(tx, network, lease, late))).rejects.toMatchObject(lost)
  await expect(pool.transaction((tx) => storeHeads(tx, network, lease, 'live', late))).rejects.toMatchObject(lost)
  expect(await readCursor(pool, network)).toEqual(before)
})

test('a block that is called final under another hash than the stored one is not taken as final', async () => {
  const node = await startReplay(chain, { head: 10, finalized: 5 })
  onTestFinished(() => node.close())
  const adapter = replayAdapter([node.url])
  onTestFinished(() => adapter.close())
  const run = startIngest(pool, network, adapter)
  await run.seen('live 10')
  await run.stop()
  const [head, final, stored] = await Promise.all([10, 5, 8].map((number) => adapter.header(number)))
  if (head === undefined || final === undefined || stored === undefined) throw new Error('a header for each number')
  const now = await readCursor(pool, network)
  const told = (finalized: BlockHeader) => newlyFinal({ db: pool, network }, now, { head, finalized })
  expect(await told({ ...stored, hash: chain.block(9)?.hash ?? '' })).toBeNull()
  expect(await told(final)).toBeNull()
  expect(await told(stored)).toEqual(stored)
})
