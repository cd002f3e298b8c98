import { createHash } from 'node:crypto'
import type { NetworkConfig } from '../../core/config.js'
import type { Db } from '../../core/db.js'
import { type Network, registerNetwork } from '../../core/networks.js'
import type { ChainAdapter } from '../../ingest/adapter.js'
import { nameEndpoints } from '../../ingest/endpointNames.js'
import { createEvmAdapter } from '../../ingest/evm/adapter.js'
import type { Attempt } from '../../ingest/resilience.js'
import { createTonAdapter } from '../../ingest/ton/adapter.js'
import type { Recorded } from '../../ingest/ton/evidence.js'
import type { Metrics } from '../../observability/metrics.js'
import { knownItems } from '../../pipeline/knownItems.js'

/** A network with what is needed to read it. */
export interface Chain {
  readonly config: NetworkConfig
  readonly network: Network
  readonly adapter: ChainAdapter
  readonly scope: string
}

/** Registers a configured network in the database and makes its adapter. `db` owns the schema. */
export async function openChain(db: Db, config: NetworkConfig, metrics: Metrics | null): Promise<Chain> {
  const scope = scopeOf(config)
  const network = await registerNetwork(db, {
    name: config.name,
    chain: config.kind,
    chainId: config.chainId,
    finality: config.finality,
    nativeCurrency: config.nativeCurrency,
    scope,
    endpoints: nameEndpoints(config.name, config.endpoints).map(({ name }) => name),
  })
  const recorded: Recorded = (accounts) => knownItems(db, network, accounts)
  return { config, network, adapter: createAdapter(config, metrics, recorded), scope }
}

/**
 * The adapter of a network, alone: for commands that ask the chain without indexing it. `recorded` tells what the ledger knows, where
 * blocks are read.
 */
export function createAdapter(config: NetworkConfig, metrics: Metrics | null, recorded?: Recorded): ChainAdapter {
  const { name: network, chainId, endpoints, contracts, apiKey, requestsPerSecond } = config
  const rate = requestsPerSecond === null ? {} : { requestsPerSecond }
  const observe = ({ method, outcome, seconds }: Attempt): void => {
    metrics?.rpcRequests.inc({ network, method, outcome })
    metrics?.rpcSeconds.observe({ network, method }, seconds)
  }
  switch (config.kind) {
    case 'evm':
      return createEvmAdapter({
        ...{ network, chainId, endpoints, contracts, observe, ...rate },
        onQuarantine: (endpoint) => metrics?.endpointsQuarantined.inc({ network, endpoint }),
      })
    case 'ton':
      return createTonAdapter({
        network,
        chainId,
        urls: endpoints,
        apiKey,
        observe,
        ...rate,
        ...(recorded && { recorded }),
      })
  }
}

/** What was indexed for one list of contracts says nothing about another list. */
function scopeOf({ contracts }: NetworkConfig): string {
  if (contracts.mode === 'all') return 'all'
  const digest = createHash('sha256')
    .update([...contracts.addresses].sort().join(','))
    .digest('hex')
  return `list:${digest.slice(0, 16)}`
}
