import type { Fact } from '../../core/events.js'
import type { EvmLog } from './log.js'
import { movementFact } from './movement.js'
import { addressOf, uintOf } from './words.js'

/**
 * ERC-721 `Transfer(address indexed from, address indexed to, uint256 indexed tokenId)`. Four topics decide: with three it is
 * ERC-20, with one an older token, and neither is read. Data beside the topics is no reason to refuse the log.
 * @throws FtError event_undecodable
 */
export function parseTransfer(log: EvmLog): readonly Fact[] {
  if (log.topics.length !== 4) return []
  const [, from, to, tokenId] = log.topics
  const movement = {
    standard: 'erc721',
    tokenId: uintOf(tokenId),
    from: addressOf(from),
    to: addressOf(to),
    quantity: 1n,
  } as const
  return [movementFact(log, 0, movement)]
}
