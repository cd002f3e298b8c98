import { createHash } from 'node:crypto'
import type { HoldingQuestion } from '../../../src/core/events.js'

/** What an account held before the first block that is read, as its contract would say: nothing, for one in three. */
export function heldBefore({ contract, tokenId, account }: HoldingQuestion): bigint {
  const digest = createHash('sha256').update(`${contract} ${tokenId} ${account}`).digest()
  return digest.readUInt8(0) % 3 === 0 ? 0n : BigInt(digest.readUInt8(1))
}
