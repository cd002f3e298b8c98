import { untilAborted } from '../../ingest/abort.js'
import type { ChainAdapter } from '../../ingest/adapter.js'
import { readRanges } from '../../ingest/ranges.js'
import type { SecondLook } from '../../pipeline/derivable.js'

/** Blocks of the first request for what one contract did, which is little. */
const FIRST_RANGE = 10_000

/** A chain as it is looked at a second time, in ranges that its endpoints accept, until the signal aborts. */
export function secondLook(adapter: ChainAdapter, signal: AbortSignal): SecondLook {
  const { rangeOf, parse } = adapter
  return {
    holdings: (questions, block) => untilAborted(adapter.holdings(questions, block, true), signal),
    movements:
      rangeOf === null
        ? null
        : (contracts, { from, to }) => {
            const range = (first: number, last: number) => rangeOf(contracts, first, last)
            return readRanges({ range }, { from, to, initial: FIRST_RANGE, signal })
          },
    parse,
  }
}
