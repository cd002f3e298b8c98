import { enqueue } from '../bus/outbox.js'
import { FtError, isFtError } from '../core/errors.js'
import { type ForkMessage, topicName } from '../core/events.js'
import type { ChainAdapter } from './adapter.js'
import { type Cursor, moveCursor } from './cursor.js'
import type { Writer } from './options.js'
import { orphanAbove, recordFork } from './store.js'

interface Ancestor {
  readonly number: number
  readonly hash: string
}

/**
 * An endpoint showed another block than ours: finds the highest stored block that the chain contains, as the endpoints agree on it,
 * marks what is above as orphaned, moves the cursor back and sends the fork on, in one transaction. When that is the block of the
 * cursor there is no fork: the endpoint is on a branch of its own. A fork that finds the cursor before the first block to read has
 * nothing to orphan: it only moves the cursor to the other branch. True when the cursor was moved.
 * @throws FtError fork_below_finality when another block is in the place of a final one: nothing is changed, a person must decide; rpc_transient when
 * the endpoints do not know the final one
 */
export async function handleFork(writer: Writer, cursor: Cursor, startBlock: number): Promise<boolean> {
  const { db, network, lease, observer } = writer
  const ancestor = await commonAncestor(writer, cursor, startBlock)
  if (ancestor.number === cursor.block?.number && ancestor.hash === cursor.block.hash) return false
  const orphaned = await db.transaction(async (tx) => {
    const blocks = await orphanAbove(tx, network, ancestor.number)
    await moveCursor(tx, network, lease, ancestor)
    if (blocks.length === 0) return blocks
    await tx.query(
      `UPDATE ingest.indexed_ranges SET blocks = blocks - int8multirange(int8range($2, NULL)) WHERE network_id = $1`,
      [network.id, ancestor.number + 1],
    )
    const branch = await recordFork(tx, network, ancestor.number, blocks.length)
    const message: ForkMessage = { v: 1, network: network.name, branch, ancestor, blocks }
    await enqueue(tx, topicName('chain.{network}.forks', network.name), [message])
    return blocks
  })
  if (orphaned.length > 0) observer.fork(orphaned.length, ancestor.number)
  return true
}

/** Where the chain left ours: found in steps that double and then halve, as one header asked of an endpoint may take 100 ms. */
async function commonAncestor(writer: Writer, cursor: Cursor, startBlock: number): Promise<Ancestor> {
  const finalized = cursor.finalized?.number ?? -1
  const stored = await storedDown(writer, cursor.block?.number ?? startBlock, startBlock, finalized)
  const isOnChain = async ({ number, hash }: Ancestor) => (await hashAt(writer.adapter, number)) === hash
  const found = await firstHolding(stored, isOnChain)
  if (found !== undefined) return found
  const lowest = stored.at(-1)
  if (lowest !== undefined && lowest.number <= finalized) throw await belowFinality(writer, lowest)
  if (startBlock === 0) {
    const { name } = writer.network
    throw new FtError(
      'wrong_chain',
      `${name}: no block that is stored is on the chain of the endpoints: use another database`,
    )
  }
  const before = await writer.adapter.header(startBlock - 1)
  return { number: before.number, hash: before.hash }
}

/** Canonical blocks, highest first, down to the highest final one whose header is kept (those without events are not). */
async function storedDown(
  { db, network }: Writer,
  from: number,
  startBlock: number,
  finalized: number,
): Promise<Ancestor[]> {
  return await db.query<Ancestor>(
    `SELECT number, hash FROM ingest.blocks
     WHERE network_id = $1 AND canonical AND number <= $2 AND number >= greatest($3, coalesce(
       (SELECT max(number) FROM ingest.blocks WHERE network_id = $1 AND canonical AND number <= $4), 0))
     ORDER BY number DESC`,
    [network.id, from, startBlock, finalized],
  )
}

/** The first of `items` for which `holds`, which holds for all that come after it. */
async function firstHolding<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<T | undefined> {
  const at = async (index: number): Promise<boolean> => {
    const item = items[index]
    return item === undefined || (await holds(item))
  }
  let step = 1
  let failing = -1
  while (!(await at(failing + step))) {
    failing += step
    step *= 2
  }
  let holding = Math.min(failing + step, items.length)
  while (holding - failing > 1) {
    const middle = Math.floor((failing + holding) / 2)
    if (await at(middle)) holding = middle
    else failing = middle
  }
  return items[holding]
}

/**
 * Stopping a network takes another block at the height: the look is repeated, since a node may have been on another branch for one answer, and
 * one that does not know the block lags, however often it says so.
 */
async function belowFinality(writer: Writer, { number, hash }: Ancestor): Promise<FtError> {
  const { name } = writer.network
  const current = await hashAt(writer.adapter, number)
  if (current === hash || current === null) {
    const now = current === null ? 'still do not' : 'then did'
    return new FtError('rpc_transient', `${name}: the endpoints did not know final block ${number} ${hash}, and ${now}`)
  }
  return new FtError(
    'fork_below_finality',
    `${name}: block ${number} is stored as ${hash} and final, but the chain has ${current}: ` +
      `find out which is right, then ft rewind --network ${name} --to ${number - 1}`,
    { details: { network: name, block: number } },
  )
}

/** The hash that the chain has at a height; null where it has no block there, or the endpoints do not know it yet. */
export async function hashAt(adapter: Pick<ChainAdapter, 'header'>, number: number): Promise<string | null> {
  try {
    return (await adapter.header(number)).hash
  } catch (error) {
    if (isFtError(error, 'block_unknown')) return null
    throw error
  }
}
