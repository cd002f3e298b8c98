import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assetId, collectionId } from '../../src/core/ids.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { orphanAbove, recordFork } from '../../src/ingest/store.js'
import { dueAssets, findAssets, keepLooks, refreshMetadata } from '../../src/pipeline/metadata.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { takeBackBlocks } from '../../src/pipeline/rewind.js'
import { headsStage } from '../../src/pipeline/stages.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { buyer, chainOf, moves, nft, seller } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { worldParser } from '../support/world/world.js'

const chain = chainOf(
  ['1', '2', '3'].map((token) => moves(null, seller, token)),
  [moves(seller, buyer, '1'), moves(null, seller, '4')],
  [],
  [moves(null, seller, '5')],
)
const last = chain.length - 1

let database: TestDatabase
let network: Network

beforeEach(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db, true)
  await fuse(database.db, network, chain)
})
afterEach(async () => {
  await database.drop()
})

const at = (height: number): ChainBlock['header'] => {
  const block = chain[height]
  if (block === undefined) throw new Error(`the chain has no block ${height}`)
  return block.header
}

async function finalize(height: number): Promise<void> {
  const networks = new Map([[network.name, { network, parse: worldParser }]])
  const heads = { v: 1, network: network.name, state: 'live', head: at(last), finalized: at(height) } as const
  await database.db.transaction((tx) => headsStage(tx, networks, [heads]))
}

const idOf = (token: string): string => assetId(network.name, nft, token)

async function search(): Promise<void> {
  while (await database.db.transaction((tx) => findAssets(tx, network)));
}

/** The tokens that are due, by id. */
async function due(count = 100): Promise<string[]> {
  const found = await database.db.transaction((tx) => dueAssets(tx, network, count))
  return found.map(({ question }) => String(question.tokenId)).sort()
}

interface Kept {
  readonly days: number | null
  readonly version: number | null
  readonly reason: string | null
}

/** What is kept of a token, and in how many days it is looked at again; null: never. */
async function kept(token: string): Promise<Kept | undefined> {
  const [row] = await database.db.query<Kept>(
    `SELECT CASE WHEN isfinite(due_at) THEN extract(epoch FROM due_at - looked_at)::float8 / 86400 END AS days, version, reason
     FROM catalog.metadata_looks WHERE asset_id = $1`,
    [idOf(token)],
  )
  return row
}

const found = (name: string, hash: string) => ({
  ...{ uri: 'ipfs://x', reason: null },
  found: { content: JSON.stringify({ name }), item: JSON.stringify({ name }), hash: `0x${hash.repeat(32)}` },
})
const failed = { uri: 'ipfs://x', found: null, reason: 'not there' }

const look = (token: string, result: ReturnType<typeof found> | typeof failed) =>
  database.db.transaction((tx) => keepLooks(tx, network, [{ assetId: idOf(token), ...result }]))

const says = async (token: string): Promise<unknown> => {
  const [row] = await database.db.query<{ item: unknown }>(
    'SELECT item FROM projection.asset_metadata WHERE asset_id = $1',
    [idOf(token)],
  )
  return row?.item
}

test('assets are due once a final block has named them, each once', async () => {
  await search()
  expect(await due()).toEqual([])
  await finalize(0)
  await search()
  expect(await due()).toEqual(['1', '2', '3'])
  await look('1', found('One', 'a1'))
  // a block that moves the first token
  await finalize(1)
  await search()
  expect(await due()).toEqual(['2', '3', '4'])
  await finalize(last)
  await search()
  expect(await due()).toEqual(['2', '3', '4', '5'])
  expect(await due(2)).toHaveLength(2)
})

test('blocks that a rewind took back are searched anew, and looks at assets that are gone with them end', async () => {
  await finalize(last)
  await search()
  await database.db.transaction(async (tx) => {
    const blocks = await orphanAbove(tx, network, 2)
    const branch = await recordFork(tx, network, 2, blocks.length)
    const ancestor = { number: 2, hash: at(2).hash }
    const fork = { v: 1, network: network.name, branch, ancestor, blocks } as const
    await takeBackBlocks(tx, network, { fork, finalized: at(2), order: 9, state: null })
  })
  expect(await due()).toEqual(['1', '2', '3', '4'])
  expect(await kept('5')).toBeUndefined()
  const [row] = await database.db.query<{ blocks: string }>(
    `SELECT blocks FROM ledger.applied_ranges WHERE consumer_id = 'metadata'`,
  )
  expect(row?.blocks).toBe('{[0,3)}')
})

describe('with all assets due', () => {
  beforeEach(async () => {
    await finalize(last)
    await search()
  })

  test('what a look finds is kept, ends the stub, and is what a rebuild agrees with', async () => {
    await look('1', found('One', 'a1'))
    expect(await says('1')).toEqual({ name: 'One' })
    expect(await due()).toEqual(['2', '3', '4', '5'])
    const stubs = await database.db.query<{ asset_id: string }>(
      'SELECT asset_id FROM projection.asset_cards WHERE NOT is_stub',
    )
    expect(stubs).toEqual([{ asset_id: idOf('1') }])
    expect(await rebuildProjections({ db: database.db, networks: [network], swap: false, settleMs: 0 })).toEqual([])
  })

  test('the same is no new version, and is looked at after twice the pause, up to 32 days; something else is one, after a day', async () => {
    for (const days of [1, 2, 4, 8, 16, 32, 32]) {
      await look('1', found('One', 'a1'))
      expect(await kept('1')).toEqual({ days, version: 1, reason: null })
    }
    await look('1', found('Revealed', 'b2'))
    expect(await kept('1')).toEqual({ days: 1, version: 2, reason: null })
    expect(await says('1')).toEqual({ name: 'Revealed' })
  })

  test('a look that fails keeps what was known, says why, and is repeated after longer and longer, ten times', async () => {
    await look('1', found('One', 'a1'))
    const minutes: (number | null)[] = []
    for (let failures = 1; failures <= 10; failures += 1) {
      await look('1', failed)
      const { days, version, reason } = (await kept('1')) ?? {}
      expect({ version, reason }).toEqual({ version: 1, reason: 'not there' })
      minutes.push(days == null ? null : Math.round(days * 1440))
    }
    expect(minutes).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, null])
    expect(await says('1')).toEqual({ name: 'One' })
    await look('1', found('One', 'a1'))
    expect(await kept('1')).toMatchObject({ version: 1, reason: null })
  })

  test('a refresh makes the assets of a collection due, or one of them, also those that were given up', async () => {
    for (const token of ['1', '2', '3', '4', '5']) {
      for (let failures = 1; failures <= 10; failures += 1) await look(token, failed)
    }
    expect(await due()).toEqual([])
    const collection = collectionId(network.name, nft)
    expect(await refreshMetadata(database.db, network, { collectionId: collection, tokenId: 3n })).toBe(1)
    expect(await due()).toEqual(['3'])
    expect(await refreshMetadata(database.db, network, { collectionId: collection, tokenId: null })).toBe(5)
    expect(await due()).toHaveLength(5)
    expect(await refreshMetadata(database.db, network, { collectionId: collection, tokenId: 77n })).toBe(0)
  })
})
