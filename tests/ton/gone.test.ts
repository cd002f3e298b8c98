import { Address, beginCell } from '@ton/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChain } from '../../src/cli/compose/chains.js'
import type { NetworkConfig } from '../../src/core/config.js'
import { createPool, type Db } from '../../src/core/db.js'
import type { Fact } from '../../src/core/events.js'
import { openTonChain, type TonChain } from '../../src/devnet/ton/chain.js'
import { collectionOf, itemAddress, mintBody, transferBody } from '../../src/devnet/ton/contracts.js'
import { serveTonApi, type TonServer } from '../../src/devnet/ton/server.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'
import { recordBlocks } from '../../src/pipeline/fused.js'
import { startIngest } from '../ingest/harness.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startTonProxy, type TonProxy } from '../support/tonProxy.js'

/*
 * A destroyed account cannot be asked what it was. What it was sent does not say it: any contract can take an nft_transfer.
 */

const COIN = 1_000_000_000n
/** All the coins go along, and an account without coins is destroyed. */
const EVERYTHING = { sendMode: 128 + 32 }
const config: NetworkConfig = {
  ...{
    name: 'ton',
    kind: 'ton',
    chainId: -239,
    finality: { rule: 'depth', depth: 0 },
    start: { kind: 'height', height: 1 },
  },
  ...{ nativeCurrency: { symbol: 'TON', decimals: 9 }, contracts: { mode: 'all', deny: [] }, apiKey: null },
  ...{
    requestsPerSecond: null,
    listings: null,
    readsMetadata: false,
    openingBalances: false,
    development: false,
    endpoints: [],
  },
}

let chain: TonChain
let server: TonServer
let proxy: TonProxy
let time = 1_800_000_000
let item: string
let collection: string

const wallet = (number: number): Address => {
  const address = chain.wallets[number]
  if (address === undefined) throw new Error(`no wallet ${number}`)
  return address
}

async function happens(...sendings: Parameters<TonChain['produce']>[0]): Promise<number> {
  time += 5
  return (await chain.produce(sendings, time, [])).seqno
}

beforeAll(async () => {
  chain = await openTonChain(null, 5)
  await chain.produce([], time, [])
  server = await serveTonApi({ chain, settled: (work) => work() })
  proxy = await startTonProxy(server.url)
  const { address: to, init } = collectionOf(wallet(0), 'gone')
  await happens({ wallet: 0, to, value: COIN, init })
  await happens({ wallet: 0, to, value: COIN, body: mintBody(0, 1, wallet(1)) })
  collection = to.toRawString()
  item = itemAddress(collection, 0)
})
afterAll(async () => {
  await proxy.close()
  await server.close()
})

async function factsOf(adapter: ChainAdapter, seqno: number): Promise<readonly Fact[]> {
  const { header, events } = await adapter.block(seqno)
  const raw = events.map((event) => ({ ...event, payload: { ...event.payload }, blockNumber: header.number, fork: 0 }))
  const { facts, failures } = adapter.parse(raw)
  expect(failures).toEqual([])
  return facts
}

test('a contract that is no item, was sent an nft_transfer and is destroyed, is no burn', async () => {
  const adapter = createTonAdapter({ network: 'ton', chainId: -239, urls: [server.url], apiKey: null })
  try {
    const told = await happens({ wallet: 2, to: wallet(3), value: COIN, body: transferBody(wallet(4), wallet(2), 0n) })
    expect(await factsOf(adapter, told)).toEqual([])
    const sending = { ...{ wallet: 3, to: wallet(4), value: 0n, body: beginCell().endCell() }, ...EVERYTHING }
    const gone = await happens(sending)
    const { events } = await adapter.block(gone)
    const rows = (await (await fetch(`${server.url}/v2/blockchain/masterchain/${gone}/transactions`)).json()) as {
      transactions: { destroyed: boolean; account: { address: string } }[]
    }
    expect(rows.transactions.filter(({ destroyed }) => destroyed).map(({ account }) => account.address)).toEqual([
      wallet(3).toRawString(),
    ])
    expect(events).toEqual([])
  } finally {
    await adapter.close()
  }
})

describe('a destroyed item that the ledger knows', () => {
  let database: TestDatabase
  let pool: Db

  beforeAll(async () => {
    database = await createTestDatabase()
    pool = createPool({ url: database.url, role: 'ft_backfill' })
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  /** As the indexer opens it, after a start: it remembers nothing. */
  const open = () => openChain(database.db, { ...config, endpoints: [proxy.url] }, null)

  test('is burned, by its last owner, also after a restart', async () => {
    const first = await open()
    const head = chain.head()?.seqno ?? 0
    const ingest = startIngest(pool, first.network, first.adapter, {
      start: config.start,
      finality: config.finality,
      recordBlocks: (tx, blocks, raw) => recordBlocks(tx, first.network, first.adapter.parse, blocks, raw),
    })
    await ingest.seen(new RegExp(`backfill \\d+-${head}$`))
    await ingest.stop()
    await first.adapter.close()
    // The reference item cannot be destroyed: one that is told that it was stands in for those that can.
    const seqno = await happens({ wallet: 2, to: Address.parse(item), value: COIN / 10n, bounce: false })
    const edit = (body: string): string => {
      const mine = new RegExp(`\\{[^{}]*"account":\\{[^{}]*"${item}"`)
      expect(body).toMatch(mine)
      return body
        .replaceAll('"destroyed":false', '"destroyed":true')
        .replaceAll('"end_status":"active"', '"end_status":"nonexist"')
    }
    proxy.faults.push({ path: `masterchain/${seqno}/transactions`, body: edit })
    proxy.faults.push({ path: 'methods/', status: 404, body: '{"error":"account not found"}' })
    proxy.faults.push({ path: 'accounts/_bulk', body: '{"accounts":[]}' })
    const second = await open()
    try {
      expect(await factsOf(second.adapter, seqno)).toMatchObject([
        { kind: 'burn', item, tokenId: 0n, from: wallet(1).toRawString(), to: null },
      ])
      // Its own past may not say whose it was: not every collection tells it in the message that deploys.
      proxy.faults.push({ path: `accounts/${item}/transactions`, body: '{"transactions":[]}' })
      expect(await factsOf(second.adapter, seqno)).toMatchObject([
        { kind: 'burn', item, contract: collection, from: wallet(1).toRawString() },
      ])
    } finally {
      await second.adapter.close()
    }
  })
})
