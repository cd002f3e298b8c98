import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import type { TopicPattern } from '../../src/core/events.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { reorgStage } from '../../src/pipeline/stages.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, chainOf, moves, other, seller } from '../support/world/marketChain.js'
import { model } from '../support/world/model.js'
import {
  deliverAnyhow,
  deliverTopic,
  fuse,
  NETWORK,
  publishBlock,
  publishFork,
  worldNetwork,
} from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { replaceTip } from '../support/world/replaceTip.js'
import { snapshot } from '../support/world/snapshot.js'
import { randomChain } from '../support/world/world.js'

const FORKS = 'chain.{network}.forks'
const REST = ['chain.{network}.raw_events', 'ledger.normalized', 'market.ownership'] as const

interface Row {
  readonly seq: number
  readonly kind: string
  readonly retracts: number | null
  readonly asset_id: string
  readonly accounts: readonly string[]
  readonly quantities: readonly bigint[]
}

/** What somebody knows who has applied every event of the feed. */
function follow(rows: readonly Row[]): string[] {
  const holdings = new Map<string, bigint>()
  for (const { asset_id: asset, accounts, quantities } of rows) {
    for (const [index, quantity] of quantities.entries()) holdings.set(`${asset} ${accounts[index]}`, quantity)
  }
  return [...holdings]
    .filter(([, quantity]) => quantity > 0n)
    .map(([key, quantity]) => `${key} ${quantity}`)
    .sort()
}

async function held(db: Db): Promise<string[]> {
  const rows = await db.query<{ asset_id: string; account_address: string; quantity: bigint }>(
    'SELECT * FROM projection.ownership_view',
  )
  return rows.map((row) => `${row.asset_id} ${row.account_address} ${row.quantity}`).sort()
}

/** What was told of blocks that left the chain, and not taken back. */
async function orphans(db: Db): Promise<object[]> {
  return await db.query(
    `SELECT c.seq FROM projection.changes c JOIN ingest.blocks b ON b.number = c.block_number AND b.fork = c.fork
     WHERE c.kind = 'changed' AND NOT b.canonical AND NOT EXISTS (
       SELECT FROM projection.changes r WHERE r.kind = 'retracted' AND r.retracts = c.seq)`,
  )
}

test('who follows the feed through forks, in any order of delivery, knows the holdings that the read models have', async () => {
  let retractions = 0
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const random = createRandom(seed)
      const { db, drop } = await createTestDatabase()
      try {
        const network = await worldNetwork(db)
        let chain = randomChain(random, 8, 4)
        for (const block of chain) await publishBlock(db, network, block, random)
        for (let fork = 0; fork < 3; fork += 1) {
          await deliverAnyhow(db, network, random, 2)
          chain = await replaceTip(chain, random, String(fork), async (ancestor, branch) => {
            await publishFork(db, network, ancestor.header)
            for (const block of branch) await publishBlock(db, network, block, random)
          })
        }
        await deliverAnyhow(db, network, random, 2)
        const rows = await db.query<Row>('SELECT * FROM projection.changes ORDER BY seq')
        expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1))
        expect(follow(rows)).toEqual(await held(db))
        expect(await orphans(db)).toEqual([])
        retractions += rows.filter(({ kind }) => kind === 'retracted').length
      } finally {
        await drop()
      }
    }),
    { seed: 20260304, numRuns: 3 },
  )
  expect(retractions).toBeGreaterThan(0)
}, 240_000)

test('a block that is forked away and comes back before the ledger knew of it takes nothing back from the feed', async () => {
  const { db, drop } = await createTestDatabase()
  const random = createRandom(8)
  try {
    const network = await worldNetwork(db)
    const [minted, moved] = chainOf([moves(null, seller)], [moves(seller, buyer)])
    if (minted === undefined || moved === undefined) throw new Error('two blocks were built')
    const stages = ['chain.{network}.raw_events', 'chain.{network}.forks', 'ledger.normalized'] as const
    const told = async () => {
      await deliverTopic(db, network, 'market.ownership')
      return await db.query<Row>('SELECT * FROM projection.changes ORDER BY seq')
    }
    for (const block of [minted, moved]) await publishBlock(db, network, block, random)
    for (const stage of stages) await deliverTopic(db, network, stage)
    // The messages of both blocks reach the read models only while ingestion takes the second one for orphaned, twice.
    await publishFork(db, network, minted.header)
    const first = await told()
    expect(follow(first)).toEqual(await held(db))
    await db.query(`UPDATE system.outbox_events SET published_at = NULL WHERE topic = 'market.ownership'`)
    expect(await told()).toEqual(first)
    await publishBlock(db, network, moved, random)
    for (const stage of stages) await deliverTopic(db, network, stage)
    expect(await told()).toEqual(first)
    expect(first.map(({ kind }) => kind)).not.toContain('retracted')
    expect(follow(first)).toEqual(await held(db))
  } finally {
    await drop()
  }
})

/** A feed of three blocks in which one item moves; the second one returns in the end, with another above it. */
async function twiceForked(
  forks: (world: {
    readonly minted: ChainBlock
    readonly bought: ChainBlock
    deliver(...patterns: readonly TopicPattern[]): Promise<void>
    fork(ancestor: ChainBlock): Promise<void>
    takeBackOneBlock(): Promise<number>
    /** The second block is there again, and the third is another. */
    comesBack(): Promise<void>
  }) => Promise<void>,
): Promise<void> {
  const { db, drop } = await createTestDatabase()
  const random = createRandom(9)
  try {
    const network = await worldNetwork(db)
    const [minted, bought, given] = chainOf([moves(null, seller)], [moves(seller, buyer)], [moves(buyer, other)])
    const [, , elsewhere] = chainOf([moves(null, seller)], [moves(seller, buyer)], [moves(null, seller, '9')])
    if (!minted || !bought || !given || !elsewhere) throw new Error('the chains have three blocks')
    const publish = async (...blocks: readonly ChainBlock[]): Promise<void> => {
      for (const block of blocks) await publishBlock(db, network, block, random)
    }
    const deliver = async (...patterns: readonly TopicPattern[]): Promise<void> => {
      for (const pattern of patterns) await deliverTopic(db, network, pattern)
    }
    const takeBackOneBlock = async (): Promise<number> =>
      await deliverTopic(db, network, FORKS, (tx, networks, messages) =>
        reorgStage(tx, networks, messages, { blocks: 1, entries: 10 }),
      )
    await publish(minted, bought, given)
    await deliver(...REST)
    await forks({
      ...{ minted, bought, deliver, takeBackOneBlock },
      fork: (ancestor) => publishFork(db, network, ancestor.header),
      comesBack: () => publish(bought, elsewhere),
    })
    expect(await orphans(db)).toEqual([])
    expect(follow(await db.query<Row>('SELECT * FROM projection.changes ORDER BY seq'))).toEqual(await held(db))
    expect(await snapshot(db)).toEqual(model(NETWORK, [minted, bought, elsewhere]))
  } finally {
    await drop()
  }
}

test('what was told of a block is taken back although the one below it returned between two parts of a deep fork', async () => {
  await twiceForked(async ({ minted, deliver, fork, takeBackOneBlock, comesBack }) => {
    await fork(minted)
    expect(await takeBackOneBlock()).toBe(1)
    await deliver(...REST)
    await comesBack()
    await deliver(...REST)
    expect(await takeBackOneBlock()).toBe(1)
    await deliver(...REST)
  })
})

test('what was told of a block is taken back although the one below it was forked away meanwhile and returned', async () => {
  await twiceForked(async ({ minted, bought, deliver, fork, comesBack }) => {
    await fork(bought)
    await deliver(FORKS, 'ledger.normalized')
    await fork(minted)
    await deliver('market.ownership')
    await comesBack()
    await deliver(FORKS, ...REST)
  })
})

test('blocks that are final at once are told change by change, and as one reset where they are many', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    const told = async () => await db.query<Row>('SELECT * FROM projection.changes ORDER BY seq')
    const chain = randomChain(createRandom(11), 12, 4)
    for (const block of chain) await fuse(db, network, [block])
    const changes = await told()
    expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(['changed']))
    expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, index) => index + 1))
    expect(follow(changes)).toEqual(await held(db))

    const tokens = Array.from({ length: 1_001 }, (_, n) => moves(null, seller, String(1_000_000 + n)))
    const [many] = chainOf(tokens)
    if (many === undefined) throw new Error('a block was built')
    await fuse(db, network, [{ ...many, header: { ...many.header, number: chain.length } }])
    expect((await told()).slice(changes.length)).toMatchObject([{ seq: changes.length + 1, kind: 'reset' }])
  } finally {
    await drop()
  }
})

test('only the newest 100,000 rows of a network are kept', async () => {
  const random = createRandom(7)
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    await db.query(
      `INSERT INTO projection.changes (network_id, seq, kind, fork, block_number, asset_id, accounts, quantities)
       SELECT $1, n, 'changed', 0, 0, gen_random_uuid(), '{}', '{}' FROM generate_series(1, 100020) n`,
      [network.id],
    )
    for (const block of randomChain(random, 3, 4)) await publishBlock(db, network, block, random)
    await deliverAnyhow(db, network, random, 1)
    const [row] = await db.query<{ first: number; last: number; rows: number }>(
      'SELECT min(seq) AS first, max(seq) AS last, count(*) AS rows FROM projection.changes',
    )
    expect(row?.last).toBeGreaterThan(100_020)
    // What one batch adds is there until the next one is written.
    expect(row?.first).toBeGreaterThan(20)
    expect(row?.rows).toBe((row?.last ?? 0) - (row?.first ?? 0) + 1)
  } finally {
    await drop()
  }
}, 60_000)
