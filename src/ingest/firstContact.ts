import { isFtError } from '../core/errors.js'
import type { Endpoint, Endpoints } from './resilience.js'

/**
 * Checks each endpoint once, and gives the hash of the chain's first block, read by `firstHash`; null where no endpoint has that block any
 * more, however often they are asked. Some endpoints may be down, but not all; one of another chain is never tolerated.
 * @throws FtError wrong_chain of any endpoint; what the first one threw when none answered; what `firstHash` throws, but for block_unknown
 */
export async function firstContact(
  endpoints: Pick<Endpoints, 'each' | 'run'>,
  check: (endpoint: Endpoint) => Promise<unknown>,
  firstHash: (endpoint: Endpoint) => Promise<string>,
): Promise<string | null> {
  const results = await endpoints.each(check)
  const reasons = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown)
  const wrongChain = reasons.find((reason) => isFtError(reason, 'wrong_chain'))
  if (wrongChain !== undefined) throw wrongChain
  if (reasons.length === results.length) throw reasons[0]
  try {
    return await endpoints.run(firstHash)
  } catch (error) {
    if (isFtError(error, 'block_unknown')) return null
    throw error
  }
}
