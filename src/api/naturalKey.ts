import { assetId, collectionId } from '../core/ids.js'
import { addressParam } from './addressParam.js'
import type { KnownNetwork, NetworkDirectory } from './networkDirectory.js'
import type { AssetQueries } from './queries/assets.js'

export interface ContractKey {
  readonly network: string
  readonly contract: string
}

export interface TokenKey extends ContractKey {
  readonly token_id: string
}

/** An id that follows from a natural key, and the name for messages under which the caller knows the thing. */
export interface Resolved {
  readonly id: string
  readonly name: string
}

/** Turns natural keys into ids: nobody should have to compute a uuid. */
export interface NaturalKeys {
  /** @throws FtError not_found (network), address_invalid (contract) */
  collection(key: ContractKey): Promise<Resolved & { readonly network: KnownNetwork }>
  /** @throws the same; an id that no asset has is no error here */
  asset(key: TokenKey): Promise<Resolved | undefined>
}

/** Natural keys over a directory of networks. */
export function naturalKeys(directory: NetworkDirectory, assets: AssetQueries): NaturalKeys {
  const collection = async (key: ContractKey) => {
    const network = await directory.find(key.network)
    const contract = addressParam(network.chain, key.contract, { field: 'contract', in: 'path' })
    return { id: collectionId(network.name, contract), name: `${contract} on ${network.name}`, network, contract }
  }
  return {
    collection,
    asset: async (key) => {
      const { id: parent, name, network, contract } = await collection(key)
      // A TON asset is a contract of its own: its id comes from that address, which only the index knows for a token id.
      const id =
        network.chain === 'evm'
          ? assetId(network.name, contract, key.token_id)
          : await assets.findId(parent, key.token_id)
      return id === undefined ? undefined : { id, name: `token ${key.token_id} of ${name}` }
    },
  }
}
