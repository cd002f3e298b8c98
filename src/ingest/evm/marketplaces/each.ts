import { isFtError } from '../../../core/errors.js'
import type { Fact, ParseFailure } from '../../../core/events.js'
import type { EvmLog } from '../log.js'
import type { LogReader, MarketFacts } from './marketplace.js'

/** The facts of logs that are understood one by one. A log that cannot be decoded is a failure; any other error is a bug and thrown. */
export function readEach(logs: readonly EvmLog[], read: LogReader): MarketFacts {
  const facts = new Map<string, readonly Fact[]>()
  const failures: ParseFailure[] = []
  for (const log of logs) {
    try {
      facts.set(log.sourceEventId, read(log))
    } catch (error) {
      if (!isFtError(error, 'event_undecodable')) throw error
      failures.push({ sourceEventId: log.sourceEventId, reason: error.message })
    }
  }
  return { facts, failures }
}
