import {
  beginCell,
  type Cell,
  type Message,
  storeMessage,
  storeStateInit,
  storeTransaction,
  type Transaction,
} from '@ton/core'
import { raw } from './contracts.js'

/*
 * Transactions in the words of TonAPI v2. Amounts are bigint: `exactJson` writes them as the bare numbers that TonAPI writes.
 */

export interface TransactionJson {
  readonly hash: string
  readonly lt: bigint
  readonly account: { readonly address: string }
  readonly in_msg?: { readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

/** JSON in which a bigint is a number, whatever its size. */
export function exactJson(value: unknown): string {
  const marked = JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `\u0000${one}` : one))
  return marked.replace(/"\\u0000(-?\d+)"/g, '$1')
}

/** A cell as hexadecimal. */
export function hexOf(cell: Cell): string {
  return cell.toBoc().toString('hex')
}

/** A transaction of the sandbox as TonAPI gives it, in the block of this name. `wallets` are the accounts known as such. */
export function transactionJson(
  transaction: Transaction,
  block: string,
  wallets: ReadonlySet<string>,
): TransactionJson {
  const { description } = transaction
  const isGeneric = description.type === 'generic'
  const compute = isGeneric ? description.computePhase : undefined
  const address = `0:${transaction.address.toString(16).padStart(64, '0')}`
  const incoming = transaction.inMessage
  return {
    hash: transaction.hash().toString('hex'),
    lt: transaction.lt,
    account: party(address, wallets),
    success: isSuccess(transaction),
    utime: transaction.now,
    orig_status: STATUS[transaction.oldStatus],
    end_status: STATUS[transaction.endStatus],
    total_fees: transaction.totalFees.coins,
    end_balance: 0,
    transaction_type: isGeneric ? 'TransOrd' : 'TransTickTock',
    state_update_old: transaction.stateUpdate.oldHash.toString('hex'),
    state_update_new: transaction.stateUpdate.newHash.toString('hex'),
    ...(incoming ? { in_msg: messageJson(incoming, wallets) } : {}),
    out_msgs: transaction.outMessages.values().map((message) => messageJson(message, wallets)),
    block,
    prev_trans_hash: transaction.prevTransactionHash.toString(16).padStart(64, '0'),
    prev_trans_lt: transaction.prevTransactionLt,
    ...(compute === undefined ? {} : { compute_phase: computeJson(compute) }),
    aborted: isGeneric && description.aborted,
    destroyed: isGeneric && description.destroyed,
    raw: hexOf(beginCell().store(storeTransaction(transaction)).endCell()),
  }
}

const STATUS = { uninitialized: 'uninit', frozen: 'frozen', active: 'active', 'non-existing': 'nonexist' } as const

/** TonAPI's meaning of success: computed and acted without error, nothing sent back. */
function isSuccess({ description }: Transaction): boolean {
  if (description.type !== 'generic') return true
  const { computePhase, actionPhase, bouncePhase } = description
  if (bouncePhase) return false
  if (computePhase.type === 'skipped') return computePhase.reason === 'no-state'
  return computePhase.success && [0, 1].includes(computePhase.exitCode) && actionPhase?.success !== false
}

type Generic = Extract<Transaction['description'], { type: 'generic' }>

function computeJson(phase: Generic['computePhase']): object {
  if (phase.type === 'skipped') return { skipped: true, skip_reason: `cskip_${phase.reason.replace('-', '_')}` }
  const { success, exitCode, gasUsed, gasFees, vmSteps } = phase
  return { skipped: false, success, exit_code: exitCode, gas_used: gasUsed, gas_fees: gasFees, vm_steps: vmSteps }
}

function party(address: string, wallets: ReadonlySet<string>) {
  return { address, is_scam: false, is_wallet: wallets.has(address) }
}

function messageJson(message: Message, wallets: ReadonlySet<string>): { readonly [field: string]: unknown } {
  const { info, init, body } = message
  const isInternal = info.type === 'internal'
  const op = body.bits.length < 32 ? null : body.beginParse().preloadUint(32)
  return {
    msg_type: isInternal ? 'int_msg' : info.type === 'external-in' ? 'ext_in_msg' : 'ext_out_msg',
    created_lt: info.type === 'external-in' ? 0 : info.createdLt,
    ihr_disabled: isInternal && info.ihrDisabled,
    bounce: isInternal && info.bounce,
    bounced: isInternal && info.bounced,
    value: isInternal ? info.value.coins : 0,
    fwd_fee: isInternal ? info.forwardFee : 0,
    ihr_fee: 0,
    import_fee: info.type === 'external-in' ? info.importFee : 0,
    created_at: info.type === 'external-in' ? 0 : info.createdAt,
    ...(isInternal || info.type === 'external-out' ? { source: party(raw(info.src), wallets) } : {}),
    ...(info.type !== 'external-out' ? { destination: party(raw(info.dest), wallets) } : {}),
    ...(op === null ? {} : { op_code: `0x${op.toString(16).padStart(8, '0')}` }),
    ...(init ? { init: { boc: hexOf(beginCell().store(storeStateInit(init)).endCell()), interfaces: [] } } : {}),
    hash: beginCell().store(storeMessage(message)).endCell().hash().toString('hex'),
    ...(body.bits.length === 0 && body.refs.length === 0 ? {} : { raw_body: hexOf(body) }),
  }
}
