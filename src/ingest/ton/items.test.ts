import { Address, beginCell } from '@ton/core'
import { expect, test } from 'vitest'
import type { TonApi } from './client.js'
import { askItem } from './items.js'
import type { StackRecord } from './wire.js'

const [item, collection, owner] = ['11', 'c0', 'aa'].map((byte) => `0:${byte.repeat(32)}`) as [string, string, string]
const slice = (raw: string) => {
  const cell = beginCell().storeAddress(Address.parse(raw)).endCell()
  return { type: 'cell', cell: cell.toBoc().toString('hex') }
}
const num = (value: string) => ({ type: 'num', num: value })

/** Where the collection says that its item of index 5 is. */
function apiWith(place: string): TonApi {
  const answers: Record<string, StackRecord[]> = {
    [`${item} get_nft_data`]: [num('-0x1'), num('0x5'), slice(collection), slice(owner)],
    [`${collection} get_nft_address_by_index 0x5`]: [slice(place)],
  }
  const fail = () => Promise.reject(new Error('nobody should ask'))
  return {
    ...{ endpoint: { name: 'test', url: '', redact: (text: string) => text, request: fail } },
    ...{ masterchainHead: fail, masterchainBlock: fail, blocks: fail, transactions: fail, blockTransactions: fail },
    ...{ accounts: fail, items: fail, collections: fail, history: fail },
    method: async (account, name, args = []) => {
      const stack = answers[[account, name, ...args].join(' ')]
      return stack === undefined ? fail() : { stack }
    },
  }
}

test('an item is of the collection that it names only when the collection has it at its index', async () => {
  expect(await askItem(apiWith(item), item)).toEqual({ item: { address: item, collection, index: '5' }, owner })
  expect(await askItem(apiWith(owner), item)).toMatchObject({ item: null, isNft: true })
})
