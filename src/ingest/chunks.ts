import type { BlockSpan } from '../core/events.js'
import type { BlockHeader, ChainBlock, ChainRange } from './adapter.js'
import { movementsIn } from './movements.js'
import type { IngestOptions } from './options.js'

/** What one transaction of a backfill takes. */
export interface Chunk {
  readonly blocks: BlockSpan
  /** Blocks with events, and the last one, whose header carries the cursor's hash. */
  readonly stored: readonly ChainBlock[]
}

type Batch = NonNullable<IngestOptions['batch']>

/** Characters of all payloads, above which a transaction takes no more. */
const PAYLOAD = 4_000_000

/**
 * Joins ranges, and cuts them at block borders, into chunks that fill a transaction each. Where reading fails, what was read before comes first:
 * an endpoint that fails often would otherwise be asked for the same blocks again and again.
 */
export async function* chunks(ranges: AsyncIterable<ChainRange>, batch: Batch, to: number): AsyncGenerator<Chunk> {
  let gathered: Gathered | null = null
  try {
    for await (const range of ranges) {
      gathered ??= new Gathered(range.from, batch)
      for (const block of range.blocks) {
        gathered.add(block)
        if (!gathered.isFull || block.header.number === range.to) continue
        yield gathered.chunk()
        gathered = new Gathered(block.header.number + 1, batch)
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
  readonly #batch: Batch
  readonly #began = performance.now()
  readonly #blocks: ChainBlock[] = []
  #movements = 0
  #payload = 0

  constructor(from: number, batch: Batch) {
    this.#from = from
    this.#batch = batch
  }

  add(block: ChainBlock): void {
    this.#blocks.push(block)
    this.#movements += movementsIn(block.events)
    for (const { payload } of block.events) {
      for (const part of Object.values(payload)) if (typeof part === 'string') this.#payload += part.length
    }
  }

  /** Everything up to this header was added. */
  end(header: BlockHeader): void {
    if (this.#blocks.at(-1)?.header.number !== header.number) this.#blocks.push({ header, events: [] })
  }

  get isFull(): boolean {
    return this.#movements >= this.#batch.events || this.#payload >= PAYLOAD
  }

  get isEnough(): boolean {
    return this.isFull || performance.now() - this.#began >= this.#batch.ms
  }

  chunk(): Chunk {
    const last = this.#blocks.at(-1)?.header
    if (last === undefined) throw new Error('a range always ends with a header')
    return { blocks: { from: this.#from, to: last.number }, stored: this.#blocks }
  }
}
