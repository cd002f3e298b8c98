import { operationOf } from './messages.js'
import {
  AUCTION_FILL_UP,
  DNS_RELEASE,
  JETTON_INTERNAL_TRANSFER,
  NFT_TRANSFER,
  OWNERSHIP_ASSIGNED,
  SBT_DESTROY,
  TELEITEM_CANCEL_AUCTION,
  TELEITEM_START_AUCTION,
} from './ops.js'
import { cameToLife } from './payload.js'
import { isChangeOfPrice } from './saleHistory.js'
import type { TonMessage, TonTransaction } from './wire.js'

/**
 * What a transaction looks like, before anybody is asked:
 * `deployment`  an account came to life by a message from another contract; it may be an item
 * `transfer`    an nft_transfer succeeded
 * `gone`        the account was destroyed; it may have been an item
 * `settlement`  the account says that it has a new owner, or passes proceeds on, without an nft_transfer
 * `own`         an operation that only items have
 * `price`       a sale contract's price was changed
 */
export type Look = 'deployment' | 'transfer' | 'gone' | 'settlement' | 'own' | 'price'

const OWN: ReadonlySet<number> = new Set([SBT_DESTROY, DNS_RELEASE, TELEITEM_START_AUCTION, TELEITEM_CANCEL_AUCTION])
const TELLS: ReadonlySet<number> = new Set([OWNERSHIP_ASSIGNED, AUCTION_FILL_UP])

/**
 * How a transaction looks; null for what changes no item, which is nearly everything. A transaction that failed or was aborted
 * has no effect, whatever its message asked for (APIs list such transfers all the same).
 */
export function lookOf(transaction: TonTransaction): Look | null {
  const { orig_status, end_status, destroyed, in_msg, success, aborted, out_msgs } = transaction
  if (destroyed || (end_status === 'nonexist' && orig_status !== 'nonexist')) return 'gone'
  if (!success || aborted || in_msg === undefined) return null
  const op = wireOp(in_msg)
  if (cameToLife(orig_status, end_status)) {
    return in_msg.msg_type === 'int_msg' && op !== JETTON_INTERNAL_TRANSFER ? 'deployment' : null
  }
  if (in_msg.msg_type === 'int_msg' && !in_msg.bounced && op !== null) {
    if (op === NFT_TRANSFER) return 'transfer'
    if (OWN.has(op)) return 'own'
    if (isChangeOfPrice(op)) return 'price'
  }
  return out_msgs.some((message) => TELLS.has(wireOp(message) ?? -1)) ? 'settlement' : null
}

/** The operation as TonAPI decoded it; from the body where it did not. */
function wireOp({ op_code, raw_body }: TonMessage): number | null {
  if (op_code !== undefined && /^0x[0-9a-f]{1,8}$/i.test(op_code)) return Number(op_code)
  return raw_body === undefined || raw_body === '' ? null : operationOf({ body: raw_body })
}
