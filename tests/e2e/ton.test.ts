import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EvmDevnet, startEvmDevnet } from '../../src/devnet/evm.js'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type RunningSystem, startSystem } from '../support/system.js'

/*
 * TON and Polygon in one system: real contracts on a real TVM and a real EVM, one database, one API.
 */

const quiet = { info: () => undefined, error: () => undefined }
const WITHIN = { timeout: 2000, interval: 20 }

let folder: string
let database: TestDatabase
let ton: TonDevnet
let evm: EvmDevnet
let system: RunningSystem

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'ft-ton-'))
  ton = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 3, log: quiet })
  evm = await startEvmDevnet({ dataDir: join(folder, 'evm'), blockTimeMs: null, seed: 3, log: quiet })
  await ton.produce([{ kind: 'deploy', collection: 0 }])
  await evm.mineActivity(10)
  system = await startSystem({
    DATABASE_URL: database.url,
    POLYGON_RPC_URL: evm.rpcUrl,
    POLYGON_START_BLOCK: '0',
    TONAPI_URL: ton.url,
    TON_START_SEQNO: '1',
  })
})

afterAll(async () => {
  await system.stop()
  await Promise.all([ton.stop(), evm.stop()])
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

async function projectedTon(): Promise<number | undefined> {
  const { data } = await system.client.listNetworks()
  return data.find(({ network }) => network === 'ton')?.projected?.number
}

/** The asset with an index of the collection, once the answer is of the head. */
async function assetAtHead(index: number) {
  await expect.poll(projectedTon, WITHIN).toBe(ton.head().seqno)
  return await system.client.getToken({ network: 'ton', contract: ton.truth.collection(0), token_id: String(index) })
}

test('an NFT that is minted, listed and sold on TON is in the API within 2 s of each block, final, beside Polygon', async () => {
  await expect.poll(projectedTon, { timeout: 20_000, interval: 50 }).toBe(ton.head().seqno)
  await ton.produce([{ kind: 'mint', collection: 0, owner: 3, count: 1 }])
  const [holding] = ton.holdings()
  const item = holding?.item ?? ''
  const [seller, buyer] = [ton.truth.wallet(3).toRawString(), ton.truth.wallet(5).toRawString()]
  const minted = await assetAtHead(0)
  expect(minted).toMatchObject({
    finality_status: 'finalized',
    block_number: ton.head().seqno,
    data: {
      ...{ network: 'ton', address: item, owner: seller, standard: 'tep62', history_complete: true },
      ...{ finality_status: 'finalized', owner_friendly: ton.truth.wallet(3).toString({ bounceable: false }) },
    },
  })

  const price = 2_500_000_000n
  await ton.produce([{ kind: 'list', item, price }])
  const contract = ton.truth.sale(item).contract
  const listed = await assetAtHead(0)
  // the seller for the reader, the contract for the ledger
  expect(listed.data).toMatchObject({
    owner: seller,
    best_listing: { price: '2500000000', currency_decimals: 9, seller, available: '1' },
    last_sale: null,
  })
  expect(await balances(item)).toEqual([`${contract} 1`])

  await ton.produce([{ kind: 'buy', item, buyer: 5 }])
  const sold = await assetAtHead(0)
  expect(sold.data).toMatchObject({
    ...{ owner: buyer, finality_status: 'finalized', last_block: ton.head().seqno, best_listing: null },
    last_sale: { price: '2500000000', currency_decimals: 9, quantity: '1', block_number: ton.head().seqno },
  })
  expect(await balances(item)).toEqual([`${buyer} 1`])
  const sales = await database.db.query<{ details: Record<string, unknown> }>(
    "SELECT details FROM ledger.normalized_events WHERE event_kind = 'sale'",
  )
  expect(sales.map(({ details }) => details)).toMatchObject([
    {
      ...{ protocol: 'nft-sale-v1', order: contract, seller, buyer, price: '2500000000', saleType: 'fixed' },
      ...{ fees: '125000000', royalties: '50000000', confirmed: true },
    },
  ])

  const { data } = await system.client.listNetworks()
  expect(data.map(({ network }) => network).sort()).toEqual(['polygon', 'ton'])
  expect(await tokensOn('polygon')).toBeGreaterThan(0)
})

test('what fails, lies or bounces changes nothing, and a cancelled listing leaves the owner', async () => {
  await ton.produce([{ kind: 'mint', collection: 0, owner: 4, count: 3 }])
  const [, first] = ton.holdings()
  const item = first?.item ?? ''
  const owner = ton.truth.wallet(4).toRawString()
  await ton.produce([{ kind: 'steal', item, thief: 6 }])
  await ton.produce([{ kind: 'fake', collection: 0, index: 1, owner: 6 }])
  expect((await assetAtHead(1)).data).toMatchObject({ owner, address: item })
  const known = await database.db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM catalog.assets WHERE address IS NOT NULL',
  )
  expect(known).toEqual([{ count: 4 }])
  const kept = await database.db.query<{ reason: string }>(
    "SELECT raw_payload->'evidence'->>'reason' AS reason FROM ingest.raw_events WHERE raw_payload->'evidence' ? 'reason'",
  )
  expect(kept).toEqual([{ reason: expect.stringContaining('has another item at index 1') }])

  await ton.produce([{ kind: 'list', item, price: 1_000_000_001n }])
  await ton.produce([{ kind: 'cancel', item }])
  expect((await assetAtHead(1)).data.owner).toBe(owner)
  expect(await balances(item)).toEqual([`${owner} 1`])
  await ton.produce([{ kind: 'burn', item }])
  expect((await assetAtHead(1)).data.owner).toBeNull()
  expect(await balances(item)).toEqual([])
})

test('whatever happens on the chain, every item ends with the owner that the contracts have', async () => {
  await ton.produceActivity(60)
  await expect.poll(projectedTon, { timeout: 20_000, interval: 50 }).toBe(ton.head().seqno)
  const cards = await database.db.query<{ address: string; owner: string | null }>(
    `SELECT encode(c.address, 'hex') AS address, encode(c.owner, 'hex') AS owner FROM projection.asset_cards c WHERE address IS NOT NULL`,
  )
  const shown = new Map(cards.map(({ address, owner }) => [rawOf(address), owner === null ? null : rawOf(owner)]))
  const truth = ton.holdings().map(({ item, owner, sale }) => [item, sale?.seller ?? owner] as const)
  expect([...shown].sort()).toEqual([...truth].sort())
  const dead = await database.db.query('SELECT reason FROM system.dlq')
  expect(dead).toEqual([])
})

function rawOf(hex: string): string {
  return `0:${hex.slice(2)}`
}

async function balances(item: string): Promise<string[]> {
  const rows = await database.db.query<{ row: string }>(
    `SELECT '0:' || substr(encode(o.account_address, 'hex'), 3) || ' ' || o.quantity AS row
     FROM market.ownership_current o JOIN catalog.assets a USING (asset_id) WHERE a.address = decode($1, 'hex')`,
    [`00${item.slice(2)}`],
  )
  return rows.map(({ row }) => row)
}

async function tokensOn(network: string): Promise<number> {
  return (await system.client.listContracts({ network })).data.length
}
