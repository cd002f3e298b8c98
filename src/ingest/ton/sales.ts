import { Cell } from '@ton/core'
import { stateInitOf } from './cells.js'
import type { TonApi } from './client.js'
import { assignmentOf, newPriceOf, operationOf } from './messages.js'
import { OWNERSHIP_ASSIGNED, SALE_V3R3_CHANGE_PRICE, SALE_V4_CHANGE_PRICE } from './ops.js'
import { payloadOf } from './payload.js'
import { readSaleState, type SaleState } from './saleState.js'
import type { TonAccount, TonTransaction } from './wire.js'

const PAGE = 100

/** The sale contract in an account's code and data; null when it is none. */
export function saleIn({ status, code, data }: TonAccount): SaleState | null {
  if (status !== 'active' || code === undefined || data === undefined) return null
  try {
    const [codeCell, dataCell] = [Cell.fromBoc(Buffer.from(code, 'hex'))[0], Cell.fromBoc(Buffer.from(data, 'hex'))[0]]
    return codeCell && dataCell ? readSaleState(codeCell.hash().toString('hex'), dataCell) : null
  } catch {
    return null
  }
}

/**
 * The sale contract that an account was before it was destroyed, from its first transactions: its initial state, whom the item
 * came from, and the prices that were set later. The basic sale destroys itself in the transaction that gives the item away.
 */
export async function pastSale(api: TonApi, account: string): Promise<SaleState | null> {
  const transactions = await api.history(account, { afterLt: 0n }, PAGE)
  let state: SaleState | null = null
  for (const transaction of [...transactions].sort((a, b) => (a.lt < b.lt ? -1 : 1))) {
    state = isDeployment(transaction) ? initialState(transaction) : state && after(state, transaction)
  }
  return state
}

function isDeployment({ orig_status, end_status, in_msg }: TonTransaction): boolean {
  return orig_status !== 'active' && end_status === 'active' && in_msg?.init !== undefined
}

function initialState({ in_msg }: TonTransaction): SaleState | null {
  const init = in_msg?.init === undefined ? null : stateInitOf(in_msg.init.boc)
  return init === null ? null : readSaleState(init.codeHash, init.data)
}

function after(state: SaleState, transaction: TonTransaction): SaleState {
  const { success, aborted, in_msg } = transaction
  if (!success || aborted || in_msg?.raw_body === undefined) return state
  const { in: message } = payloadOf(transaction, { item: null, sales: {} })
  if (message === null) return state
  const op = operationOf(message)
  if (op === SALE_V3R3_CHANGE_PRICE || op === SALE_V4_CHANGE_PRICE) {
    return { ...state, price: newPriceOf(message).toString() }
  }
  if (op !== OWNERSHIP_ASSIGNED || state.owner !== null || message.source !== state.nft) return state
  return { ...state, owner: assignmentOf([message])?.previous ?? null }
}
