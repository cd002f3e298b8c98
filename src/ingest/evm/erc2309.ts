import type { Fact } from '../../core/events.js'
import type { EvmLog } from './log.js'
import { movementFact } from './movement.js'
import { addressOf, uintAt, uintOf, undecodable } from './words.js'

/** Most tokens of one event that are unfolded; a contract can claim 2^256 of them in one log. */
const MOST_CONSECUTIVE = 10_000n

/** How many tokens such a log stands for when it is unfolded; 1 for one that is not. */
export function consecutiveTokens({ topics, data }: Pick<EvmLog, 'topics' | 'data'>): number {
  if (topics.length !== 4 || data.length < 66) return 1
  const count = uintAt(data, 0) - uintOf(topics[1]) + 1n
  return count < 1n || count > MOST_CONSECUTIVE ? 1 : Number(count)
}

/**
 * ERC-2309 `ConsecutiveTransfer(uint256 indexed fromTokenId, uint256 toTokenId, address indexed from, address indexed to)`:
 * one ERC-721 fact per token, both ends included.
 * @throws FtError event_undecodable, also for a reversed range and for one beyond `MOST_CONSECUTIVE`
 */
export function parseConsecutiveTransfer(log: EvmLog): readonly Fact[] {
  if (log.topics.length !== 4) return []
  const [, first, fromTopic, toTopic] = log.topics
  const firstId = uintOf(first)
  const lastId = uintAt(log.data, 0)
  const count = lastId - firstId + 1n
  if (count < 1n) throw undecodable(`ConsecutiveTransfer from ${firstId} to ${lastId} is reversed`)
  if (count > MOST_CONSECUTIVE) {
    throw undecodable(`ConsecutiveTransfer of ${count} tokens is beyond the ${MOST_CONSECUTIVE} that are unfolded`)
  }
  const from = addressOf(fromTopic)
  const to = addressOf(toTopic)
  const facts: Fact[] = []
  for (let index = 0; index < Number(count); index += 1) {
    const tokenId = firstId + BigInt(index)
    facts.push(movementFact(log, index, { standard: 'erc721', tokenId, from, to, quantity: 1n }))
  }
  return facts
}
