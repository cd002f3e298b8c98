import type { BlockSpan } from '../core/events.js'
import type { BlockHeader, ChainBlock, ChainRange } from './adapter.js'
import { moveCursor, recordRange } from './cursor.js'
import type { Writer } from './options.js'
import { readRanges } from './ranges.js'
import { storeBlocks } from './store.js'

/**
 * Of one transaction. An asset that is touched several times is taken through state and read models once: four times as many events to a
 * transaction are a fifth less work each. What bounds it is memory, also where single logs are long.
 */
const EVENTS_PER_TRANSACTION = 20_000
const PAYLOAD_PER_TRANSACTION = 4_000_000
/** How long a slow endpoint is waited for to fill a transaction, in milliseconds. */
const GATHERING_MS = 5000
/** Of one answer: requests grow by a fifth until they are above it. */
const EVENTS_PER_ANSWER = 4000

const ONCE = { attempts: 1 }

interface Chunk {
  readonly blocks: BlockSpan
  readonly stored: readonly ChainBlock[]
}

/** A transaction on its way. */
interface Batch {
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
  const full = writer.eventsPerTransaction ?? EVENTS_PER_TRANSACTION
  let before: Promise<void> = Promise.resolve()
  try {
    for await (const chunk of chunks(readRanges(writer.adapter, options), full, to)) {
      writer.signal.throwIfAborted()
      const batch = storeChunk(writer, chunk, before)
      before = batch.stored
      await batch.turn
    }
  } finally {
    await before
  }
}

/**
 * Joins ranges, and cuts them at block borders, into chunks that fill a transaction each. Where reading fails, what was read before comes first:
 * an endpoint that fails often would otherwise be asked for the same blocks again and again.
 */
async function* chunks(ranges: AsyncIterable<ChainRange>, full: number, to: number): AsyncGenerator<Chunk> {
  let gathered: Gathered | null = null
  try {
    for await (const range of ranges) {
      gathered ??= new Gathered(range.from, full)
      for (const block of range.blocks) {
        gathered.add(block)
        if (!gathered.isFull || block.header.number === range.to) continue
        yield gathered.chunk()
        gathered = new Gathered(block.header.number + 1, full)
      }
      gathered.end(range.last)
      if (!gathered.isEnough && range.to < to) continue
      yield gathered.chunk()
      gathered = null
    }
  } catch (error) {
    if (gathered !== null) yield gathered.chunk()
    throw error
  }
}

/** Blocks on their way into one transaction. */
class Gathered {
  readonly #from: number
  readonly #full: number
  readonly #began = performance.now()
  readonly #blocks: ChainBlock[] = []
  #events = 0
  #payload = 0

  constructor(from: number, full: number) {
    this.#from = from
    this.#full = full
  }

  add(block: ChainBlock): void {
    this.#blocks.push(block)
    this.#events += block.events.length
    for (const { payload } of block.events) {
      for (const part of Object.values(payload)) if (typeof part === 'string') this.#payload += part.length
    }
  }

  /** Everything up to this header was added. */
  end(header: BlockHeader): void {
    if (this.#blocks.at(-1)?.header.number !== header.number) this.#blocks.push({ header, events: [] })
  }

  get isFull(): boolean {
    return this.#events >= this.#full || this.#payload >= PAYLOAD_PER_TRANSACTION
  }

  get isEnough(): boolean {
    return this.isFull || performance.now() - this.#began >= GATHERING_MS
  }

  /** The last header carries the cursor's hash. */
  chunk(): Chunk {
    const last = this.#blocks.at(-1)?.header
    if (last === undefined) throw new Error('a range always ends with a header')
    return { blocks: { from: this.#from, to: last.number }, stored: this.#blocks }
  }
}

function storeChunk(writer: Writer, chunk: Chunk, before: Promise<void>): Batch {
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
