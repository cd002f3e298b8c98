import type { BlockSpan } from '../core/events.js'
import { type Chunk, chunks } from './chunks.js'
import { moveCursor, recordRange } from './cursor.js'
import type { Writer } from './options.js'
import { readRanges } from './ranges.js'
import { storeBlocks } from './store.js'

/** An asset that a transaction touches several times is taken through state and read models once: the more, the less work each. */
const BATCH = { events: 20_000, ms: 5000 }
/** Of one answer: requests grow by a fifth until they are above it. */
const EVENTS_PER_ANSWER = 4000

const ONCE = { attempts: 1 }

/** A transaction on its way. */
interface Stored {
  /** Resolves when the batch before has committed and the rows of this one's ledger are written: the next one may begin. */
  readonly turn: Promise<void>
  readonly stored: Promise<void>
}

/**
 * Reads final blocks [from, to] and takes them through all stages, one transaction per batch: blocks, raw events, ledger, state,
 * read models and cursor commit together. While one batch is taken through state and read models, the next one's blocks and ledger
 * entries are written by another session; they commit in order. Stops between batches when the signal says so.
 */
export async function backfill(writer: Writer, { from, to }: BlockSpan): Promise<void> {
  const options = { from, to, targetEvents: EVENTS_PER_ANSWER, signal: writer.signal }
  let before: Promise<void> = Promise.resolve()
  try {
    for await (const chunk of chunks(readRanges(writer.adapter, options), writer.batch ?? BATCH, to)) {
      writer.signal.throwIfAborted()
      const { turn, stored } = storeChunk(writer, chunk, before)
      before = stored
      await turn
    }
  } finally {
    await before
  }
}

function storeChunk(writer: Writer, chunk: Chunk, before: Promise<void>): Stored {
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const stored = store(writer, chunk, async () => {
    await before
    begin()
  })
  // Whoever comes next hears of a failure; it may be a while until somebody does
  stored.catch(() => undefined)
  return { turn: Promise.race([begun, stored]), stored }
}

/**
 * `inTurn` resolves once the batch before has committed; if that one fails, so does this one. A conflict is not tried again here: the locks that
 * it gives up could be taken by one who waits for the batch after, which waits for this one.
 */
async function store(writer: Writer, { blocks, stored }: Chunk, inTurn: () => Promise<void>): Promise<void> {
  const { db, network, lease, scope, observer } = writer
  const last = stored.at(-1)
  if (last === undefined) throw new Error('a chunk always ends with a block')
  // By itself: in the transaction its lock would be held, and a new partition wait, until the batch before has committed
  await db.query('SELECT system.ensure_partitions($1, $2, $3)', [network.id, blocks.from, blocks.to])
  const count = await db.transaction(async (tx) => {
    const apply = await writer.recordBlocks(tx, blocks, await storeBlocks(tx, network, stored))
    await inTurn()
    const made = await apply()
    await recordRange(tx, network, scope, blocks)
    await moveCursor(tx, network, lease, last.header)
    return made
  }, ONCE)
  observer.stored(blocks, count, 'backfill', last.header.time)
}
