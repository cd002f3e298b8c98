import { isFtError } from '../../core/errors.js'
import { createEndpoints, type Endpoint } from '../resilience.js'
import { transportOf } from './adapter.js'
import { checkChainId, plain, readFinalized, readHeader } from './read.js'
import { createRpc, newRpcState, type Rpc } from './rpc.js'
import { TRANSFER_TOPICS } from './topics.js'

/** What one endpoint turned out to be able to do. Null: it has none, or does not say. */
export interface EndpointReport {
  readonly head: { readonly number: number; readonly time: number }
  readonly finalized: number | null
  /** Most blocks that one `eth_getLogs` may ask for, as far as it was tried. */
  readonly logRange: number
  /** Whether it has the state of old blocks, which `ft reconcile` at an old block needs. */
  readonly archive: boolean
}

/** Sizes that are tried, the largest first; nobody needs more. */
const RANGES = [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1]
const ZERO = `0x${'0'.repeat(40)}`

/**
 * Asks one endpoint what it can do, as quickly as it answers.
 * @throws FtError wrong_chain, rpc_transient, rpc_fatal, rate_limited: it cannot be used (now)
 */
export async function probeEndpoint(network: string, chainId: number, url: string): Promise<EndpointReport> {
  const endpoints = createEndpoints({ network, urls: [url] })
  try {
    const [result] = await endpoints.each((endpoint) => probe(endpoint, chainId))
    if (result === undefined) throw new Error('one URL is one endpoint')
    if (result.status === 'rejected') throw result.reason
    return result.value
  } finally {
    endpoints.close()
  }
}

async function probe(endpoint: Endpoint, chainId: number): Promise<EndpointReport> {
  const transport = transportOf(endpoint)
  const rpc = createRpc(endpoint, transport, newRpcState())
  try {
    await checkChainId(rpc, chainId)
    const head = plain(await readHeader(rpc, 'latest'))
    const finalized = await readFinalized(rpc)
    return {
      head: { number: head.number, time: head.time },
      finalized: finalized?.number ?? null,
      logRange: await longestRange(rpc, finalized?.number ?? head.number),
      archive: await hasOldState(rpc),
    }
  } finally {
    await transport.close()
  }
}

/** With an address that emits nothing, so that only the number of blocks can be what is refused. */
async function longestRange(rpc: Rpc, end: number): Promise<number> {
  for (const blocks of RANGES) {
    const from = Math.max(0, end - blocks + 1)
    const params = [{ address: ZERO, topics: [TRANSFER_TOPICS], fromBlock: hex(from), toBlock: hex(end) }]
    try {
      await rpc.batch([{ method: 'eth_getLogs', ranged: true, params }])
      return blocks
    } catch (error) {
      if (!isFtError(error, 'range_too_large')) throw error
    }
  }
  return 0
}

async function hasOldState(rpc: Rpc): Promise<boolean> {
  try {
    await rpc.call('eth_getBalance', [ZERO, hex(1)])
    return true
  } catch (error) {
    if (isFtError(error)) return false
    throw error
  }
}

function hex(number: number): string {
  return `0x${number.toString(16)}`
}
