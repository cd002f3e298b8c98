import { enqueue, splitBySize } from '../bus/outbox.js'
import { type CompletedSpan, type RawEvent, type RawEventsMessage, topicName } from '../core/events.js'
import type { ChainBlock, ChainEvent } from './adapter.js'
import { type Cursor, moveCursor, recordRange } from './cursor.js'
import { type News, storeNews } from './heads.js'
import { MOST_MOVEMENTS } from './movements.js'
import type { Writer } from './options.js'
import { storeBlocks } from './store.js'

/** Whether the block follows the cursor; the first block of all follows nothing. */
export function continues(cursor: Cursor, block: ChainBlock): boolean {
  return cursor.block === null || block.header.parentHash === cursor.block.hash
}

/** Stores one block that follows the cursor, and hands its events to the bus, with news if there are any: all in one transaction. */
export async function storeLive(writer: Writer, block: ChainBlock, news: News | null): Promise<void> {
  const { db, network, lease, scope, observer } = writer
  const span = { from: block.header.number, to: block.header.number }
  await db.transaction(async (tx) => {
    tx.send('SELECT system.ensure_partitions($1, $2, $2)', [network.id, block.header.number])
    const events = await storeBlocks(tx, network, [block])
    await recordRange(tx, network, scope, span)
    const completed = { ...span, branch: await moveCursor(tx, network, lease, block.header) }
    await enqueue(
      tx,
      topicName('chain.{network}.raw_events', network.name),
      messages(network.name, completed, events, block.events),
    )
    if (news !== null) await storeNews(tx, writer, news)
  })
  observer.stored(span, block.events.length, 'live', block.header.time)
}

/**
 * A block of many events, or movements, becomes several messages; the last of them completes the block. An empty block is one message. A
 * transaction is never cut: what its events mean together (an order and its transfers) has to be seen together.
 */
function messages(
  network: string,
  block: CompletedSpan,
  events: readonly RawEvent[],
  read: readonly ChainEvent[],
): RawEventsMessage[] {
  const movements = new Map(read.map((event) => [event.sourceEventId, event.movements ?? 1]))
  const parts = byMovements(byTransaction(events), movements)
    .flatMap((transactions) => splitBySize(transactions))
    .map((transactions) => transactions.flat())
  if (parts.length === 0) parts.push([])
  return parts.map((part, index) => ({
    v: 1,
    network,
    completes: index === parts.length - 1 ? [block] : [],
    events: part,
  }))
}

/** Cuts a list of transactions into parts of up to `MOST_MOVEMENTS`; one that has more is a part. */
function byMovements(
  transactions: readonly (readonly RawEvent[])[],
  movements: ReadonlyMap<string, number>,
): (readonly RawEvent[])[][] {
  const parts: (readonly RawEvent[])[][] = [[]]
  let inPart = 0
  for (const transaction of transactions) {
    const count = transaction.reduce((sum, { sourceEventId }) => sum + (movements.get(sourceEventId) ?? 1), 0)
    if (inPart > 0 && inPart + count > MOST_MOVEMENTS) {
      parts.push([])
      inPart = 0
    }
    parts.at(-1)?.push(transaction)
    inPart += count
  }
  return parts
}

function byTransaction(events: readonly RawEvent[]): RawEvent[][] {
  const transactions = new Map<string, RawEvent[]>()
  for (const event of events) {
    const transaction = transactions.get(event.txHash)
    if (transaction === undefined) transactions.set(event.txHash, [event])
    else transaction.push(event)
  }
  return [...transactions.values()]
}
