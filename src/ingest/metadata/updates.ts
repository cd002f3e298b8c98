import { isFtError } from '../../core/errors.js'
import type { BlockSpan, MetadataUpdate } from '../../core/events.js'
import type { ChainAdapter } from '../adapter.js'

/** Blocks that are asked about at once. */
const MOST_BLOCKS = 100

/** What contracts have said of metadata that has changed, and in which blocks. */
export interface MetadataUpdates {
  readonly span: BlockSpan
  readonly updates: readonly MetadataUpdate[]
}

/**
 * Reads the beginning of a span: as many blocks as the endpoint gives at once. A block that has too much to say is passed over: anybody can fill one.
 * @throws FtError as ChainAdapter lists them
 */
export async function readUpdates(
  read: NonNullable<ChainAdapter['metadataUpdates']>,
  { from, to }: BlockSpan,
): Promise<MetadataUpdates> {
  for (let blocks = Math.min(MOST_BLOCKS, to - from + 1); ; blocks = Math.ceil(blocks / 2)) {
    const span = { from, to: from + blocks - 1 }
    try {
      return { span, updates: await read(span.from, span.to) }
    } catch (error) {
      if (!isFtError(error, 'range_too_large')) throw error
      if (blocks === 1) return { span, updates: [] }
    }
  }
}
