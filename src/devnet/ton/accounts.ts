import { Address, beginCell, Cell, type TupleItem } from '@ton/core'
import { GetMethodError } from '@ton/sandbox'
import type { TonChain } from './chain.js'
import { exactJson, hexOf } from './json.js'

const STATUS = { uninit: 'uninit', active: 'active', frozen: 'frozen' } as const

/** Raw accounts as TonAPI gives them: those that do not exist are left out. */
export async function accountJson({ blockchain }: TonChain, addresses: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const address of addresses) {
    const contract = await blockchain.getContract(Address.parse(address))
    const { account, lastTransactionLt } = contract.account
    if (!account) continue
    const { state, balance } = account.storage
    const { used, lastPaid, duePayment } = account.storageStats
    const cells = state.type === 'active' ? { code: state.state.code, data: state.state.data } : {}
    found.push(
      exactJson({
        address,
        balance: balance.coins,
        ...(cells.code ? { code: hexOf(cells.code) } : {}),
        ...(cells.data ? { data: hexOf(cells.data) } : {}),
        last_transaction_lt: lastTransactionLt,
        status: STATUS[state.type],
        storage: {
          ...{ used_cells: used.cells, used_bits: used.bits, used_public_cells: 0 },
          ...{ last_paid: lastPaid, due_payment: duePayment ?? 0 },
        },
      }),
    )
  }
  return found
}

/** NFT items with the metadata that TonAPI would have fetched: their contents name files that nobody serves here. */
export async function itemJson(chain: TonChain, addresses: readonly string[]): Promise<string[]> {
  return await describedJson(chain, addresses, 'get_nft_data', 1, (address, index) => ({
    ...{ address, index, verified: true, approved_by: [], trust: 'none' },
    metadata: { name: `Development item ${index}`, attributes: [{ trait_type: 'Index', value: `${index}` }] },
  }))
}

/** Collections, likewise. */
export async function collectionJson(chain: TonChain, addresses: readonly string[]): Promise<string[]> {
  return await describedJson(chain, addresses, 'get_collection_data', 0, (address, next) => ({
    ...{ address, next_item_index: next, raw_collection_content: '', approved_by: [] },
    metadata: { name: `Development collection ${address.slice(2, 8)}` },
  }))
}

/** Of the accounts that have the get-method, what `describe` makes of the number at `place` of its stack. */
async function describedJson(
  { blockchain }: TonChain,
  addresses: readonly string[],
  method: string,
  place: number,
  describe: (address: string, number: bigint) => object,
): Promise<string[]> {
  const found: string[] = []
  for (const address of addresses) {
    const target = Address.parse(address)
    const contract = await blockchain.getContract(target)
    if (contract.accountState?.type !== 'active') continue
    try {
      const number = (await blockchain.runGetMethod(target, method, [])).stack[place]
      if (number?.type === 'int') found.push(exactJson(describe(address, number.value)))
    } catch (error) {
      if (!(error instanceof GetMethodError)) throw error
    }
  }
  return found
}

/** The answer of a get-method; null for an account that does not exist. */
export async function methodJson(
  { blockchain }: TonChain,
  address: string,
  name: string,
  args: readonly string[],
): Promise<string | null> {
  const target = Address.parse(address)
  const contract = await blockchain.getContract(target)
  if (contract.accountState?.type !== 'active') return null
  try {
    const { stack, exitCode } = await blockchain.runGetMethod(target, name, args.map(argument))
    return JSON.stringify({ success: true, exit_code: exitCode, stack: stack.map(record) })
  } catch (error) {
    if (!(error instanceof GetMethodError)) throw error
    return JSON.stringify({ success: false, exit_code: error.exitCode, stack: [] })
  }
}

/** An argument in TonAPI's text forms. */
function argument(text: string): TupleItem {
  if (text === 'Null') return { type: 'null' }
  if (text === 'NaN') return { type: 'nan' }
  if (/^-?\d+$/.test(text) || /^0x[0-9a-f]+$/i.test(text)) return { type: 'int', value: BigInt(text) }
  if (/^(-1|0):/.test(text)) return { type: 'slice', cell: beginCell().storeAddress(Address.parse(text)).endCell() }
  const isHex = /^[0-9a-f]+$/i.test(text)
  const [cell] = Cell.fromBoc(Buffer.from(text, isHex ? 'hex' : 'base64'))
  return { type: isHex ? 'slice' : 'cell', cell: cell ?? Cell.EMPTY }
}

interface Record {
  readonly type: 'cell' | 'num' | 'nan' | 'null' | 'tuple'
  readonly num?: string
  readonly cell?: string
  readonly tuple?: readonly Record[]
}

function record(item: TupleItem): Record {
  switch (item.type) {
    case 'null':
    case 'nan':
      return { type: item.type }
    case 'int':
      return { type: 'num', num: item.value < 0n ? `-0x${(-item.value).toString(16)}` : `0x${item.value.toString(16)}` }
    case 'cell':
    case 'slice':
    case 'builder':
      return { type: 'cell', cell: hexOf(item.cell) }
    case 'tuple':
      return { type: 'tuple', tuple: item.items.map(record) }
  }
}
