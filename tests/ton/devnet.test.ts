import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import type { ChainAdapter } from '../../src/ingest/adapter.js'
import { createTonAdapter } from '../../src/ingest/ton/adapter.js'

const quiet = { info: () => undefined, error: () => undefined }
let devnet: TonDevnet
let adapter: ChainAdapter

beforeAll(async () => {
  devnet = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 5, log: quiet, genesisTime: 1_800_000_000 })
  await devnet.produceActivity(120)
  adapter = createTonAdapter({ network: 'ton', chainId: -239, urls: [devnet.url], apiKey: null })
})

afterAll(async () => {
  await adapter.close()
  await devnet.stop()
})

test('the contracts answer what the truth says: owners, burns, sale contracts while listed', async () => {
  const holdings = devnet.holdings()
  expect(holdings.length).toBeGreaterThan(10)
  const questions = holdings.map(({ item }) => ({ contract: item, tokenId: null, account: null }))
  const answers = await adapter.holdings(questions, devnet.head().seqno)
  expect(answers).toEqual(holdings.map(({ owner }) => owner))
})
