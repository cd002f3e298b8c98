import type { Fact } from '../../core/events.js'
import type { EvmLog } from './log.js'
import { movementFact } from './movement.js'
import { addressOf, arrayAt, uintAt, undecodable } from './words.js'

/**
 * ERC-1155 `TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)`.
 * @throws FtError event_undecodable
 */
export function parseTransferSingle(log: EvmLog): readonly Fact[] {
  if (log.topics.length !== 4) return []
  const [, , from, to] = log.topics
  const movement = {
    standard: 'erc1155',
    tokenId: uintAt(log.data, 0),
    from: addressOf(from),
    to: addressOf(to),
    quantity: uintAt(log.data, 32),
  } as const
  return [movementFact(log, 0, movement)]
}

/** Most entries that a `TransferBatch` with this data can have: each is two words. */
export function mostEntries(data: string): number {
  return Math.max(1, Math.floor((data.length - 2) / 128))
}

/**
 * ERC-1155 `TransferBatch(…, uint256[] ids, uint256[] values)`: one fact per entry, in the order of the arrays, also for zero
 * quantities and repeated ids.
 * @throws FtError event_undecodable, also when there are more ids than values or the reverse
 */
export function parseTransferBatch(log: EvmLog): readonly Fact[] {
  if (log.topics.length !== 4) return []
  const from = addressOf(log.topics[2])
  const to = addressOf(log.topics[3])
  const ids = arrayAt(log.data, 0, 0, 1)
  const values = arrayAt(log.data, 32, 0, 1)
  if (ids.length !== values.length) {
    throw undecodable(`TransferBatch has ${ids.length} ids and ${values.length} values`)
  }
  const facts: Fact[] = []
  for (let index = 0; index < ids.length; index += 1) {
    const tokenId = uintAt(log.data, ids.start + index * 32)
    const quantity = uintAt(log.data, values.start + index * 32)
    facts.push(movementFact(log, index, { standard: 'erc1155', tokenId, from, to, quantity }))
  }
  return facts
}
