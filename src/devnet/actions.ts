import { encodeFunctionData } from 'viem'
import { abiOf, hex } from './contracts.js'
import type { SeaportAction } from './seaport/actions.js'

/** Something an account does on the development chain. Token ids and amounts are bigint, addresses lower case. */
export type DevAction = TokenAction | SeaportAction

/** Something an account does to a token of the development contracts. */
export type TokenAction =
  | { readonly kind: 'mint721'; readonly contract: string; readonly to: string }
  | {
      readonly kind: 'move721'
      readonly contract: string
      readonly from: string
      readonly to: string
      readonly tokenId: bigint
      readonly safe: boolean
    }
  | { readonly kind: 'burn721'; readonly contract: string; readonly from: string; readonly tokenId: bigint }
  | {
      readonly kind: 'mint1155'
      readonly contract: string
      readonly to: string
      readonly items: readonly Item[]
      readonly batch: boolean
    }
  | {
      readonly kind: 'move1155'
      readonly contract: string
      readonly from: string
      readonly to: string
      readonly items: readonly Item[]
      readonly batch: boolean
    }
  | {
      readonly kind: 'burn1155'
      readonly contract: string
      readonly from: string
      readonly items: readonly Item[]
      readonly batch: boolean
    }
  | { readonly kind: 'mint20'; readonly contract: string; readonly to: string; readonly amount: bigint }
  | {
      readonly kind: 'move20'
      readonly contract: string
      readonly from: string
      readonly to: string
      readonly amount: bigint
    }

/** A quantity of one ERC-1155 id. What is not a batch has exactly one. */
export interface Item {
  readonly id: bigint
  readonly amount: bigint
}

/** The transaction of an action: who sends it, and its data. Only `minter` may mint. */
export function encodeAction(action: TokenAction, minter: string): { from: string; to: string; data: string } {
  const from = 'from' in action ? action.from : minter
  return { from, to: action.contract, data: callData(action) }
}

function callData(action: TokenAction): string {
  switch (action.kind) {
    case 'mint721':
      return call('erc721', 'mint', [hex(action.to)])
    case 'move721':
      return call('erc721', action.safe ? 'safeTransferFrom' : 'transferFrom', [
        hex(action.from),
        hex(action.to),
        action.tokenId,
      ])
    case 'burn721':
      return call('erc721', 'burn', [action.tokenId])
    case 'mint1155':
      return call('erc1155', action.batch ? 'mintBatch' : 'mint', [hex(action.to), ...quantities(action), '0x'])
    case 'move1155': {
      const name = action.batch ? 'safeBatchTransferFrom' : 'safeTransferFrom'
      return call('erc1155', name, [hex(action.from), hex(action.to), ...quantities(action), '0x'])
    }
    case 'burn1155':
      return call('erc1155', action.batch ? 'burnBatch' : 'burn', [hex(action.from), ...quantities(action)])
    case 'mint20':
      return call('erc20', 'mint', [hex(action.to), action.amount])
    case 'move20':
      return call('erc20', 'transfer', [hex(action.to), action.amount])
  }
}

function call(kind: 'erc721' | 'erc1155' | 'erc20', functionName: string, args: readonly unknown[]): string {
  return encodeFunctionData({ abi: abiOf(kind), functionName, args })
}

/** `ids, amounts` of a batch, `id, amount` of a single one. */
function quantities({ items, batch }: { readonly items: readonly Item[]; readonly batch: boolean }): unknown[] {
  if (batch) return [items.map(({ id }) => id), items.map(({ amount }) => amount)]
  const [item] = items
  return [item?.id, item?.amount]
}
