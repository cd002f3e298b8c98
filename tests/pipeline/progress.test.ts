import { afterEach, beforeEach, expect, test } from 'vitest'
import { enqueue } from '../../src/bus/outbox.js'
import { type HeadsMessage, type TopicPattern, topicSchemas } from '../../src/core/events.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { projectStage } from '../../src/pipeline/stages.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { deliverTopic, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { buildBlock, randomTransaction, worldParser } from '../support/world/world.js'

/*
 * The block that answers name is one whose whole chain is in the read models, and nothing of a block that it replaced: also while
 * a fork is on its way through the stages.
 */

const RAW = 'chain.{network}.raw_events'
const FORKS = 'chain.{network}.forks'
const LEDGER = 'ledger.normalized'
const OWNERSHIP = 'market.ownership'

const random = createRandom(5)
let nonce = 0
let database: TestDatabase
let network: Network
const first = extend(null, 11, 'a')

function extend(parent: ChainBlock | null, count: number, salt: string): ChainBlock[] {
  const blocks: ChainBlock[] = []
  for (let i = 0; i < count; i += 1) {
    nonce += 1
    blocks.push(buildBlock(blocks.at(-1) ?? parent, [randomTransaction(random, nonce)], { salt }))
  }
  return blocks
}

async function publish(...blocks: readonly ChainBlock[]): Promise<void> {
  for (const block of blocks) await publishBlock(database.db, network, block, random)
}

async function deliver(...patterns: readonly TopicPattern[]): Promise<void> {
  for (const pattern of patterns) await deliverTopic(database.db, network, pattern)
}

async function named(): Promise<unknown> {
  const [row] = await database.db.query(
    'SELECT projected_number AS number, projected_hash AS hash FROM projection.network_status',
  )
  return row
}

const ref = (block: ChainBlock | undefined) => ({ number: block?.header.number, hash: block?.header.hash })

function ancestorOf(chain: readonly ChainBlock[], height: number): ChainBlock {
  const block = chain[height]
  if (block === undefined) throw new Error(`the chain has no block ${height}`)
  return block
}

beforeEach(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db)
  await publish(...first)
  await deliver(RAW, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(first[10]))
})

afterEach(() => database.drop())

test('before anything of the fork is projected, answers name the old head; then the ancestor until the fork is through', async () => {
  const branch = extend(ancestorOf(first, 7), 4, 'b')
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  await publish(...branch)
  expect(await named()).toEqual(ref(first[10]))
  await deliver(FORKS, LEDGER)
  expect(await named()).toEqual(ref(first[10]))
  await deliver(OWNERSHIP)
  expect(await named()).toEqual(ref(first[7]))
  await deliver(RAW, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(branch[3]))
})

test('finality that passes blocks which a fork replaced is told with the ancestor, never with one of them', async () => {
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  const head = { number: 12, hash: `0x${'bb'.repeat(32)}`, time: 0 }
  const heads: HeadsMessage = {
    ...{ v: 1, network: 'polygon', branch: 1, order: 1, state: 'live' },
    head,
    finalized: { ...head, number: 10 },
  }
  await database.db.transaction((tx) => enqueue(tx, 'chain.polygon.heads', [heads]))
  await deliver('chain.{network}.heads')
  expect(await named()).toEqual(ref(first[7]))
  expect(await database.db.query('SELECT finalized_number FROM projection.network_status')).toEqual([
    { finalized_number: 10 },
  ])
  await deliver(FORKS, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(first[7]))
})

test('events of the new branch that overtake the fork do not count before its reversing entries are in', async () => {
  const branch = extend(ancestorOf(first, 7), 4, 'b')
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  await publish(...branch)
  await deliver(RAW, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(first[7]))
  await deliver(FORKS, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(branch[3]))
})

test('blocks of a branch whose completion comes after the next fork do not count', async () => {
  const second = extend(ancestorOf(first, 7), 4, 'b')
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  await publish(...second)
  await deliver(FORKS, RAW, LEDGER)
  const third = extend(ancestorOf(first, 5), 2, 'c')
  await publishFork(database.db, network, ancestorOf(first, 5).header)
  await publish(...third)
  await deliver(OWNERSHIP)
  expect(await named()).toEqual(ref(first[5]))
  await deliver(FORKS, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(first[5]))
  await deliver(RAW, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(third[1]))
})

test('a flip back to the first branch counts only when its blocks were read again', async () => {
  const second = extend(ancestorOf(first, 7), 2, 'b')
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  await publish(...second)
  await deliver(FORKS, LEDGER, OWNERSHIP)
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  await publish(...first.slice(8))
  await deliver(FORKS, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(first[7]))
  await deliver(RAW, LEDGER, OWNERSHIP)
  expect(await named()).toEqual(ref(first[10]))
})

test('blocks of two branches that come in one batch count each for its own', async () => {
  const [eleventh, gone] = extend(ancestorOf(first, 10), 2, 'a')
  const [twelfth] = extend(eleventh ?? null, 1, 'b')
  if (eleventh === undefined || gone === undefined || twelfth === undefined) throw new Error('blocks were made')
  await publish(eleventh, gone)
  await deliver(RAW, LEDGER)
  await publishFork(database.db, network, eleventh.header)
  await publish(twelfth)
  await deliver(FORKS, RAW, LEDGER)
  const rows = await database.db.query<{ payload: unknown }>(
    'SELECT payload FROM system.outbox_events WHERE topic = $1 AND published_at IS NULL ORDER BY seq',
    [OWNERSHIP],
  )
  const messages = rows.map(({ payload }) => topicSchemas[OWNERSHIP].parse(payload))
  const networks = new Map([[network.name, { network, parse: worldParser }]])
  await database.db.transaction((tx) => projectStage(tx, networks, messages))
  expect(await named()).toEqual(ref(twelfth))
})

/** Tells heads of the network: blocks by number, the safe one as a block of the chain. */
async function tell(heads: {
  readonly order: number
  readonly branch?: number
  readonly head: number
  readonly finalized?: number
  readonly safe?: ChainBlock | undefined
}): Promise<void> {
  const { order, branch = 0, head, finalized, safe } = heads
  const block = (number: number) => ({ number, hash: `0x${number.toString(16).padStart(64, '0')}`, time: number })
  const message: HeadsMessage = {
    ...{ v: 1, network: 'polygon', state: 'live', order, branch },
    head: block(head),
    finalized: finalized === undefined ? null : block(finalized),
    ...(safe === undefined ? {} : { safe: { number: safe.header.number, hash: safe.header.hash, time: 0 } }),
  }
  await database.db.transaction((tx) => enqueue(tx, 'chain.polygon.heads', [message]))
  await deliver('chain.{network}.heads')
}

async function safe(): Promise<unknown> {
  const [row] = await database.db.query(
    `SELECT safe_number AS number, safe_hash AS hash FROM projection.network_status
     WHERE num_nulls(safe_number, safe_hash, safe_time, safe_branch) IN (0, 4)`,
  )
  return row
}

const none = { number: null, hash: null }

test('the safe block goes when a fork below it is through, and stays when the fork is above it', async () => {
  await tell({ order: 1, head: 10, safe: first[8] })
  expect(await safe()).toEqual(ref(first[8]))
  await publishFork(database.db, network, ancestorOf(first, 8).header)
  await publish(...extend(ancestorOf(first, 8), 1, 'b'))
  await deliver(FORKS, RAW, LEDGER, OWNERSHIP)
  expect(await safe()).toEqual(ref(first[8]))
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  await deliver(FORKS, LEDGER, OWNERSHIP)
  expect(await safe()).toEqual(none)
})

test('a safe block of the new branch may come before its fork, and outlives it; one of the old branch is not taken any more', async () => {
  const branch = extend(ancestorOf(first, 7), 4, 'b')
  await publishFork(database.db, network, ancestorOf(first, 7).header)
  await tell({ order: 2, branch: 1, head: 11, safe: branch[0] })
  expect(await safe()).toEqual(ref(branch[0]))
  await publish(...branch)
  await deliver(FORKS, RAW, LEDGER, OWNERSHIP)
  expect(await safe()).toEqual(ref(branch[0]))
  await tell({ order: 1, branch: 0, head: 10, safe: first[7] })
  expect(await safe()).toEqual(ref(branch[0]))
  await tell({ order: 3, branch: 0, head: 10, safe: first[8] })
  expect(await safe()).toEqual(none)
})

test('the safe block is that of the newest heads: lower when it went back, none when they name none', async () => {
  await tell({ order: 1, head: 10, safe: first[8] })
  await tell({ order: 2, head: 10, safe: first[6] })
  expect(await safe()).toEqual(ref(first[6]))
  await tell({ order: 3, head: 10 })
  expect(await safe()).toEqual(none)
})

test('a safe block above the head or below the finalized block is not told, also when that finality comes late', async () => {
  await tell({ order: 1, head: 7, safe: first[8] })
  expect(await safe()).toEqual(none)
  await tell({ order: 2, head: 10, finalized: 7, safe: first[6] })
  expect(await safe()).toEqual(none)
  await tell({ order: 4, head: 10, safe: first[7] })
  expect(await safe()).toEqual(ref(first[7]))
  await tell({ order: 3, head: 10, finalized: 7 })
  expect(await safe()).toEqual(ref(first[7]))
  await tell({ order: 3, head: 10, finalized: 8 })
  expect(await safe()).toEqual(none)
})

test('news of heads that come late, or again, lower neither the head nor finality', async () => {
  const at = (order: number, finalized: number): HeadsMessage => {
    const block = (number: number) => ({ number, hash: `0x${number.toString(16).padStart(64, '0')}`, time: number })
    return {
      v: 1,
      network: 'polygon',
      branch: 0,
      order,
      state: 'live',
      head: block(order),
      finalized: block(finalized),
    }
  }
  const heads = 'chain.{network}.heads'
  for (const news of [at(20, 10), at(20, 10), at(19, 9)]) {
    await database.db.transaction((tx) => enqueue(tx, 'chain.polygon.heads', [news]))
    await deliver(heads)
  }
  const told = 'SELECT head_number AS head, finalized_number AS finalized FROM projection.network_status'
  expect(await database.db.query(told)).toEqual([{ head: 20, finalized: 10 }])
})
