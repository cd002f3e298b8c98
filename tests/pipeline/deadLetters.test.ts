import { afterAll, beforeAll, expect, test } from 'vitest'
import { ingestDatabase, startIngest } from '../ingest/harness.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { buildChain } from '../support/replay/chain.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import { address, batch, consecutive, transfer721, ZERO } from '../support/replay/specs.js'

const NFT = address('nft', 1)
const GAME = address('game', 1)
const ALICE = address('account', 1)
const HUGE = 2n ** 256n - 1n

/** One good event beside each bad one, so that a lost neighbour would be seen. */
const chain = buildChain([
  [
    transfer721({ contract: NFT, from: ZERO, to: ALICE, tokenId: HUGE }),
    batch({ contract: GAME, from: ZERO, to: ALICE, ids: [1n, 2n], values: [5n] }),
  ],
  [
    consecutive({ contract: NFT, from: ZERO, to: ALICE, first: 0n, last: HUGE - 1n }),
    batch({ contract: GAME, from: ZERO, to: ALICE, ids: [7n, 7n, 8n], values: [1n, 2n, 0n] }),
  ],
])

let database: TestDatabase
let node: Replay

beforeAll(async () => {
  database = await createTestDatabase()
  node = await startReplay(chain, { finalized: 2 })
  const { network, pool } = await ingestDatabase(database)
  const adapter = replayAdapter([node.url])
  const run = startIngest(pool, network, adapter)
  await run.seen('backfill 0-2')
  await run.stop()
  await adapter.close()
  await pool.end()
})

afterAll(async () => {
  await node.close()
  await database.drop()
})

test('what cannot be decoded is a dead letter with its reason, and its raw event is kept', async () => {
  const letters = await database.db.query<{ reason: string; code: string; network: string }>(
    'SELECT reason, code, network FROM system.dlq ORDER BY reason',
  )
  expect(letters.map(({ code, network }) => ({ code, network }))).toEqual([
    { code: 'event_undecodable', network: 'polygon' },
    { code: 'event_undecodable', network: 'polygon' },
  ])
  expect(letters.map(({ reason }) => reason).join('\n')).toMatch(/2 ids and 1 values/)
  expect(letters.map(({ reason }) => reason).join('\n')).toMatch(/10,?_?000/)
  const [raw] = await database.db.query('SELECT count(*)::int AS count FROM ingest.raw_events')
  expect(raw).toEqual({ count: 4 })
})

test('their neighbours are applied: the largest id, a repeated id in one batch, a zero quantity', async () => {
  const rows = await database.db.query(
    `SELECT a.token_id::text AS id, v.quantity::text AS quantity
     FROM projection.ownership_view v JOIN projection.asset_cards a USING (asset_id) ORDER BY a.token_id`,
  )
  expect(rows).toEqual([
    { id: '7', quantity: '3' },
    { id: String(HUGE), quantity: '1' },
  ])
})
