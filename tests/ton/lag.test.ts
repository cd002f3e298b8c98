import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Fact } from '../../src/core/events.js'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'
import { startTonProxy, type TonProxy } from '../support/tonProxy.js'

/*
 * One address, many servers: the one that is asked about an account can be some blocks behind the one that gave the block.
 */

vi.setConfig({ testTimeout: 60_000 })

const quiet = { info: () => undefined, error: () => undefined }
const nothing = { status: 404, body: '{"error":"entity not found"}' } as const
const nobody = { path: 'accounts/_bulk', body: '{"accounts":[]}' } as const
let devnet: TonDevnet
let proxy: TonProxy

beforeAll(async () => {
  devnet = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 3, log: quiet, genesisTime: 1_800_000_000 })
  await devnet.produce([{ kind: 'deploy', collection: 0 }])
})
afterAll(async () => {
  await devnet.stop()
})
beforeEach(async () => {
  proxy = await startTonProxy(devnet.url)
})
afterEach(async () => {
  await proxy.close()
})

/** What a seqno is found to mean. */
async function factsOf(number: number, rounds = 4): Promise<readonly Fact[]> {
  const backoffMs = { initial: 1, max: 5 }
  const adapter = createTonAdapter({
    ...{ network: 'ton', chainId: -239, urls: [proxy.url], apiKey: null, rounds, backoffMs },
  })
  try {
    const { header, events } = await adapter.block(number)
    const placed = { blockNumber: header.number, fork: 0 }
    return adapter.parse(events.map((event) => ({ ...event, payload: { ...event.payload }, ...placed }))).facts
  } finally {
    await adapter.close()
  }
}

const mint = () => devnet.produce([{ kind: 'mint', collection: 0, owner: 2, count: 1 }])
const kinds = (facts: readonly Fact[]) => facts.map(({ kind }) => kind)

test('an item that does not exist yet where it is asked for is minted all the same', async () => {
  const { seqno } = await mint()
  proxy.faults.push({ path: 'methods/get_nft_data', times: 1, ...nothing })
  expect(kinds(await factsOf(seqno))).toEqual(['mint'])
  proxy.faults.push({ ...nobody, times: 1 }, { path: 'methods/', times: 2, ...nothing })
  expect(kinds(await factsOf(seqno))).toEqual(['mint'])
})

test('a sale contract whose state is older than the transfer to it lists all the same', async () => {
  await mint()
  const item = devnet.holdings().at(-1)?.item ?? ''
  const { seqno } = await devnet.produce([{ kind: 'list', item, price: 5n }])
  proxy.faults.push({ ...nobody, times: 1 }, { path: '/transactions?after_lt', times: 1, body: '{"transactions":[]}' })
  expect(kinds(await factsOf(seqno))).toEqual(['transfer', 'list'])
})

test('what is gone since is not waited for; what stays unknown is, until the chain is half a minute further', async () => {
  const { seqno } = await mint()
  const item = devnet.holdings().at(-1)?.item ?? ''
  const past = `accounts/${item}/transactions`
  proxy.faults.push(nobody, { path: `accounts/${item}/methods`, ...nothing })
  proxy.faults.push({
    path: past,
    times: 1,
    body: (body) => body.replace('"end_status":"active"', '"end_status":"nonexist"'),
  })
  expect(await factsOf(seqno)).toEqual([])
  proxy.faults.push({ path: past, body: '{"transactions":[]}' })
  await expect(factsOf(seqno, 2)).rejects.toMatchObject({ code: 'block_unknown' })
  for (let blocks = 0; blocks < 15; blocks += 1) await devnet.produce([])
  expect(await factsOf(seqno)).toEqual([])
})
