import type { LogSpec } from '../support/replay/chain.js'
import { address, batch, single, transfer721, ZERO } from '../support/replay/specs.js'
import { createRandom, type Random } from '../support/world/random.js'

/** What happens in blocks 1 to `blocks`: tokens of a few contracts keep being minted, moved and burnt. */
export function busyBlocks(seed: number, blocks: number): LogSpec[][] {
  const random = createRandom(seed)
  const owners = new Map<string, string>()
  return Array.from({ length: blocks }, () => Array.from({ length: 2 + random.int(8) }, () => movement(random, owners)))
}

function movement(random: Random, owners: Map<string, string>): LogSpec {
  const to = address('account', random.int(12))
  if (random.chance(0.6)) {
    const contract = address('single', random.int(2))
    const tokenId = random.int(40)
    const key = `${contract}/${tokenId}`
    const from = owners.get(key) ?? ZERO
    const next = from !== ZERO && random.chance(0.1) ? ZERO : to
    owners.set(key, next)
    return transfer721({ contract, from, to: next, tokenId: BigInt(tokenId) })
  }
  const contract = address('multi', random.int(2))
  const from = random.chance(0.5) ? ZERO : address('account', random.int(12))
  const tokenId = BigInt(random.int(6))
  const value = BigInt(1 + random.int(5))
  if (random.chance(0.5)) return single({ contract, from, to, tokenId, value })
  return batch({ contract, from, to, ids: [tokenId, tokenId + 1n], values: [value, 0n] })
}
