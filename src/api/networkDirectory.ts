import { type ChainKind, chainKinds } from '../core/address.js'
import { FtError } from '../core/errors.js'
import type { NetworkQueries } from './queries/networks.js'

/** What never changes about a network while its row exists. */
export interface KnownNetwork {
  readonly id: number
  readonly name: string
  readonly chain: ChainKind
}

/** Finds networks by name. */
export interface NetworkDirectory {
  /** @throws FtError not_found */
  find(name: string): Promise<KnownNetwork>
}

/** A directory that asks the database once per network: name, chain and id of a row never change. */
export function networkDirectory(networks: NetworkQueries): NetworkDirectory {
  const known = new Map<string, KnownNetwork>()
  return {
    find: async (name) => {
      const cached = known.get(name)
      if (cached !== undefined) return cached
      const row = await networks.find(name)
      if (row === undefined) {
        throw new FtError('not_found', `no network is called "${name}"; /api/v1/networks lists them`)
      }
      const network = { id: row.networkId, name: row.name, chain: chainKind(row.chain) }
      known.set(name, network)
      return network
    },
  }
}

function chainKind(chain: string): ChainKind {
  const kind = chainKinds.find((known) => known === chain)
  if (kind !== undefined) return kind
  throw new FtError('internal', `the database holds a network of the unknown chain "${chain}"`)
}
