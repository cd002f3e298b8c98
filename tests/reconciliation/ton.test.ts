import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { secondLook } from '../../src/cli/compose/secondLook.js'
import { createPool } from '../../src/core/db.js'
import { findNetwork } from '../../src/core/networks.js'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'
import { explainMismatches } from '../../src/pipeline/derivable.js'
import { reconcile } from '../../src/pipeline/reconcile.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type RunningSystem, startSystem } from '../support/system.js'
import { startTonProxy } from '../support/tonProxy.js'
import { allRows } from '../support/world/snapshot.js'

/*
 * Real items on a real TVM, indexed by the whole system while they are minted, moved, sold and burned.
 */

const quiet = { info: () => undefined, error: () => undefined }
const networks = z.object({ data: z.array(z.object({ projected: z.object({ number: z.int() }).nullable() })) })

let database: TestDatabase
let devnet: TonDevnet
let system: RunningSystem

const start = (url = database.url): Promise<RunningSystem> =>
  startSystem({ DATABASE_URL: url, TONAPI_URL: devnet.url, TON_START_SEQNO: '1' })

beforeAll(async () => {
  database = await createTestDatabase()
  devnet = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 21, log: quiet })
  await devnet.produceActivity(10)
  for (let batch = 0; batch < 8; batch += 1) {
    await devnet.produce([{ kind: 'mint', collection: batch % 2, owner: 2 + (batch % 8), count: 14 }])
  }
  await devnet.produceActivity(40)
  system = await start()
}, 120_000)

afterAll(async () => {
  await system.stop()
  await devnet.stop()
  await database.drop()
})

async function caughtUp(running: RunningSystem): Promise<void> {
  const projected = async (): Promise<number | undefined> =>
    networks.parse(await running.get('/api/v1/networks')).data[0]?.projected?.number
  await expect.poll(projected, { timeout: 60_000, interval: 50 }).toBe(devnet.head().seqno)
}

test('0 of 100 items differ from get_nft_data at one block, also when the chain is ahead of it; a falsified ledger is found', async () => {
  await caughtUp(system)
  await system.stop()
  const block = devnet.head().seqno
  // the chain goes on while nobody reads: the question is still about the block that was read
  await devnet.produceActivity(15)
  const adapter = createTonAdapter({ network: 'ton', chainId: -239, urls: [devnet.url], apiKey: null })
  const db = createPool({ url: database.url, role: 'ft_pipeline' })
  try {
    const network = await findNetwork(db, 'ton')
    const ask: Parameters<typeof reconcile>[3] = (questions, at) => adapter.holdings(questions, at)
    const honest = await reconcile(db, network, 170, ask)
    expect(honest.mismatches).toEqual([])
    expect(honest.block).toBe(block)
    expect(honest.checked).toBeGreaterThanOrEqual(100)
    await database.db.query(
      `UPDATE ledger.normalized_event_deltas SET account_address = decode('00' || repeat('ee', 32), 'hex') WHERE qty_delta > 0`,
    )
    const falsified = await reconcile(db, network, 170, ask)
    expect(falsified.mismatches.length).toBeGreaterThan(50)
    const { signal } = new AbortController()
    const explained = await explainMismatches(db, network, falsified, secondLook(adapter, signal), { signal })
    expect(new Set(explained.map(({ cause }) => JSON.stringify(cause)))).toEqual(
      new Set([JSON.stringify({ kind: 'unknown', reason: 'this chain cannot list what one contract did' })]),
    )
    expect(await db.query('SELECT FROM catalog.collections WHERE NOT derivable')).toEqual([])
  } finally {
    await db.end()
    await adapter.close()
  }
}, 120_000)

test.each(['accounts/_bulk', 'methods/get_nft_data'])(
  'an item that moves right after the answer to %s belongs to who owned it at the block that is asked about',
  async (path) => {
    const held = devnet.holdings().find(({ owner, sale }) => owner !== null && sale === null)
    if (held === undefined || held.owner === null) throw new Error('nobody owns an item that is not for sale')
    const { item, owner } = held
    const block = devnet.head().seqno
    const proxy = await startTonProxy(devnet.url)
    const adapter = createTonAdapter({ network: 'ton', chainId: -239, urls: [proxy.url], apiKey: null })
    const to = owner === devnet.truth.wallet(3).toRawString() ? 4 : 3
    const body = async (answer: string): Promise<string> => {
      await devnet.produce([{ kind: 'transfer', item, to, forward: 0n }])
      return answer
    }
    proxy.faults.push({ path, times: 1, body })
    try {
      expect(await adapter.holdings([{ contract: item, tokenId: null, account: null }], block)).toEqual([owner])
      expect(devnet.holdings().find((one) => one.item === item)?.owner).not.toBe(owner)
    } finally {
      await adapter.close()
      await proxy.close()
    }
  },
)

test('stopped and started at any point, in pieces or at once: the rows are the same', async () => {
  const pieces = await createTestDatabase()
  const whole = await createTestDatabase()
  try {
    for (let part = 0; part < 3; part += 1) {
      const running = await start(pieces.url)
      // the first two are stopped wherever they are
      if (part === 2) await caughtUp(running)
      await running.stop()
      await devnet.produceActivity(part === 2 ? 0 : 8)
    }
    const running = await start(whole.url)
    await caughtUp(running)
    await running.stop()
    const rows = await allRows(pieces.db)
    expect(rows.find(({ table }) => table === 'ledger.normalized_events')?.rows.length).toBeGreaterThan(120)
    expect(comparable(await allRows(whole.db))).toEqual(comparable(rows))
  } finally {
    await pieces.drop()
    await whole.drop()
  }
}, 120_000)

/**
 * Headers are kept at the ends of batches, raw events hold what a contract said at the time of reading, and the status of a network
 * says how the reading goes.
 */
const UNLIKE: ReadonlySet<string> = new Set(['ingest.blocks', 'ingest.raw_events', 'projection.network_status'])

function comparable(tables: readonly { table: string; rows: string[] }[]) {
  return tables.filter(({ table }) => !UNLIKE.has(table))
}
