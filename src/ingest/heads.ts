import { enqueue } from '../bus/outbox.js'
import type { Tx } from '../core/db.js'
import { isFtError } from '../core/errors.js'
import { type BlockRef, type HeadsMessage, topicName } from '../core/events.js'
import type { BlockHeader, ChainHead } from './adapter.js'
import { type Cursor, type SyncState, storeHeads } from './cursor.js'
import type { Writer } from './options.js'
import { canonicalHash } from './store.js'

export interface Heads {
  readonly head: ChainHead
  readonly finalized: BlockHeader | null
}

/** Where the chain says that it stands: `finalized` is its own word where it gives one, else a depth below the head. */
export async function readHeads(writer: Writer): Promise<Heads> {
  const [head, own] = await Promise.all([writer.adapter.head(), ownFinality(writer)])
  return { head, finalized: own ?? (await byDepth(writer, head)) }
}

/**
 * Finality as we take it, null where it does not move: it never steps back, and a block that differs from the one we stored is not
 * taken as final, because the fork has to be resolved first.
 */
export async function newlyFinal(
  { db, network }: Pick<Writer, 'db' | 'network'>,
  cursor: Cursor,
  { finalized }: Heads,
): Promise<BlockHeader | null> {
  if (finalized === null || finalized.number <= (cursor.finalized?.number ?? -1)) return null
  const stored = await canonicalHash(db, network, finalized.number)
  return stored === null || stored === finalized.hash ? finalized : null
}

/** A tag that errors for the moment must not stop reading: the depth rule stands in for it. */
async function ownFinality(writer: Writer): Promise<BlockHeader | null> {
  if (writer.finality.rule === 'depth') return null
  try {
    const own = await writer.adapter.finalized()
    writer.observer.finality?.(null)
    return own
  } catch (error) {
    if (!isFtError(error) || !error.spec.retryable) throw error
    writer.observer.finality?.(error)
    return null
  }
}

async function byDepth(writer: Writer, head: BlockHeader): Promise<BlockHeader | null> {
  const number = head.number - writer.finality.depth
  return number < 0 ? null : await writer.adapter.header(number)
}

/** What there is to tell of the chain. `heads.finalized` null leaves the finality as it is. */
export interface News {
  readonly heads: Heads
  readonly state: SyncState
}

/** Passes news on, once each: not at every look. */
export class NewsDesk {
  readonly #writer: Writer
  #told = ''

  constructor(writer: Writer) {
    this.#writer = writer
  }

  /** What has changed since the last news, or null. */
  news(cursor: Cursor, heads: Heads, state: SyncState): News | null {
    const isOld = nameOf({ heads, state }) === this.#told && heads.finalized === null && cursor.state === state
    return isOld ? null : { heads, state }
  }

  /** Stores news and passes them on. */
  async publish(news: News): Promise<void> {
    await this.#writer.db.transaction((tx) => storeNews(tx, this.#writer, news))
    this.told(news)
  }

  /** To be called when a transaction with `storeNews` has committed. */
  told(news: News): void {
    this.#told = nameOf(news)
    this.#writer.observer.heads({ ...news.heads, state: news.state })
  }
}

function nameOf({ heads, state }: News): string {
  return `${heads.head.hash}/${state}`
}

/** Stores news and passes them on, as part of a transaction. */
export async function storeNews(tx: Tx, { network, lease }: Writer, { heads, state }: News): Promise<void> {
  const { order, branch } = await storeHeads(tx, network, lease, state, heads.finalized)
  const { head, finalized } = heads
  const message: HeadsMessage = {
    ...{ v: 1, network: network.name, branch, order, state, head: blockRef(head) },
    finalized: finalized === null ? null : blockRef(finalized),
    ...(head.safe === undefined ? {} : { safe: blockRef(head.safe) }),
  }
  await enqueue(tx, topicName('chain.{network}.heads', network.name), [message])
}

function blockRef({ number, hash, time }: BlockHeader): BlockRef {
  return { number, hash, time }
}
