import { enqueue } from '../bus/outbox.js'
import { isFtError } from '../core/errors.js'
import { type HeadsMessage, topicName } from '../core/events.js'
import type { BlockHeader } from './adapter.js'
import { type Cursor, type SyncState, storeHeads } from './cursor.js'
import type { Writer } from './options.js'
import { canonicalHash } from './store.js'

export interface Heads {
  readonly head: BlockHeader
  readonly finalized: BlockHeader | null
}

/**
 * Asks the chain where it stands. Finality is the chain's own word where it gives one, else a depth below the head; it never
 * steps back, and a block that differs from the one we stored is not taken as final: the fork has to be resolved first.
 */
export async function readHeads(writer: Writer, cursor: Cursor): Promise<Heads> {
  const [head, own] = await Promise.all([writer.adapter.head(), ownFinality(writer)])
  const candidate = own ?? (await byDepth(writer, head))
  if (candidate === null || (cursor.finalized !== null && candidate.number <= cursor.finalized.number)) {
    return { head, finalized: null }
  }
  const stored = await canonicalHash(writer.db, writer.network, candidate.number)
  return { head, finalized: stored === null || stored === candidate.hash ? candidate : null }
}

/** A tag that errors for the moment must not stop reading: the depth rule stands in for it. */
async function ownFinality(writer: Writer): Promise<BlockHeader | null> {
  if (writer.finality.rule === 'depth') return null
  try {
    return await writer.adapter.finalized()
  } catch (error) {
    if (isFtError(error) && error.spec.retryable) return null
    throw error
  }
}

async function byDepth(writer: Writer, head: BlockHeader): Promise<BlockHeader | null> {
  const number = head.number - writer.finality.depth
  return number < 0 ? null : await writer.adapter.header(number)
}

/** Stores what readHeads found and passes it on. `heads.finalized` null leaves the stored one as it is. */
export async function publishHeads(writer: Writer, heads: Heads, state: SyncState): Promise<void> {
  const { head, finalized } = heads
  const found = {
    head: { number: head.number, hash: head.hash, time: head.time },
    finalized: finalized === null ? null : { number: finalized.number, hash: finalized.hash, time: finalized.time },
    state,
  }
  await writer.db.transaction(async (tx) => {
    const { order, branch } = await storeHeads(tx, writer.network, writer.lease, state, finalized)
    const message: HeadsMessage = { v: 1, network: writer.network.name, branch, order, ...found }
    await enqueue(tx, topicName('chain.{network}.heads', writer.network.name), [message])
  })
  writer.observer.heads(found)
}
