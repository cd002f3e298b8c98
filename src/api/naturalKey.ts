import { assetId, collectionId, itemAssetId } from '../core/ids.js'
import { addressParam } from './addressParam.js'
import type { NetworkDirectory } from './networkDirectory.js'
import { type FieldError, fieldProblem } from './problem.js'
import type { AssetQueries } from './queries/assets.js'

export interface ContractKey {
  readonly network: string
  readonly contract: string
}

export interface TokenKey extends ContractKey {
  readonly token_id: string
}

export interface ItemKey {
  readonly network: string
  readonly address: string
}

/** Turns natural keys into ids: nobody should have to compute a uuid. `name` is how messages call the thing. */
export interface NaturalKeys {
  /** @throws FtError not_found (network), address_invalid (contract) */
  collection(key: ContractKey): Promise<{ readonly id: string; readonly name: string }>
  /**
   * `id` is undefined when it does not follow from the key and nothing is indexed under it.
   * @throws the same
   */
  asset(key: TokenKey): Promise<{ readonly id: string | undefined; readonly name: string }>
  /**
   * An asset that is a contract of its own, with or without a collection.
   * @throws FtError not_found (network), address_invalid, request_invalid where the network has no such assets
   */
  item(key: ItemKey): Promise<{ readonly id: string; readonly name: string }>
}

/** The 400 of who asks an EVM network for an asset by an address of its own; `instead` is what to ask. */
export function noItems(at: Pick<FieldError, 'field' | 'in'>, instead: string): Error {
  return fieldProblem('request_invalid', {
    ...at,
    detail: `has no assets that are contracts of their own; use ${instead}`,
  })
}

/** Natural keys over a directory of networks. */
export function naturalKeys(directory: NetworkDirectory, assets: AssetQueries): NaturalKeys {
  const locate = async (key: ContractKey) => {
    const network = await directory.find(key.network)
    const contract = addressParam(network.chain, key.contract, { field: 'contract', in: 'path' })
    return { network, contract, id: collectionId(network.name, contract), name: `${contract} on ${network.name}` }
  }
  return {
    collection: locate,
    item: async (key) => {
      const network = await directory.find(key.network)
      if (network.chain === 'evm') {
        const route = `/api/v1/networks/${network.name}/contracts/{contract}/tokens/{token_id}`
        throw noItems({ field: 'network', in: 'path' }, route)
      }
      const address = addressParam(network.chain, key.address, { field: 'address', in: 'path' })
      return { id: itemAssetId(network.name, address), name: `item ${address} on ${network.name}` }
    },
    asset: async (key) => {
      const { network, contract, id, name } = await locate(key)
      return {
        name: `token ${key.token_id} of ${name}`,
        // A TON asset is a contract of its own: its id comes from that address, which only the index knows for a token id.
        id:
          network.chain === 'evm'
            ? assetId(network.name, contract, key.token_id)
            : await assets.findId(id, key.token_id),
      }
    },
  }
}
