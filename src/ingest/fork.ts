import { enqueue } from '../bus/outbox.js'
import { FtError, isFtError } from '../core/errors.js'
import { type ForkMessage, topicName } from '../core/events.js'
import { type Cursor, moveCursor } from './cursor.js'
import type { Writer } from './options.js'
import { canonicalHash, orphanAbove, recordFork } from './store.js'

interface Ancestor {
  readonly number: number
  readonly hash: string
}

/**
 * An endpoint showed another block than ours: finds the highest stored block that the chain contains, as the endpoints agree on it,
 * marks what is above as orphaned, moves the cursor back and sends the fork on, in one transaction. When that is the block of the
 * cursor there is no fork: the endpoint is on a branch of its own.
 * @throws FtError fork_below_finality when a final block is gone: nothing is changed, a person must decide
 */
export async function handleFork(writer: Writer, cursor: Cursor, startBlock: number): Promise<void> {
  const { db, network, lease, observer } = writer
  const ancestor = await commonAncestor(writer, cursor, startBlock)
  if (ancestor.number === cursor.block?.number) return
  const orphaned = await db.transaction(async (tx) => {
    const blocks = await orphanAbove(tx, network, ancestor.number)
    await moveCursor(tx, network, lease, ancestor)
    await tx.query(
      `UPDATE ingest.indexed_ranges SET blocks = blocks - int8multirange(int8range($2, NULL)) WHERE network_id = $1`,
      [network.id, ancestor.number + 1],
    )
    const branch = await recordFork(tx, network, ancestor.number, blocks.length)
    const message: ForkMessage = { v: 1, network: network.name, branch, ancestor, blocks }
    await enqueue(tx, topicName('chain.{network}.forks', network.name), [message])
    return blocks
  })
  observer.fork(orphaned.length, ancestor.number)
}

async function commonAncestor(writer: Writer, cursor: Cursor, startBlock: number): Promise<Ancestor> {
  const finalized = cursor.finalized?.number ?? -1
  for (let number = cursor.block?.number ?? startBlock; number >= startBlock; number -= 1) {
    const stored = await canonicalHash(writer.db, writer.network, number)
    // headers of final blocks without events are not kept
    if (stored === null) continue
    const current = await hashAt(writer, number)
    if (current === stored) return { number, hash: stored }
    if (number <= finalized) {
      throw new FtError(
        'fork_below_finality',
        `${writer.network.name}: block ${number} is stored as ${stored} and final, but the chain has ${current ?? 'none'}: ` +
          `find out which is right, then ft rewind --network ${writer.network.name} --to ${number - 1}`,
        { details: { network: writer.network.name, block: number } },
      )
    }
  }
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

async function hashAt(writer: Writer, number: number): Promise<string | null> {
  try {
    return (await writer.adapter.header(number)).hash
  } catch (error) {
    if (isFtError(error, 'block_unknown')) return null
    throw error
  }
}
