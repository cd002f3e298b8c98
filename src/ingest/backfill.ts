import type { BlockSpan } from '../core/events.js'
import type { ChainBlock, ChainRange } from './adapter.js'
import { moveCursor, recordRange } from './cursor.js'
import type { Writer } from './options.js'
import { readRanges } from './ranges.js'
import { storeBlocks } from './store.js'

/** Most events of one transaction: large enough for set-based statements to pay, small enough to bound memory. */
const EVENTS_PER_TRANSACTION = 8000
/** Of one answer: requests grow by a fifth until they are above it, so that an answer is one transaction, and two in memory are little. */
const EVENTS_PER_ANSWER = 6000

interface Chunk {
  readonly blocks: BlockSpan
  readonly stored: readonly ChainBlock[]
}

/**
 * Reads final blocks [from, to] and takes them through all stages, one transaction per batch: blocks, raw events, ledger, state,
 * read models and cursor commit together. Stops between batches when the signal says so.
 */
export async function backfill(writer: Writer, { from, to }: BlockSpan): Promise<void> {
  const options = { from, to, targetEvents: EVENTS_PER_ANSWER, signal: writer.signal }
  for await (const range of readRanges(writer.adapter, options)) {
    for (const chunk of chunks(range)) {
      writer.signal.throwIfAborted()
      await storeChunk(writer, chunk)
    }
  }
}

/** Cuts a range at block borders; the last chunk ends with the header of the range's end, which carries the cursor's hash. */
function* chunks(range: ChainRange): Generator<Chunk> {
  let from = range.from
  let blocks: ChainBlock[] = []
  let events = 0
  for (const block of range.blocks) {
    blocks.push(block)
    events += block.events.length
    if (events < EVENTS_PER_TRANSACTION || block.header.number === range.to) continue
    yield { blocks: { from, to: block.header.number }, stored: blocks }
    from = block.header.number + 1
    blocks = []
    events = 0
  }
  if (blocks.at(-1)?.header.number !== range.to) blocks.push({ header: range.last, events: [] })
  yield { blocks: { from, to: range.to }, stored: blocks }
}

async function storeChunk(writer: Writer, { blocks, stored }: Chunk): Promise<void> {
  const { db, network, lease, scope, observer } = writer
  const last = stored.at(-1)
  if (last === undefined) throw new Error('a chunk always ends with a block')
  const count = await db.transaction(async (tx) => {
    await tx.query('SELECT system.ensure_partitions($1, $2, $3)', [network.id, blocks.from, blocks.to])
    const events = await storeBlocks(tx, network, stored)
    const made = await writer.applyBlocks(tx, blocks, events)
    await recordRange(tx, network, scope, blocks)
    await moveCursor(tx, network, lease, last.header)
    return made
  })
  observer.stored(blocks, count, 'backfill', last.header.time)
}
