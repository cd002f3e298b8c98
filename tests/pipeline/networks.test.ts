import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { type Network, registerNetwork } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { orphanAbove, storeBlocks } from '../../src/ingest/store.js'
import { normalize } from '../../src/pipeline/normalize.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { chainOf, moves, seller } from '../support/world/marketChain.js'
import { worldNetwork } from '../support/world/pipeline.js'
import { buildBlock, transactionsOf, worldParser } from '../support/world/world.js'

let database: TestDatabase
let db: Db
let network: Network

beforeEach(async () => {
  database = await createTestDatabase()
  db = database.db
  network = await worldNetwork(db)
})

afterEach(() => database.drop())

async function read(block: ChainBlock) {
  return await db.transaction(async (tx) => {
    return await normalize(tx, network, worldParser, await storeBlocks(tx, network, [block]))
  })
}

test('a transaction that returns before its fork was heard of is taken back first, whatever another network has at its height', async () => {
  const other = await registerNetwork(db, {
    ...{
      name: 'base',
      chain: 'evm',
      chainId: 8453,
      finality: { rule: 'tag', depth: 256 },
      scope: 'all',
      endpoints: [],
    },
    nativeCurrency: { symbol: 'ETH', decimals: 18 },
  })
  const [first, second] = chainOf([], [moves(null, seller)])
  if (first === undefined || second === undefined) throw new Error('a chain of two blocks')
  await db.transaction((tx) => storeBlocks(tx, other, [first, { ...second, events: [] }]))
  await read(first)
  await read(second)
  await db.transaction((tx) => orphanAbove(tx, network, 0))
  const { events } = await read(buildBlock(first, transactionsOf(second), { salt: 'b' }))
  expect(events.map(({ reverts, incarnation, fork }) => ({ reverts, incarnation, fork }))).toEqual([
    { reverts: true, incarnation: 1, fork: 0 },
    { reverts: false, incarnation: 2, fork: 1 },
  ])
})
