import { expect, onTestFinished, test, vi } from 'vitest'
import { openChain } from '../../src/cli/compose/chains.js'
import type { NetworkConfig } from '../../src/core/config.js'
import { createPool } from '../../src/core/db.js'
import { startTonDevnet } from '../../src/devnet/ton/network.js'
import { audit } from '../../src/ingest/audit.js'
import { recordBlocks } from '../../src/pipeline/fused.js'
import { repairEvents } from '../../src/pipeline/repair.js'
import { startIngest } from '../ingest/harness.js'
import { createTestDatabase } from '../support/database.js'
import { startTonProxy } from '../support/tonProxy.js'

vi.setConfig({ testTimeout: 60_000 })

const quiet = { info: () => undefined, error: () => undefined }
const config: NetworkConfig = {
  ...{ name: 'ton', kind: 'ton', chainId: -239, start: { kind: 'height', height: 1 } },
  ...{ finality: { rule: 'depth', depth: 0 }, contracts: { mode: 'all', deny: [] }, apiKey: null },
  ...{
    nativeCurrency: { symbol: 'TON', decimals: 9 },
    requestsPerSecond: null,
    listings: null,
    readsMetadata: false,
    openingBalances: false,
  },
  ...{ development: false, endpoints: [] },
}

test('an audit of dead letters reads what no endpoint could read, puts it into the ledger, and closes them', async () => {
  const devnet = await startTonDevnet({
    dataDir: null,
    blockTimeMs: null,
    seed: 4,
    log: quiet,
    genesisTime: 1_800_000_000,
  })
  onTestFinished(() => devnet.stop())
  const proxy = await startTonProxy(devnet.url)
  onTestFinished(() => proxy.close())
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const pool = createPool({ url: database.url, role: 'ft_backfill' })
  onTestFinished(() => pool.end())
  const { db } = database

  await devnet.produce([{ kind: 'deploy', collection: 0 }])
  await devnet.produce([{ kind: 'mint', collection: 0, owner: 2, count: 1 }])
  const item = devnet.holdings().at(-1)?.item ?? ''
  await devnet.produce([{ kind: 'transfer', item, to: 3, forward: 0n }])
  await devnet.produce([])
  proxy.faults.push({ path: `${item}/methods/get_nft_data`, status: 500, body: '{"error":"emulation failed"}' })
  const open = () => openChain(db, { ...config, endpoints: [proxy.url] }, null)
  const first = await open()
  const ingest = startIngest(pool, first.network, first.adapter, {
    start: config.start,
    finality: config.finality,
    recordBlocks: (tx, blocks, raw) => recordBlocks(tx, first.network, first.adapter.parse, blocks, raw),
  })
  await ingest.seen(new RegExp(`backfill \\d+-${devnet.head().seqno}$`))
  await ingest.stop()
  await first.adapter.close()

  const letters = async () => (await db.query('SELECT key FROM system.dlq WHERE resolved_at IS NULL')).length
  const kinds = async () =>
    (
      await db.query<{ kind: string }>(`SELECT event_kind AS kind FROM ledger.normalized_events ORDER BY block_number`)
    ).map(({ kind }) => kind)
  const again = async () => {
    // It remembers nothing of what the endpoints failed on.
    const { network, adapter } = await open()
    const repair = (...[tx, what]: [Parameters<typeof repairEvents>[0], Parameters<typeof repairEvents>[3]]) =>
      repairEvents(tx, network, adapter.parse, what)
    try {
      return await audit({ db: pool, network, adapter, blocks: 'dead letters', repair })
    } finally {
      await adapter.close()
    }
  }
  expect([await letters(), await kinds()]).toEqual([2, []])
  expect(await again()).toMatchObject({ blocks: 0, differences: [], unread: { blocks: 2 } })
  expect(await letters()).toBe(2)
  proxy.faults.length = 0
  expect((await again()).differences.map(({ difference }) => difference)).toEqual(['changed', 'changed'])
  expect([await letters(), await kinds()]).toEqual([0, ['mint', 'transfer']])
  expect(await again()).toMatchObject({ blocks: 0, unread: { blocks: 0 } })
})
