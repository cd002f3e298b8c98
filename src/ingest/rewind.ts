import type { Db, Tx } from '../core/db.js'
import { FtError } from '../core/errors.js'
import type { BlockRef, ForkMessage } from '../core/events.js'
import { type Network, REWIND_LOCK } from '../core/networks.js'
import type { BlockHeader, ChainAdapter } from './adapter.js'
import { type Lease, moveCursor, readCursor, tryLease } from './cursor.js'
import { holdHistory } from './fill.js'
import { hashAt } from './fork.js'
import { orphanAbove, recordFork } from './store.js'

/** Most stored blocks that one transaction takes back. */
const BLOCKS_PER_TRANSACTION = 64

/** What the pipeline has to take back with the blocks, in their transaction. */
export interface TakenBack {
  readonly fork: ForkMessage & { readonly branch: number }
  /** The block that is the newest final one from now on, if finality reached above it. */
  readonly finalized: BlockRef | null
  /** Number of the heads message that this stands for: earlier ones are stale. */
  readonly order: number
  /** The network's state after this transaction; null leaves it as it is. */
  readonly state: 'backfilling' | null
}

export interface RewindOptions {
  /** Pool whose role may write ingestion and pipeline tables. */
  readonly db: Db
  readonly network: Network
  readonly adapter: Pick<ChainAdapter, 'header'>
  /** The height that stays: everything above it is taken back. A lower one does where nothing is stored in between, and the chain may be another. */
  readonly to: number
  /** The pipeline's part. Gives how many reversing entries it made. */
  readonly takeBack: (tx: Tx, taken: TakenBack) => Promise<number>
  readonly onProgress?: (height: number, entries: number) => void
}

export interface Rewound {
  /** Height of the cursor before; null when nothing was indexed. */
  readonly from: number | null
  readonly to: number
  readonly blocks: number
  readonly entries: number
}

/**
 * Takes a network back to a height, final blocks too: blocks become orphaned, the ledger gets reversing entries, finality is
 * lowered, and a network that was disputed is indexed again from there. Each transaction takes back some blocks, the highest first,
 * and leaves everything as of the height it reached: a rewind that was killed is finished by asking again.
 * @throws FtError lease_held while a writer runs; database_conflict while history is filled; request_invalid for a height that is not
 *   indexed; fork_below_finality when the chain does not contain what would stay, with the highest height that would do
 */
export async function rewind(options: RewindOptions): Promise<Rewound> {
  const { db, network, to } = options
  const lease = await tryLease(db, network)
  try {
    const cursor = await readCursor(db, network)
    const from = cursor.block?.number ?? null
    if (from === null || (to >= from && cursor.state !== 'disputed')) return { from, to, blocks: 0, entries: 0 }
    if (to >= from) throw invalid(`${network.name} is indexed up to ${from} and disputed: --to must be below that`)
    const target = await targetOf(options)
    // A fill that has looked whether its blocks are still final would store them while they are taken back
    const history = await holdHistory(db, network)
    try {
      // Neither does an audit repair them: what it has begun is over in a moment
      await history.query('SELECT pg_advisory_lock(hashtext($2), $1)', [network.id, REWIND_LOCK])
      return { from, to: target.number, ...(await steps(options, lease, target)) }
    } finally {
      await history.release()
    }
  } finally {
    await lease.release()
  }
}

function invalid(message: string): FtError {
  return new FtError('request_invalid', message)
}

/**
 * The block to go back to. Headers of final blocks without events are not kept. So a height between two that are stays only where the chain has
 * the block above it as well: else what is between may be new, and the last stored block below is the one to go back to.
 */
async function targetOf(options: RewindOptions): Promise<BlockHeader> {
  const { db, network, adapter, to } = options
  const [row] = await db.query<{ start_block: number | null }>(
    'SELECT start_block FROM ref.networks WHERE network_id = $1',
    [network.id],
  )
  const lowest = Math.max(0, (row?.start_block ?? 0) - 1)
  if (to < lowest) throw invalid(`${network.name} is indexed from block ${lowest + 1}: --to cannot be below ${lowest}`)
  const below = await storedBelow(db, network, to)
  const above = below?.number === to ? below : await storedAbove(db, network, to)
  if (above !== undefined && (await isOnChain(adapter, above))) return await adapter.header(to)
  if (below === undefined || (below.number < to && (await isOnChain(adapter, below)))) {
    return await adapter.header(below?.number ?? lowest)
  }
  const highest = await highestOnChain(options, lowest, below)
  throw new FtError(
    'fork_below_finality',
    `${network.name}: block ${below.number} is not on the chain either: --to ${highest} is the highest that repairs it`,
    { details: { network: network.name, highest } },
  )
}

interface StoredBlock {
  readonly number: number
  readonly hash: string
}

async function storedBelow(db: Db, { id }: Network, height: number): Promise<StoredBlock | undefined> {
  const [block] = await db.query<StoredBlock>(
    `SELECT number, hash FROM ingest.blocks WHERE network_id = $1 AND canonical AND number <= $2
     ORDER BY number DESC LIMIT 1`,
    [id, height],
  )
  return block
}

async function storedAbove(db: Db, { id }: Network, height: number): Promise<StoredBlock | undefined> {
  const [block] = await db.query<StoredBlock>(
    'SELECT number, hash FROM ingest.blocks WHERE network_id = $1 AND canonical AND number > $2 ORDER BY number LIMIT 1',
    [id, height],
  )
  return block
}

/** One that the chain does not have is not on it: a fork can make the chain shorter. */
async function isOnChain(adapter: RewindOptions['adapter'], { number, hash }: StoredBlock): Promise<boolean> {
  return (await hashAt(adapter, number)) === hash
}

/** The highest stored block below `replaced` that the chain has; `lowest` where it has none. Up to the fork it has all, above it none: by halving. */
async function highestOnChain(
  { db, network, adapter }: RewindOptions,
  lowest: number,
  replaced: StoredBlock,
): Promise<number> {
  let highest = lowest
  let [good, bad] = [lowest, replaced.number]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    const block = await storedBelow(db, network, middle)
    if (block === undefined || block.number <= good) good = middle
    else if (await isOnChain(adapter, block)) [good, highest] = [middle, block.number]
    else bad = block.number
  }
  return highest
}

async function steps(
  options: RewindOptions,
  lease: Lease,
  target: BlockHeader,
): Promise<{ blocks: number; entries: number }> {
  const { db, network, takeBack } = options
  let [blocks, entries] = [0, 0]
  for (;;) {
    const step = await nextStep(db, network, target)
    const done = await db.transaction(async (tx) => {
      const orphaned = await orphanAbove(tx, network, step.number)
      const branch = await recordFork(tx, network, step.number, orphaned.length)
      await moveCursor(tx, network, lease, step)
      await tx.query(
        'UPDATE ingest.indexed_ranges SET blocks = blocks - int8multirange(int8range($2, NULL)) WHERE network_id = $1',
        [network.id, step.number + 1],
      )
      const isLast = step.number === target.number
      const lowered = await lowerFinality(tx, network, step, isLast)
      const ancestor = { number: step.number, hash: step.hash }
      const fork = { v: 1 as const, network: network.name, branch, ancestor, blocks: orphaned }
      const made = await takeBack(tx, { fork, ...lowered, state: isLast ? 'backfilling' : null })
      return { blocks: orphaned.length, entries: made }
    })
    blocks += done.blocks
    entries += done.entries
    options.onProgress?.(step.number, entries)
    if (step.number === target.number) return { blocks, entries }
  }
}

/** The height that the next transaction goes back to. */
async function nextStep(db: Db, network: Network, target: BlockHeader): Promise<BlockRef> {
  const [row] = await db.query<{ number: number; hash: string; time: number }>(
    `SELECT number, hash, extract(epoch FROM time)::int8 AS time FROM ingest.blocks
     WHERE network_id = $1 AND canonical AND number > $2 ORDER BY number DESC OFFSET ${BLOCKS_PER_TRANSACTION} LIMIT 1`,
    [network.id, target.number],
  )
  return row ?? target
}

async function lowerFinality(
  tx: Tx,
  network: Network,
  block: BlockRef,
  isLast: boolean,
): Promise<{ finalized: BlockRef | null; order: number }> {
  const [row] = await tx.query<{ order: number; finalized_number: number | null }>(
    `UPDATE system.sync_cursors SET heads_sent = heads_sent + 1, state = CASE WHEN $4 THEN 'backfilling' ELSE state END,
       finalized_hash = CASE WHEN finalized_number > $2 THEN decode($3, 'hex') ELSE finalized_hash END,
       finalized_number = least(finalized_number, $2)
     WHERE network_id = $1 RETURNING heads_sent AS order, finalized_number`,
    [network.id, block.number, block.hash.slice(2), isLast],
  )
  if (row === undefined) throw new FtError('internal', `network ${network.name} has no cursor row`)
  return { order: row.order, finalized: row.finalized_number === block.number ? block : null }
}
