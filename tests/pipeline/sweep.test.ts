import { describe, expect, onTestFinished, test } from 'vitest'
import { deadLetterOf, putDeadLetters } from '../../src/bus/dlq.js'
import { createPool, type Db } from '../../src/core/db.js'
import type { Network } from '../../src/core/networks.js'
import { rebuildProjections } from '../../src/pipeline/rebuild/rebuild.js'
import { type Sent, Sweep } from '../../src/pipeline/sweep/sweep.js'
import { createTestDatabase } from '../support/database.js'
import { buyer, cancels, chainOf, item, lists, moves, other, seller, voids } from '../support/world/marketChain.js'
import { model } from '../support/world/model.js'
import {
  deliverAnyhow,
  deliverTopic,
  fuse,
  publishBlock,
  publishFork,
  worldNetwork,
} from '../support/world/pipeline.js'
import { createRandom, type Random } from '../support/world/random.js'
import { snapshot } from '../support/world/snapshot.js'
import { randomChain, worldParser } from '../support/world/world.js'

const CHAIN = randomChain(createRandom(5), 24, 4)
const NOTHING: Sent = { raw: 0, forks: 0, normalized: 0, projected: 0, spans: 0 }
const TOPICS = ['chain.{network}.raw_events', 'chain.{network}.forks', 'ledger.normalized', 'market.ownership'] as const

async function open(): Promise<{ db: Db; network: Network; random: Random; sweep: Sweeper }> {
  const { db, drop } = await createTestDatabase()
  onTestFinished(drop)
  const network = await worldNetwork(db)
  return { db, network, random: createRandom(6), sweep: sweeper(db, network) }
}

interface Sweeper {
  /** Looks at everything, minutes after the round before; gives the sum of what was sent. */
  round(): Promise<Sent>
}

/** A sweep that takes seven blocks at a look, so that a chain of the tests is several. */
function sweeper(db: Db, network: Network): Sweeper {
  let now = 0
  const sweep = new Sweep(network, worldParser, { patienceMs: 1, blocks: 7, now: () => now })
  return {
    round: async () => {
      now += 1
      const sum: Record<string, number> = { ...NOTHING }
      for (let n = 0; n < CHAIN.length / 7; n += 1) {
        const sent = await db.transaction((tx) => sweep.look(tx))
        for (const [stage, count] of Object.entries(sent)) sum[stage] = (sum[stage] ?? 0) + count
      }
      return { ...NOTHING, ...sum }
    },
  }
}

/** Publishes the chain with the head far away, and everything delivered but what `lose` removes from the outbox of a topic. */
async function deliverLosing(db: Db, network: Network, random: Random, topic: string, lose: string): Promise<void> {
  // One message per block and stage, in order: so that a block can be lost at any one of them.
  for (const block of CHAIN) {
    await publishBlock(db, network, block, random)
    await db.query(
      `INSERT INTO ingest.indexed_ranges AS r (network_id, scope, blocks)
       VALUES ($1, 'all', int8multirange(int8range($2, $2, '[]')))
       ON CONFLICT (network_id, scope) DO UPDATE SET blocks = r.blocks + EXCLUDED.blocks`,
      [network.id, block.header.number],
    )
    for (const pattern of TOPICS) {
      if (pattern === topic) await db.query(`DELETE FROM system.outbox_events WHERE published_at IS NULL AND ${lose}`)
      await deliverTopic(db, network, pattern)
    }
  }
}

async function deliverAll(db: Db, network: Network): Promise<void> {
  for (const pattern of TOPICS) await deliverTopic(db, network, pattern)
}

async function projected(db: Db): Promise<unknown> {
  const [row] = await db.query<{ blocks: string; number: number }>(
    'SELECT projected::text AS blocks, projected_number AS number FROM projection.network_status',
  )
  return row
}

/** Listings that the read models show otherwise than the market has them. */
async function cardsAndListings(db: Db): Promise<unknown[]> {
  const open = `SELECT listing_id, last_block, available FROM market.listings_current WHERE status = 'active'`
  const cards = 'SELECT listing_id, last_block, available FROM projection.listing_cards'
  return await db.query(`(${open} EXCEPT ${cards}) UNION ALL (${cards} EXCEPT ${open})`)
}

/** A message of a block low in the chain, several looks away from the newest. */
const EARLY = `payload::text ~ '"blockNumber":[234],|"from":[234],'`
/** A message of every third one. */
const THIRD = 'seq % 3 = 0'

describe('sweeper', () => {
  test.each([
    ...TOPICS.filter((topic) => topic !== 'chain.{network}.forks').map((topic) => ({ topic, lose: THIRD })),
    { topic: 'ledger.normalized', lose: EARLY },
    { topic: 'market.ownership', lose: EARLY },
  ])('makes up for messages of $topic that were lost, also far below the head ($lose)', async ({ topic, lose }) => {
    const { db, network, random, sweep } = await open()
    await deliverLosing(db, network, random, topic, lose)
    expect(await snapshot(db)).not.toEqual(model('polygon', CHAIN))
    expect(await sweep.round()).toEqual(NOTHING)
    expect(await sweep.round()).not.toEqual(NOTHING)
    await deliverAll(db, network)
    // What one repair brings to light, the next ones mend.
    for (let round = 0; round < 4; round += 1) {
      await sweep.round()
      await deliverAll(db, network)
    }
    expect(await snapshot(db)).toEqual(model('polygon', CHAIN))
    expect(await projected(db)).toEqual({ blocks: `{[0,${CHAIN.length})}`, number: CHAIN.length - 1 })
    expect(await cardsAndListings(db)).toEqual([])
    expect([await sweep.round(), await sweep.round()]).toEqual([NOTHING, NOTHING])
  })

  test('makes up for what was lost of orders that name no asset: bundles, cancellations, voided and reverted listings', async () => {
    const { db, network, random, sweep } = await open()
    const order = (n: number) => `0x${String(n).padStart(64, '0')}`
    const both = [item, { ...item, tokenId: '3' }]
    const chain = chainOf(
      [moves(null, seller), moves(null, seller, '3')],
      [lists({ order: order(2), price: '5' }), lists({ order: order(3), items: both, bundleSize: 2 })],
      [lists()],
      [cancels],
      [lists({ order: order(4), items: both, bundleSize: 2 })],
      [voids],
      [lists({ order: order(5), items: both, bundleSize: 2 })],
    )
    for (const block of chain.slice(0, 3)) await publishBlock(db, network, block, random)
    await deliverAll(db, network)
    const [ancestor] = chain.slice(5, 6)
    for (const step of [chain.slice(3, 5), chain.slice(5, 6), chain.slice(6), []]) {
      if (step.length === 0 && ancestor !== undefined) await publishFork(db, network, ancestor.header)
      for (const block of step) await publishBlock(db, network, block, random)
      for (const pattern of TOPICS.slice(0, 3)) await deliverTopic(db, network, pattern)
      await db.query('DELETE FROM system.outbox_events WHERE published_at IS NULL')
      const rounds = rebuildProjections({ db, networks: [network], swap: false, settleMs: 0 })
      expect(await rounds).not.toEqual([])
      await sweep.round()
      await sweep.round()
      await deliverAll(db, network)
      expect(await rebuildProjections({ db, networks: [network], swap: false, settleMs: 0 })).toEqual([])
      expect([await sweep.round(), await sweep.round()]).toEqual([NOTHING, NOTHING])
    }
  })

  test('makes up for a fork that gave an item to somebody else in a block of the same height', async () => {
    const { db, network, random, sweep } = await open()
    const [minted, given] = chainOf([moves(null, seller)], [moves(seller, buyer)])
    const [, taken] = chainOf([moves(null, seller)], [moves(seller, other)])
    if (minted === undefined || given === undefined || taken === undefined) throw new Error('too short')
    for (const block of [minted, given]) await publishBlock(db, network, block, random)
    await deliverAll(db, network)
    await publishFork(db, network, minted.header)
    await publishBlock(db, network, taken, random)
    for (const pattern of TOPICS.slice(0, 3)) await deliverTopic(db, network, pattern)
    await db.query('DELETE FROM system.outbox_events WHERE published_at IS NULL')
    await sweep.round()
    await sweep.round()
    await deliverAll(db, network)
    const owners = await db.query<{ owner: string }>('SELECT owner FROM projection.asset_cards')
    expect(owners.map(({ owner }) => owner)).toEqual([other])
  })

  test('makes up for a fork of which no stage has heard', async () => {
    const { db, network, random, sweep } = await open()
    await deliverLosing(db, network, random, 'none', 'false')
    const ancestor = CHAIN[9]
    if (ancestor === undefined) throw new Error('the chain of the test is too short')
    await publishFork(db, network, ancestor.header)
    await db.query('DELETE FROM system.outbox_events WHERE published_at IS NULL')
    await db.query(`UPDATE ingest.indexed_ranges SET blocks = '{[0,10)}'`)
    for (let round = 0; round < 3; round += 1) {
      await sweep.round()
      await deliverAll(db, network)
    }
    expect(await snapshot(db)).toEqual(model('polygon', CHAIN.slice(0, 10)))
    expect(await projected(db)).toEqual({ blocks: '{[0,10)}', number: 9 })
  })

  test('finds nothing after a read in order, fused or live, and nothing in what dead letters hold', async () => {
    const { db, network, random, sweep } = await open()
    await fuse(db, network, CHAIN.slice(0, 4))
    for (const block of CHAIN.slice(4)) await publishBlock(db, network, block, random)
    const [lost] = await db.query<{ seq: number; topic: string; payload: unknown }>(
      `SELECT seq, topic, payload FROM system.outbox_events WHERE json_array_length(payload->'events') > 0 LIMIT 1`,
    )
    if (lost === undefined) throw new Error('the chain of the test has no events')
    const { topic, payload } = lost
    const message = { topic, key: String(lost.seq), payload, attempt: 5, enqueuedAt: new Date() }
    await putDeadLetters(db, [deadLetterOf('normalizer', message, 5, new Error('planned'))])
    await db.query('DELETE FROM system.outbox_events WHERE seq = $1', [lost.seq])
    await deliverAnyhow(db, network, random)
    for (let round = 0; round < 3; round += 1) expect(await sweep.round()).toEqual(NOTHING)
  })

  test('a look reads what its blocks touched, however many holdings there are', async () => {
    const { db, url, drop } = await createTestDatabase()
    onTestFinished(drop)
    const network = await worldNetwork(db)
    await fuse(db, network, CHAIN)
    for (const table of ['market.ownership_current', 'projection.ownership_view']) {
      await db.query(`INSERT INTO ${table} (asset_id, account_address, quantity)
        SELECT gen_random_uuid(), sha256(n::text::bytea), 1 FROM generate_series(1, 3000) AS n`)
      await db.query(`ANALYZE ${table}`)
    }
    const pool = createPool({ url, role: 'ft_pipeline', max: 1 })
    onTestFinished(() => pool.end())
    const sweep = new Sweep(network, worldParser, { patienceMs: 1, blocks: 100 })
    const read = await pool.transaction(async (tx) => {
      // What a planner does that takes the blocks for large: it would read all there are, if it had the choice
      await tx.query('SET LOCAL enable_nestloop = off')
      await sweep.look(tx)
      return await tx.query<{ table: string; rows: number }>(
        `SELECT relname AS table, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_xact_user_tables
         WHERE relname IN ('ownership_current', 'ownership_view') ORDER BY 1`,
      )
    })
    expect(read.map(({ table }) => table)).toEqual(['ownership_current', 'ownership_view'])
    for (const { rows } of read) expect(rows).toBeLessThan(1000)
  })
})
