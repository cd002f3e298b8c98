import { isFtError } from '../../core/errors.js'
import { bodyCell, loadRaw, reading, stateInitOf } from './cells.js'
import { assignmentOf, isComment, operationOf, receiverIn } from './messages.js'
import {
  NFT_TRANSFER,
  OFFER_CANCEL,
  OWNERSHIP_ASSIGNED,
  SALE_V3R3_CHANGE_PRICE,
  SALE_V4_CHANGE_PRICE,
  SALE_V4_DEPLOY_JETTON,
} from './ops.js'
import { cameToLife, messagesOf, type PayloadMessage } from './payload.js'
import { exactly, jettonPricesIn, positive, readSaleState, type SaleState } from './saleState.js'
import type { TonTransaction } from './wire.js'

/*
 * What a sale contract was at a moment of the past, from its own transactions: accounts can only be asked for the present. Rules:
 * the contracts' sources, getgems-io/nft-contracts and the sale of ton-blockchain's token-contract. Bids are not followed: they
 * change nothing but the last bid and the end of an auction.
 */

/** A transaction of a sale contract, and what the contract was before and after it; null: none yet, or none any more. */
export interface SaleStep {
  readonly transaction: TonTransaction
  readonly before: SaleState | null
  readonly after: SaleState | null
}

/** Follows a sale contract through its transactions, from the first on. A contract that was destroyed can be deployed again. */
export function replay(transactions: readonly TonTransaction[]): readonly SaleStep[] {
  let before: SaleState | null = null
  return [...transactions]
    .sort((a, b) => (a.lt < b.lt ? -1 : 1))
    .map((transaction) => {
      const step = { transaction, before, after: after(before, transaction) }
      before = step.after
      return step
    })
}

function after(before: SaleState | null, transaction: TonTransaction): SaleState | null {
  const { orig_status, end_status, success, aborted, destroyed, in_msg } = transaction
  if (!destroyed && end_status === 'frozen') return before
  if (destroyed || end_status !== 'active') return null
  const state = cameToLife(orig_status, end_status) ? initialState(transaction) : before
  if (state === null || !success || aborted || in_msg === undefined || in_msg.bounced) return state
  const { in: message, out } = messagesOf(transaction)
  const told = message === null ? state : afterMessage(state, message)
  return hasTraded(told, out) ? { ...told, complete: true } : told
}

/** An offer that was sent another item, or too little for gas, sends the item back. */
function hasTraded({ kind, owner, nft }: SaleState, sent: readonly PayloadMessage[]): boolean {
  if (owner === null) return false
  const given = sent.filter((message) => isGift(message, nft))
  return kind === 'offer' ? given.some((message) => receiverIn(message) === owner) : given.length > 0
}

function initialState({ in_msg }: TonTransaction): SaleState | null {
  const init = in_msg?.init === undefined ? null : stateInitOf(in_msg.init.boc)
  return init === null ? null : readSaleState(init.codeHash, init.data)
}

/** What a message that succeeded made of a sale contract; nothing, where it is none that its code would have taken. */
export function afterMessage(state: SaleState, message: PayloadMessage): SaleState {
  try {
    return taken(state, message)
  } catch (error) {
    if (isFtError(error, 'event_undecodable')) return state
    throw error
  }
}

function taken(state: SaleState, message: PayloadMessage): SaleState {
  const op = operationOf(message)
  const { source } = message
  if (state.kind === 'offer') return offerAfter(state, message, op)
  if (op === SALE_V4_DEPLOY_JETTON && source === state.marketplace) return { ...state, ...signedTerms(message) }
  if (op === OWNERSHIP_ASSIGNED && source === state.nft && state.owner === null) {
    return { ...state, owner: assignmentOf([message])?.previous ?? null }
  }
  return isChangeOfPrice(op) && source === state.owner ? repriced(state, message) : state
}

/** Money that its maker sends adds to an offer; who made it and the marketplace can end it, and anybody once its time is over. */
function offerAfter(state: SaleState, message: PayloadMessage, op: number | null): SaleState {
  const { source, value } = message
  if (state.price === null) return { ...state, price: value }
  if (source === null || op === OFFER_CANCEL || isComment(message, 'cancel')) return { ...state, complete: true }
  if (op !== 0 || source !== state.owner) return state
  return { ...state, price: (BigInt(state.price) + BigInt(value)).toString() }
}

/** Whether an operation changes the price of a sale contract. */
export function isChangeOfPrice(op: number | null): boolean {
  return op === SALE_V3R3_CHANGE_PRICE || op === SALE_V4_CHANGE_PRICE
}

/**
 * A sale contract's state after a change of its price: v3r3 is told fee and royalty with it, v4 the prices in jettons.
 * @throws FtError event_undecodable
 */
export function repriced(state: SaleState, message: PayloadMessage): SaleState {
  return reading('change of price', bodyCell(message.body ?? ''), (slice) => {
    slice.skip(32 + 64)
    const price = positive(slice.loadCoins())
    if (operationOf(message) === SALE_V4_CHANGE_PRICE) return { ...state, price, ...jettonPricesIn(slice) }
    const [fee, royalty] = [slice.loadCoins(), slice.loadCoins()]
    return { ...state, price, fee: exactly(state.fee.to, fee), royalty: exactly(state.royalty.to, royalty) }
  })
}

/** What v4 is told, signed by its marketplace, when it is to take jettons. */
function signedTerms(message: PayloadMessage): Partial<SaleState> {
  return reading('deployment of a sale', bodyCell(message.body ?? ''), (slice) => {
    slice.skip(32 + 64 + 512)
    return { marketplace: loadRaw(slice), ...jettonPricesIn(slice) }
  })
}

/** Whether among messages is the nft_transfer of an item. */
export function givesAway(sent: readonly PayloadMessage[], item: string): boolean {
  return sent.some((message) => isGift(message, item))
}

function isGift(message: PayloadMessage, item: string | null): boolean {
  return message.destination === item && operationOf(message) === NFT_TRANSFER
}
