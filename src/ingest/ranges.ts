import { isFtError } from '../core/errors.js'
import { untilAborted } from './abort.js'
import type { ChainAdapter, ChainRange } from './adapter.js'

export interface ReadRangesOptions {
  /** First and last block, both included. */
  readonly from: number
  readonly to: number
  /** Blocks of the first request; default 200. */
  readonly initial?: number
  /** Most blocks of a request; default 10,000. */
  readonly max?: number
  /** Events in one answer above which requests stop growing, and above twice of which they shrink; default 10,000. */
  readonly targetEvents?: number
  /** Ranges read ahead while the reader works on one; default 1. Memory is bounded by one more than this. */
  readonly prefetch?: number
  readonly signal?: AbortSignal
}

interface Pending {
  readonly from: number
  readonly to: number
  /** A failure is an answer too: of one that was read ahead nobody may ever ask. */
  readonly answer: Promise<Answer>
}

type Answer = { readonly range: ChainRange } | { readonly error: unknown }

const GROWTH = 1.2

/**
 * Reads [from, to] as contiguous ranges in order, without hole or overlap, sized to what the endpoints accept: a refused range
 * is asked for again as the hint says, or halved; after a success the next one is a fifth longer.
 * @throws FtError range_too_large when even one block is refused; whatever the adapter throws; the reason of the signal
 */
export async function* readRanges(
  adapter: Pick<ChainAdapter, 'range'>,
  options: ReadRangesOptions,
): AsyncGenerator<ChainRange, void, undefined> {
  const { to, prefetch = 1, signal } = options
  const size = adaptiveSize(options)
  const pending: Pending[] = []
  let asked = options.from
  while (asked <= to || pending.length > 0) {
    while (asked <= to && pending.length <= prefetch) {
      const end = Math.min(to, asked + size.blocks() - 1)
      pending.push(ask(adapter, asked, end))
      asked = end + 1
    }
    const next = pending[0]
    if (next === undefined) return
    const range = await settled(next.answer, signal)
    if (range instanceof Error) {
      if (!size.shrink(next.to - next.from + 1, range)) throw range
      // What was read ahead is dropped: it must not be given out before the part that failed.
      pending.length = 0
      asked = next.from
      continue
    }
    pending.shift()
    size.succeeded(range)
    yield range
  }
}

function ask(adapter: Pick<ChainAdapter, 'range'>, from: number, to: number): Pending {
  const answer = adapter.range(from, to).then(
    (range) => ({ range }),
    (error: unknown) => ({ error }),
  )
  return { from, to, answer }
}

/** The range, or the error range_too_large; anything else is thrown, and so is the reason of the signal as soon as it aborts. */
async function settled(pending: Promise<Answer>, signal: AbortSignal | undefined): Promise<ChainRange | Error> {
  const answer = await untilAborted(pending, signal)
  if ('range' in answer) return answer.range
  if (isFtError(answer.error, 'range_too_large')) return answer.error
  throw answer.error
}

interface AdaptiveSize {
  blocks(): number
  succeeded(range: ChainRange): void
  /** Takes note that `failed` blocks were too many; false when fewer cannot be asked for. */
  shrink(failed: number, error: Error): boolean
}

function adaptiveSize(options: ReadRangesOptions): AdaptiveSize {
  const { initial = 200, targetEvents = 10_000 } = options
  let most = options.max ?? 10_000
  let size = Math.min(most, initial)
  return {
    blocks: () => Math.floor(size),
    succeeded: (range) => {
      const events = range.blocks.reduce((sum, block) => sum + block.events.length, 0)
      if (events > targetEvents * 2) size = Math.max(1, size / GROWTH)
      else if (events <= targetEvents) size = Math.min(most, Math.max(size * GROWTH, size + 1))
    },
    shrink: (failed, error) => {
      if (failed === 1) return false
      const hint = isFtError(error) ? error.details['hint'] : undefined
      const limit = maxBlocks(hint)
      // A limit on blocks holds for good; one on results depends on where in the chain we are.
      if (limit !== undefined) most = Math.min(most, limit)
      const hinted = limit ?? suggestedBlocks(hint)
      const smaller = hinted !== undefined && hinted < failed ? hinted : Math.floor(failed / 2)
      size = Math.min(most, smaller)
      return true
    },
  }
}

function maxBlocks(hint: unknown): number | undefined {
  const blocks = typeof hint === 'object' && hint !== null && 'maxBlocks' in hint ? hint.maxBlocks : undefined
  return typeof blocks === 'number' && blocks >= 1 ? Math.floor(blocks) : undefined
}

function suggestedBlocks(hint: unknown): number | undefined {
  if (typeof hint !== 'object' || hint === null || !('from' in hint) || !('to' in hint)) return undefined
  const blocks = Number(hint.to) - Number(hint.from) + 1
  return Number.isSafeInteger(blocks) && blocks >= 1 ? blocks : undefined
}
