import { expect, onTestFinished, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import { createTestDatabase } from '../support/database.js'
import { chainOf, type Event, moves, nft, seller } from '../support/world/marketChain.js'
import { deliverTopic, fuse, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { buildBlock } from '../support/world/world.js'

/* A contract that emits events of two standards was asked about the one that its first event has, and marked; then it turns out to have another first event. */

const of1155: Event = [
  { kind: 'mint', standard: 'erc1155', contract: nft, tokenId: '2', from: null, to: seller, quantity: '3' },
]

async function newDatabase(): Promise<Db> {
  const { db, drop } = await createTestDatabase()
  onTestFinished(drop)
  return db
}

async function confirm(db: Db): Promise<void> {
  await db.query(
    `UPDATE catalog.collections SET standard_confidence = 'confirmed', derivable = false, ask_after = now() + interval '7 days';
     UPDATE projection.collection_stats SET standard_confidence = 'confirmed', derivable = false`,
  )
  expect(await shown(db)).toMatchObject([{ said: 'confirmed', due: false }])
}

const shown = (db: Db) =>
  db.query(
    `SELECT s.standard, s.standard_confidence AS said, c.standard_confidence AS stored, c.ask_after < now() AS due,
       ARRAY[s.derivable, c.derivable] AS derivable
     FROM catalog.collections c JOIN projection.collection_stats s USING (collection_id)`,
  )

test('an earlier event of another standard, read later, makes a collection unconfirmed, and it is asked anew', async () => {
  const db = await newDatabase()
  const network = await worldNetwork(db)
  const [earlier, later] = chainOf([of1155], [moves(null, seller)])
  if (earlier === undefined || later === undefined) throw new Error('there are two blocks')
  await fuse(db, network, [later])
  await confirm(db)
  await fuse(db, network, [earlier])
  expect(await shown(db)).toEqual([
    { standard: 'erc1155', said: 'unconfirmed', stored: 'unconfirmed', due: true, derivable: [true, true] },
  ])
})

test('more events of the same standard, earlier or later, leave what the contract said', async () => {
  const db = await newDatabase()
  const network = await worldNetwork(db)
  const [earlier, first, later] = chainOf([moves(null, seller, '5')], [moves(null, seller)], [of1155])
  if (earlier === undefined || first === undefined || later === undefined) throw new Error('there are three blocks')
  await fuse(db, network, [first])
  await confirm(db)
  await fuse(db, network, [earlier])
  await fuse(db, network, [later])
  expect(await shown(db)).toEqual([
    { standard: 'erc721', said: 'confirmed', stored: 'confirmed', due: false, derivable: [false, false] },
  ])
})

test('a first event that leaves the chain takes with it what the contract said to its standard', async () => {
  const db = await newDatabase()
  const network = await worldNetwork(db)
  const random = createRandom(3)
  const [root, gone] = chainOf([], [of1155])
  if (root === undefined || gone === undefined) throw new Error('there are two blocks')
  const instead = buildBlock(root, [{ hash: `0x${'0f'.repeat(32)}`, events: [moves(null, seller)] }])
  const rest = async (): Promise<void> => {
    await deliverTopic(db, network, 'ledger.normalized')
    await deliverTopic(db, network, 'market.ownership')
  }
  for (const block of [root, gone]) await publishBlock(db, network, block, random)
  await deliverTopic(db, network, 'chain.{network}.raw_events')
  await rest()
  await confirm(db)
  await publishFork(db, network, root.header)
  await publishBlock(db, network, instead, random)
  await deliverTopic(db, network, 'chain.{network}.raw_events')
  await rest()
  expect(await shown(db)).toMatchObject([{ standard: 'erc1155', said: 'confirmed' }])
  await deliverTopic(db, network, 'chain.{network}.forks')
  await rest()
  expect(await shown(db)).toEqual([
    { standard: 'erc721', said: 'unconfirmed', stored: 'unconfirmed', due: true, derivable: [true, true] },
  ])
})
