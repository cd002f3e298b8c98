import { enqueue } from '../../../src/bus/outbox.js'
import { currentBranch } from '../../../src/core/branch.js'
import type { Db, Tx } from '../../../src/core/db.js'
import { type TopicPattern, topicName, topicSchemas } from '../../../src/core/events.js'
import { type Network, registerNetwork } from '../../../src/core/networks.js'
import type { ChainBlock } from '../../../src/ingest/adapter.js'
import { orphanAbove, recordFork, storeBlocks } from '../../../src/ingest/store.js'
import { applyBlocks } from '../../../src/pipeline/fused.js'
import {
  headsStage,
  type Networks,
  normalizeStage,
  ownershipStage,
  projectStage,
  reorgStage,
} from '../../../src/pipeline/stages.js'
import type { Random } from './random.js'
import { worldParser } from './world.js'

export const NETWORK = 'polygon'

/** Registers the network that worlds are stored under. With `historyComplete` nothing happened before block 0. */
export async function worldNetwork(db: Db, historyComplete = false): Promise<Network> {
  const network = await registerNetwork(db, {
    name: NETWORK,
    chain: 'evm',
    chainId: 137,
    finality: { rule: 'tag', depth: 256 },
    nativeCurrency: { symbol: 'POL', decimals: 18 },
    scope: 'all',
    endpoints: [],
  })
  await db.query('SELECT system.ensure_partitions($1, 0, 0)', [network.id])
  if (historyComplete) await db.query('SELECT system.set_start_block($1, 0, true)', [network.id])
  return network
}

/** Takes blocks through all stages in one transaction, as backfill does. */
export async function fuse(db: Db, network: Network, blocks: readonly ChainBlock[]): Promise<void> {
  const span = { from: blocks[0]?.header.number ?? 0, to: blocks.at(-1)?.header.number ?? 0 }
  await db.transaction(async (tx) => {
    await applyBlocks(tx, network, worldParser, span, await storeBlocks(tx, network, blocks))
  })
}

/** Stores a block and puts its events into the outbox, cut into messages of random sizes. */
export async function publishBlock(db: Db, network: Network, block: ChainBlock, random: Random): Promise<void> {
  await db.transaction(async (tx) => {
    const events = await storeBlocks(tx, network, [block])
    const cut = random.int(events.length + 1)
    const branch = await currentBranch(tx, network)
    const span = { from: block.header.number, to: block.header.number, branch }
    await enqueue(tx, `chain.${NETWORK}.raw_events`, [
      { v: 1, network: NETWORK, completes: [], events: events.slice(0, cut) },
      { v: 1, network: NETWORK, completes: [span], events: events.slice(cut) },
    ])
  })
}

/** Orphans everything above a height and publishes the fork. */
export async function publishFork(db: Db, network: Network, ancestor: ChainBlock['header']): Promise<void> {
  await db.transaction(async (tx) => {
    const blocks = await orphanAbove(tx, network, ancestor.number)
    const branch = await recordFork(tx, network, ancestor.number, blocks.length)
    await enqueue(tx, `chain.${NETWORK}.forks`, [
      { v: 1, network: NETWORK, branch, ancestor: { number: ancestor.number, hash: ancestor.hash }, blocks },
    ])
  })
}

type Stage = (tx: Tx, networks: Networks, messages: readonly never[]) => Promise<void>

const stages: Record<TopicPattern, Stage> = {
  'chain.{network}.raw_events': normalizeStage,
  'chain.{network}.forks': reorgStage,
  'chain.{network}.heads': headsStage,
  'ledger.normalized': ownershipStage,
  'market.ownership': projectStage,
}

/**
 * Delivers what is in the outbox in any order, in batches of any size, some of it again and again, until nothing new is left.
 * `workers` batches are under way at the same time.
 */
export async function deliverAnyhow(db: Db, network: Network, random: Random, workers = 1): Promise<void> {
  const networks: Networks = new Map([[NETWORK, { network, parse: worldParser }]])
  const delivered = new Set<number>()
  for (;;) {
    const all = await db.query<OutboxRow>('SELECT seq, topic, payload FROM system.outbox_events ORDER BY seq')
    const fresh = all.filter((row) => !delivered.has(row.seq))
    if (fresh.length === 0) return
    const batches = Array.from({ length: workers }, () => {
      const again = all.filter((row) => delivered.has(row.seq) && random.chance(0.1))
      const topic = random.pick(fresh).topic
      const due = [...fresh, ...again].filter((row) => row.topic === topic && random.chance(0.6))
      return { topic, rows: random.shuffle(due).slice(0, 1 + random.int(6)) }
    })
    await Promise.all(
      batches.map(async ({ topic, rows }) => {
        await handle(db, networks, topic, rows)
        for (const row of rows) delivered.add(row.seq)
      }),
    )
  }
}

/**
 * Delivers what waits on the topics of one pattern, once, in order, each message in a transaction of its own.
 * @returns how many messages that were
 */
export async function deliverTopic(
  db: Db,
  network: Network,
  pattern: TopicPattern,
  stage: Stage = stages[pattern],
): Promise<number> {
  const networks: Networks = new Map([[NETWORK, { network, parse: worldParser }]])
  const topic = topicName(pattern, NETWORK)
  const rows = await db.query<OutboxRow>(
    `WITH taken AS (UPDATE system.outbox_events SET published_at = now() WHERE topic = $1 AND published_at IS NULL RETURNING *)
     SELECT seq, topic, payload FROM taken ORDER BY seq`,
    [topic],
  )
  for (const row of rows) await handle(db, networks, topic, [row], stage)
  return rows.length
}

interface OutboxRow {
  readonly seq: number
  readonly topic: string
  readonly payload: unknown
}

function patternOf(topic: string): TopicPattern {
  return topic.replace(`.${NETWORK}.`, '.{network}.') as TopicPattern
}

async function handle(
  db: Db,
  networks: Networks,
  topic: string,
  rows: readonly OutboxRow[],
  stage: Stage = stages[patternOf(topic)],
): Promise<void> {
  const messages = rows.map((row) => topicSchemas[patternOf(topic)].parse(row.payload))
  await db.transaction((tx) => stage(tx, networks, messages as never[]))
}
