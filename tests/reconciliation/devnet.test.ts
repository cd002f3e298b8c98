import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { secondLook } from '../../src/cli/compose/secondLook.js'
import { createPool } from '../../src/core/db.js'
import { assetId } from '../../src/core/ids.js'
import { findNetwork } from '../../src/core/networks.js'
import { type EvmDevnet, startEvmDevnet } from '../../src/devnet/evm.js'
import { explainMismatches, setDerivable } from '../../src/pipeline/derivable.js'
import { type Reconciliation, reconcile } from '../../src/pipeline/reconcile.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { evmProxy } from '../support/evmProxy.js'
import { replayAdapter } from '../support/replay/adapter.js'
import { type RunningSystem, startSystem } from '../support/system.js'

/*
 * Real contracts on a real node (anvil), indexed by the whole system while they mint, move and burn.
 */

const quiet = { info: () => undefined, error: () => undefined }
const networks = z.object({ data: z.array(z.object({ projected: z.object({ number: z.int() }).nullable() })) })

let folder: string
let database: TestDatabase
let devnet: EvmDevnet
let system: RunningSystem

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'ft-reconciliation-'))
  devnet = await startEvmDevnet({
    dataDir: join(folder, 'devnet'),
    blockTimeMs: null,
    seed: 11,
    log: quiet,
  })
  await devnet.mineActivity(30)
  system = await startSystem({
    DATABASE_URL: database.url,
    POLYGON_RPC_URL: `${devnet.rpcUrl},${devnet.wsUrl}`,
    POLYGON_START_BLOCK: '0',
  })
})

afterAll(async () => {
  await system.stop()
  await devnet.stop()
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

async function caughtUp(): Promise<void> {
  const projected = async (): Promise<number | undefined> =>
    networks.parse(await system.get('/api/v1/networks')).data[0]?.projected?.number
  await expect.poll(projected, { timeout: 15_000, interval: 20 }).toBe(devnet.head().number)
}

test('after backfill and live blocks every holding is the one the contracts have', async () => {
  await caughtUp()
  await devnet.mineActivity(20)
  await caughtUp()
  const rows = await database.db.query<{ asset_id: string; owner: string; quantity: bigint }>(
    'SELECT asset_id, account_address AS owner, quantity FROM projection.ownership_view',
  )
  const truth = devnet
    .truth()
    .map(({ contract, tokenId, owner, quantity }) => `${assetId('polygon', contract, tokenId)} ${owner} ${quantity}`)
  expect(rows.map((row) => `${row.asset_id} ${row.owner} ${row.quantity}`).sort()).toEqual(truth.sort())
})

test('a reorganisation of the node ends in the holdings of the new branch', async () => {
  await caughtUp()
  await devnet.reorg(1, [[], []])
  await devnet.mineActivity(1)
  await caughtUp()
  const rows = await database.db.query<{ row: string }>(
    `SELECT asset_id || ' 0x' || encode(account_address, 'hex') || ' ' || quantity AS row FROM projection.ownership_view`,
  )
  const truth = devnet
    .truth()
    .map(({ contract, tokenId, owner, quantity }) => `${assetId('polygon', contract, tokenId)} ${owner} ${quantity}`)
  expect(rows.map(({ row }) => row).sort()).toEqual(truth.sort())
})

test('each movement of every contract is found on the chain again, and a falsified one is not', async () => {
  await caughtUp()
  const liar = await evmProxy(devnet.rpcUrl, ({ method }, answer) =>
    method === 'eth_call' ? { ...answer, result: `0x${'ee'.repeat(32)}` } : answer,
  )
  const adapter = replayAdapter([liar])
  const db = createPool({ url: database.url, role: 'ft_pipeline' })
  const { signal } = new AbortController()
  try {
    const network = await findNetwork(db, 'polygon')
    const compared = () => reconcile(db, network, 100, (questions, block) => adapter.holdings(questions, block))
    const kinds = async (result: Reconciliation): Promise<string[]> => {
      const explained = await explainMismatches(db, network, result, secondLook(adapter, signal), { signal })
      const marked = explained.filter(({ cause }) => cause.kind === 'not derivable').map(({ contract }) => contract)
      await setDerivable(db, network, marked, true)
      return explained.map(({ cause }) => cause.kind)
    }
    const honest = await compared()
    const movements = await database.db.query(
      `SELECT event_kind FROM ledger.normalized_events WHERE event_kind IN ('mint', 'transfer', 'burn')`,
    )
    expect(movements.length).toBeGreaterThan(100)
    const contracts = new Set(honest.mismatches.map(({ question }) => question.contract))
    expect(contracts.size).toBeGreaterThan(1)
    expect(await kinds(honest)).toEqual([...contracts].map(() => 'not derivable'))
    const addToOneOfEach = (quantity: number) =>
      database.db.query(
        `UPDATE ledger.normalized_event_deltas SET qty_delta = qty_delta + $1
         WHERE normalized_event_id = ANY (SELECT DISTINCT ON (collection_id) normalized_event_id FROM ledger.normalized_events
           WHERE event_kind = 'mint' ORDER BY collection_id, block_number, position, sub_index)`,
        [quantity],
      )
    await addToOneOfEach(1)
    expect(await kinds(honest)).toEqual([...contracts].map(() => 'events differ'))
    await addToOneOfEach(-1)
  } finally {
    await db.end()
    await adapter.close()
  }
})

test('0 of 100 holdings differ from ownerOf and balanceOf at one block, and a falsified ledger is found', async () => {
  await caughtUp()
  const adapter = replayAdapter([devnet.rpcUrl])
  const db = createPool({ url: database.url, role: 'ft_pipeline' })
  try {
    const network = await findNetwork(db, 'polygon')
    const ask: Parameters<typeof reconcile>[3] = (questions, block) => adapter.holdings(questions, block)
    const honest = await reconcile(db, network, 100, ask)
    expect(honest.mismatches).toEqual([])
    expect(honest.checked).toBeGreaterThan(60)
    expect(honest.notDerivable).toEqual([])
    await database.db.query(
      `UPDATE ledger.normalized_event_deltas SET account_address = decode(repeat('ee', 20), 'hex') WHERE qty_delta > 0`,
    )
    const falsified = await reconcile(db, network, 100, ask)
    expect(falsified.mismatches.length).toBeGreaterThan(0)
  } finally {
    await db.end()
    await adapter.close()
  }
})
