import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { collectionId } from '../../src/core/ids.js'
import { type EvmDevnet, startEvmDevnet } from '../../src/devnet/evm.js'
import { type DevOrder, listing } from '../../src/devnet/seaport/order.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type RunningSystem, startSystem } from '../support/system.js'
import { shown, startListingServer } from './server.js'

/*
 * Orders that only a listing source has, signed for a real Seaport: the whole system reads them, and follows what the chain does to them.
 */

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const quiet = { info: () => undefined, error: () => undefined }
const answer = z.object({
  data: z.array(z.object({ token_id: z.string(), source: z.string(), price: z.string() })),
  coverage: z.object({ onchain: z.boolean(), opensea: z.boolean() }),
})

let folder: string
let database: TestDatabase
let devnet: EvmDevnet
let server: Awaited<ReturnType<typeof startListingServer>>
let system: RunningSystem
let orders: readonly DevOrder[]

const account = (n: number): string => devnet.accounts[n] ?? ''
const tickets = (): string => devnet.contracts.erc721[0] ?? ''

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'ft-listings-'))
  devnet = await startEvmDevnet({ dataDir: folder, blockTimeMs: null, seed: 5, log: quiet })
  await devnet.mine(
    Array.from({ length: 4 }, () => ({ kind: 'mint721', contract: tickets(), to: account(1) }) as const),
  )
  orders = [0n, 1n, 2n, 3n].map((tokenId) =>
    listing({
      ...{
        offerer: account(1),
        price: 4_000n * (tokenId + 1n),
        coin: null,
        creator: account(0),
        salt: tokenId,
        counter: 0n,
      },
      items: [{ standard: 'erc721', contract: tickets(), tokenId, quantity: 1n }],
    }),
  )
  server = await startListingServer()
  server.contracts = [{ address: tickets(), chain: 'matic' }]
  server.pages = [orders.slice(0, 2).map((order) => shown(order)), orders.slice(2).map((order) => shown(order))]
  system = await startSystem({
    ...{ DATABASE_URL: database.url, POLYGON_RPC_URL: devnet.rpcUrl, POLYGON_START_BLOCK: '0' },
    ...{ POLYGON_LISTINGS_URL: server.url, POLYGON_LISTINGS_KEY: 'the-key', POLYGON_LISTINGS_COLLECTIONS: 'tickets' },
  })
})

afterAll(async () => {
  await system.stop()
  await Promise.all([server.close(), devnet.stop()])
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

async function listed(): Promise<string[]> {
  const { data } = answer.parse(await system.get(`/api/v1/collections/${collectionId('polygon', tickets())}/listings`))
  return data.map(({ token_id, source, price }) => `${source} ${token_id} ${price}`)
}

test('listings of the source are shown, covered, and end when the chain ends them', async () => {
  const within = { timeout: 60_000, interval: 50 }
  await expect.poll(() => listed().catch(() => []), within).toHaveLength(4)
  expect(await listed()).toEqual(['opensea 0 4000', 'opensea 1 8000', 'opensea 2 12000', 'opensea 3 16000'])
  const { coverage } = answer.parse(
    await system.get(`/api/v1/collections/${collectionId('polygon', tickets())}/listings`),
  )
  expect(coverage).toEqual({ onchain: true, opensea: true })
  expect(server.asked.every(({ key }) => key === 'the-key')).toBe(true)

  const [first, second] = orders
  if (first === undefined || second === undefined) throw new Error('there are no orders')
  await devnet.mine([
    { kind: 'fulfill', order: first, by: account(2) },
    { kind: 'cancel', order: second },
    { kind: 'move721', contract: tickets(), from: account(1), to: account(3), tokenId: 2n, safe: false },
  ])
  await expect.poll(listed, within).toEqual(['opensea 3 16000'])
  const states = await database.db.query<{ status: string }>(
    'SELECT status FROM market.listings_current ORDER BY price',
  )
  expect(states.map(({ status }) => status)).toEqual(['filled', 'cancelled', 'invalidated', 'active'])
  await devnet.reorg(1, [[], []])
  await expect.poll(listed, within).toHaveLength(4)
  await devnet.mine([{ kind: 'void', by: account(1) }])
  await expect.poll(listed, within).toEqual([])
})
