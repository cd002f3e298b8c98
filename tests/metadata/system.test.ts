import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeAbiParameters, keccak256, padHex, parseAbiParameters, stringToHex } from 'viem'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { assetId, collectionId } from '../../src/core/ids.js'
import { findNetwork } from '../../src/core/networks.js'
import { type EvmDevnet, startEvmDevnet } from '../../src/devnet/evm.js'
import { startTonDevnet, type TonDevnet } from '../../src/devnet/ton/network.js'
import { refreshMetadata } from '../../src/pipeline/metadata.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type RunningSystem, startSystem } from '../support/system.js'

/*
 * Real contracts on both development chains say where the metadata of their tokens is; a server on this machine is the gateway of IPFS.
 */

vi.setConfig({ testTimeout: 60_000 })

const quiet = { info: () => undefined, error: () => undefined }
const card = z.object({
  is_stub: z.boolean(),
  metadata: z
    .object({ name: z.string().nullable(), uri: z.string().nullable(), attributes: z.array(z.unknown()) })
    .nullable(),
})
type Card = z.infer<typeof card>

let folder: string
let database: TestDatabase
let evm: EvmDevnet
let ton: TonDevnet
let gateway: Server
let system: RunningSystem
/** What the gateway serves a path with; undefined: 404. */
let serve: (path: string) => unknown
let asked: string[] = []

const start = (): Promise<RunningSystem> =>
  startSystem({
    DATABASE_URL: database.url,
    POLYGON_RPC_URL: evm.rpcUrl,
    POLYGON_START_BLOCK: '0',
    POLYGON_METADATA: 'on',
    TONAPI_URL: ton.url,
    TON_START_SEQNO: '1',
    TON_METADATA: 'on',
    FT_IPFS_GATEWAY: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
  })

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'ft-metadata-'))
  gateway = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const body = serve(path)
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? { error: 'not here' }))
  })
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  evm = await startEvmDevnet({ dataDir: join(folder, 'devnet'), blockTimeMs: null, seed: 5, log: quiet })
  ton = await startTonDevnet({ dataDir: null, blockTimeMs: null, seed: 5, log: quiet })
  await evm.mineActivity(20)
  await ton.produceActivity(10)
}, 120_000)

beforeEach(async () => {
  asked = []
  await database.db.query(
    `TRUNCATE catalog.metadata_looks, catalog.metadata_versions; DELETE FROM ledger.applied_ranges WHERE consumer_id LIKE 'metadata%'`,
  )
})

afterAll(async () => {
  await evm.stop()
  await ton.stop()
  await new Promise((resolve) => gateway.close(resolve))
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

async function running(work: () => Promise<void>): Promise<void> {
  system = await start()
  try {
    await work()
  } finally {
    await system.stop()
  }
}

const cardOf = async (id: string): Promise<Card> =>
  z.object({ data: card }).parse(await system.get(`/api/v1/assets/${id}`)).data

/** How many assets final blocks of a network have named, and how many have been looked at. */
async function looks(network: string): Promise<{ assets: number; found: number; failed: number }> {
  const [row] = await database.db.query<{ assets: number; found: number; failed: number }>(
    `SELECT (SELECT count(*) FROM catalog.assets a JOIN projection.network_status s USING (network_id)
          WHERE s.name = $1 AND a.first_block <= s.finalized_number)::int AS assets,
       count(l.version)::int AS found, count(l.reason)::int AS failed
     FROM catalog.metadata_looks l JOIN ref.networks USING (network_id) WHERE name = $1`,
    [network],
  )
  return row ?? { assets: 0, found: 0, failed: 0 }
}

const eventually = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 30_000, interval: 50 })

test('every asset of a final block says what its document says, on both chains, and is no stub any more', async () => {
  serve = (path) => ({ name: `Item ${path}`, attributes: [{ trait_type: 'Path', value: path }] })
  await running(async () => {
    for (const network of ['polygon', 'ton']) {
      await eventually(async () => {
        const { assets, found } = await looks(network)
        return assets > 0 && assets === found
      }).toBe(true)
    }
    const final = await database.db.query<{ asset_id: string }>('SELECT asset_id FROM catalog.metadata_looks')
    const known = new Set(final.map(({ asset_id }) => asset_id))
    const tokens = evm.truth().filter(({ contract, tokenId }) => known.has(assetId('polygon', contract, tokenId)))
    expect(tokens.length).toBeGreaterThan(5)
    for (const { contract, tokenId } of tokens) {
      const { is_stub, metadata } = await cardOf(assetId('polygon', contract, tokenId))
      expect(is_stub).toBe(false)
      const isUnits = metadata?.uri?.includes('/items/') || metadata?.uri?.includes('/badges/')
      const name = isUnits ? BigInt(tokenId).toString(16).padStart(64, '0') : String(tokenId)
      expect(metadata?.uri).toMatch(new RegExp(`^ipfs://bafy[a-z2-7]+/[a-z]+/${name}$`))
      expect(metadata?.name).toBe(`Item /${metadata?.uri?.replace('://', '/')}`)
      expect(metadata?.attributes).toHaveLength(1)
    }
    const items = await database.db.query<{ asset_id: string }>(
      `SELECT asset_id FROM catalog.assets JOIN ref.networks USING (network_id) WHERE name = 'ton'`,
    )
    for (const { asset_id } of items) {
      expect(await cardOf(asset_id)).toMatchObject({
        is_stub: false,
        metadata: { name: expect.stringMatching(/^Development item \d+$/), uri: null },
      })
    }
  })
})

test('what a server says later is read after a refresh, and what was read stays while it says nothing', async () => {
  serve = () => undefined
  await running(async () => {
    const [token] = evm.truth()
    if (token === undefined) throw new Error('the chain has no token')
    const id = assetId('polygon', token.contract, token.tokenId)
    const refresh = async (): Promise<void> => {
      const network = await findNetwork(database.db, 'polygon')
      const collection = collectionId('polygon', token.contract)
      await refreshMetadata(database.db, network, { collectionId: collection, tokenId: BigInt(token.tokenId) })
    }
    const reason = async (): Promise<string | null | undefined> => {
      const [row] = await database.db.query<{ reason: string | null }>(
        'SELECT reason FROM catalog.metadata_looks WHERE asset_id = $1',
        [id],
      )
      return row?.reason
    }
    await eventually(reason).toMatch(/answered with status 404$/)
    expect(await cardOf(id)).toMatchObject({ metadata: null })
    serve = () => ({ name: 'Hidden' })
    await refresh()
    await eventually(async () => (await cardOf(id)).metadata?.name).toBe('Hidden')
    serve = () => ({ name: 'Revealed' })
    await refresh()
    await eventually(async () => (await cardOf(id)).metadata?.name).toBe('Revealed')
    serve = () => undefined
    await refresh()
    await eventually(reason).toMatch(/404$/)
    expect(await cardOf(id)).toMatchObject({ is_stub: false, metadata: { name: 'Revealed' } })
    expect(asked.length).toBeGreaterThan(0)
  })
})

test('collections have the names that their contracts give, and are found by them; one that gives none is a stub', async () => {
  serve = () => undefined
  await running(async () => {
    const named = z.object({
      data: z.array(z.object({ contract: z.string(), name: z.string().nullable(), is_stub: z.boolean() })),
    })
    const collections = async (query: string) => named.parse(await system.get(`/api/v1/collections${query}`)).data
    const stubs = async () => (await collections('?network=polygon')).map(({ name, is_stub }) => ({ name, is_stub }))
    await eventually(async () => (await collections('?search=tickets')).map(({ name }) => name)).toEqual([
      'Development Tickets',
    ])
    await eventually(async () => (await collections('?network=ton')).map(({ name }) => name)).toContainEqual(
      expect.stringMatching(/^Development collection /),
    )
    // an ERC-1155 contract without name()
    expect(await stubs()).toEqual(
      expect.arrayContaining([
        { name: 'Development Tickets', is_stub: false },
        { name: null, is_stub: true },
      ]),
    )
  })
})

/** Code that gives this text to whoever asks a question of 36 bytes, and else emits a log of its calldata: a topic, then data. */
function gives(text: string): string {
  const data = encodeAbiParameters(parseAbiParameters('string'), [text]).slice(2)
  const length = (data.length / 2).toString(16).padStart(4, '0')
  return `0x36602414601957${'60203603806020600037600035906000a100'}5b61${length}8060266000396000f3${data}`
}

test('a reveal is read when its contract says so, without a refresh', async () => {
  serve = (path) => ({ name: `Item ${path}` })
  const rpc = async (method: string, ...params: readonly unknown[]): Promise<void> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(evm.rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(await response.json()).not.toHaveProperty('error')
  }
  await running(async () => {
    const [token] = evm.truth()
    if (token === undefined) throw new Error('the chain has no token')
    const id = assetId('polygon', token.contract, token.tokenId)
    await eventually(async () => (await cardOf(id)).metadata?.name).toMatch(/^Item /)
    await database.db.query(`UPDATE catalog.metadata_looks SET looked_at = now() - interval '1 hour'`)
    await rpc('anvil_setCode', token.contract, gives('{"name": "Revealed"}'))
    const from = padHex('0xf1', { size: 20 })
    await rpc('anvil_impersonateAccount', from)
    await rpc('anvil_setBalance', from, '0xde0b6b3a7640000')
    const topic = keccak256(stringToHex('BatchMetadataUpdate(uint256,uint256)'))
    const data = `${topic}${'00'.repeat(32)}${'ff'.repeat(32)}`
    await rpc('eth_sendTransaction', { from, to: token.contract, data, gas: '0x30d40' })
    for (let blocks = 0; blocks < 4; blocks += 1) await rpc('evm_mine')
    await eventually(async () => (await cardOf(id)).metadata).toMatchObject({
      name: 'Revealed',
      uri: '{"name": "Revealed"}',
    })
  })
})
