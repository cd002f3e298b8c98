import { type FtError, isFtError } from '../../core/errors.js'
import type { Fact, Parsed, ParseFailure, RawEvent } from '../../core/events.js'
import { parseTransfer } from './erc721.js'
import { parseTransferBatch, parseTransferSingle } from './erc1155.js'
import { parseConsecutiveTransfer } from './erc2309.js'
import { type EvmLog, logOf } from './log.js'
import type { MarketplaceParser } from './marketplaces/marketplace.js'
import { marketplaceAt } from './marketplaces/registry.js'
import { CONSECUTIVE_TRANSFER, TRANSFER, TRANSFER_BATCH, TRANSFER_SINGLE } from './topics.js'
import { undecodable } from './words.js'

/**
 * Most movements that the transfers of one transaction are unfolded into; a contract can mint millions in one. What is beyond fails event by
 * event, and each can be replayed: alone it is read.
 */
const MOST_OF_TRANSACTION = 50_000

type LogParser = (log: EvmLog) => readonly Fact[]

/** The events that are understood one by one. Those of marketplaces are read by transaction (`marketplaces/`). */
const parsers: ReadonlyMap<string, LogParser> = new Map([
  [TRANSFER, parseTransfer],
  [TRANSFER_SINGLE, parseTransferSingle],
  [TRANSFER_BATCH, parseTransferBatch],
  [CONSECUTIVE_TRANSFER, parseConsecutiveTransfer],
])

/**
 * What EVM raw events mean, one transaction after the other: movements of NFTs, and what their marketplaces' contracts say.
 * Events of no interest (ERC-20 transfers, forks of Seaport, the mirror of a matched pair) give neither fact nor failure.
 */
export function parseEvm(events: readonly RawEvent[]): Parsed {
  const facts: Fact[] = []
  const failures: ParseFailure[] = []
  for (let start = 0; start < events.length; ) {
    const end = endOfTransaction(events, start)
    parseTransaction(events.slice(start, end), facts, failures)
    start = end
  }
  return { facts, failures }
}

function endOfTransaction(events: readonly RawEvent[], start: number): number {
  const first = events[start]
  let end = start + 1
  for (; end < events.length; end += 1) {
    const event = events[end]
    if (event?.txHash !== first?.txHash || event?.blockNumber !== first?.blockNumber || event?.fork !== first?.fork)
      break
  }
  return end
}

/** Appends the facts of one transaction in the order of its logs. */
function parseTransaction(events: readonly RawEvent[], facts: Fact[], failures: ParseFailure[]): void {
  const markets = new Map<MarketplaceParser, EvmLog[]>()
  const byEvent: (readonly Fact[])[] = []
  let unfolded = 0
  for (const event of events) {
    try {
      const log = logOf(event)
      const market = marketplaceAt(log.contract)
      if (market?.topics.includes(log.topics[0] ?? '')) markets.set(market, [...(markets.get(market) ?? []), log])
      const moved = parsers.get(log.topics[0] ?? '')?.(log) ?? []
      if (unfolded > 0 && unfolded + moved.length > MOST_OF_TRANSACTION) throw beyond()
      unfolded += moved.length
      byEvent.push(moved)
    } catch (error) {
      failures.push(failureOf(event.sourceEventId, error))
      byEvent.push([])
    }
  }
  const movements = markets.size > 0 ? byEvent.flat() : []
  const traded = [...markets].map(([market, logs]) => market.parse(logs, movements))
  for (const market of traded) failures.push(...market.failures)
  events.forEach((event, index) => {
    for (const fact of byEvent[index] ?? []) facts.push(fact)
    for (const market of traded) facts.push(...(market.facts.get(event.sourceEventId) ?? []))
  })
}

function beyond(): FtError {
  return undecodable(`its transaction moves more than ${MOST_OF_TRANSACTION} tokens at once; a replay reads it alone`)
}

function failureOf(sourceEventId: string, error: unknown): ParseFailure {
  if (isFtError(error, 'event_undecodable')) return { sourceEventId, reason: error.message }
  throw error
}
