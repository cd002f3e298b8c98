import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { isFtError } from '../../../src/core/errors.js'
import { blocks, indexedRanges } from '../../../src/core/schema/ingest.js'
import { normalizedEventKeys } from '../../../src/core/schema/ledger.js'
import { assetCards, ownershipView, portfolioAssets } from '../../../src/core/schema/projection.js'
import { networks } from '../../../src/core/schema/ref.js'
import { useTestDatabase } from '../../support/database.js'

const database = useTestDatabase()

const ASSET = '00000000-0000-5000-8000-000000000001'
const EVM_OWNER = `0x${'ab'.repeat(20)}`
const TON_ITEM = `-1:${'cd'.repeat(32)}`
const LARGEST = 10n ** 78n - 1n
const TIME = new Date('2026-01-02T03:04:05.678Z')
const KEY = { blockNumber: 1, position: 0, subIndex: 0, networkId: 1, fork: 0, incarnation: 1, isReverted: false }

const card = {
  assetId: ASSET,
  collectionId: null,
  lastBlock: Number.MAX_SAFE_INTEGER,
  lastEventAt: TIME,
  standard: 'tep62' as const,
  networkId: 1,
  isStub: true,
  historyComplete: false,
  supply: LARGEST,
  tokenId: 0n,
  address: TON_ITEM,
  owner: EVM_OWNER,
}

beforeAll(async () => {
  await database.db.orm.insert(assetCards).values(card)
  await database.db.orm.insert(ownershipView).values({ assetId: ASSET, accountAddress: EVM_OWNER, quantity: LARGEST })
})

test('addresses, amounts, heights and times come back as they were written, null as null', async () => {
  expect(await database.db.orm.select().from(assetCards)).toEqual([{ ...card, owners: 0 }])
})

test('they are in the database what the rest of the code reads there', async () => {
  const rows = await database.db.query('SELECT supply, address, owner FROM projection.asset_cards')
  expect(rows).toEqual([{ supply: LARGEST, address: `0xff${'cd'.repeat(32)}`, owner: EVM_OWNER }])
})

test('a condition on an address or an amount finds the row', async () => {
  const { orm } = database.db
  for (const condition of [
    eq(assetCards.owner, EVM_OWNER),
    eq(assetCards.address, TON_ITEM),
    eq(assetCards.supply, LARGEST),
  ]) {
    expect(await orm.select({ id: assetCards.assetId }).from(assetCards).where(condition)).toEqual([{ id: ASSET }])
  }
  expect(await orm.select().from(assetCards).where(eq(assetCards.owner, TON_ITEM))).toEqual([])
})

test('the view gives the same types as its tables', async () => {
  const rows = await database.db.orm.select().from(portfolioAssets).where(eq(portfolioAssets.accountAddress, EVM_OWNER))
  const { supply: _supply, owner: _owner, ...shared } = card
  expect(rows).toEqual([{ ...shared, accountAddress: EVM_OWNER, quantity: LARGEST, boundedQuantity: LARGEST }])
})

test('hashes are hexadecimal, ranges text, a 64-bit hash a bigint', async () => {
  const { orm } = database.db
  const block = { number: 5, networkId: 1, fork: 0, canonical: true, time: TIME, hash: '0x00ff', parentHash: '0x' }
  await orm.insert(blocks).values(block)
  expect(await orm.select().from(blocks)).toEqual([block])
  await orm.insert(indexedRanges).values({ networkId: 1, scope: 'all', blocks: '{[1,4],[9,12)}' })
  expect(await orm.select().from(indexedRanges)).toEqual([{ networkId: 1, scope: 'all', blocks: '{[1,5),[9,12)}' }])
  const key = { ...KEY, sourceEventId: ASSET, payloadHash: -(2n ** 63n) }
  await orm.insert(normalizedEventKeys).values(key)
  expect(await orm.select().from(normalizedEventKeys)).toEqual([key])
})

test('arrays and defaults of the database arrive', async () => {
  const network = {
    networkId: 1,
    name: 'polygon',
    chain: 'evm',
    chainId: 137,
    finalityRule: 'tag',
    finalityDepth: 256,
  } as const
  await database.db.orm.insert(networks).values(network)
  const [row] = await database.db.orm.select().from(networks)
  expect(row).toMatchObject({ ...network, endpoints: [], scope: 'all', startBlock: null, historyComplete: false })
  expect(row?.createdAt).toBeInstanceOf(Date)
})

test('a height beyond 2^53 throws and is not rounded', async () => {
  await database.db.query('UPDATE projection.asset_cards SET last_block = 9007199254740993')
  const read = database.db.orm.select().from(assetCards)
  await expect(read).rejects.toSatisfy(
    (error) => isFtError(error, 'internal') && error.message.includes('9007199254740993'),
  )
})
