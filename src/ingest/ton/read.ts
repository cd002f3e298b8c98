import { FtError } from '../../core/errors.js'
import type { BlockHeader } from '../adapter.js'
import { isTooLong } from '../http.js'
import { invalid, type TonApi } from './client.js'
import type { TonBlock, TonTransaction } from './wire.js'

/** A seqno as it was read: the masterchain block, and all transactions that it commits, in logical time order. */
export interface Seqno {
  readonly block: TonBlock
  readonly transactions: readonly TonTransaction[]
}

/**
 * A masterchain block with every transaction of itself and of the shard blocks that it newly commits, each once, ordered by logical
 * time and account. Whether all are there is checked against the blocks' own counts: the list of a whole seqno is sorted unstably
 * and may be cut by a server, or too long, then each block is asked for alone.
 * @throws FtError block_unknown; rpc_invalid when blocks or transactions are missing or do not belong together
 */
export async function readSeqno(api: TonApi, seqno: number, globalId: number): Promise<Seqno> {
  const [blocks, listed] = await Promise.all([api.blocks(seqno), listedTransactions(api, seqno)])
  const block = masterchainBlock(api, blocks, seqno)
  checkNetwork(api, block, globalId)
  const expected = blocks.reduce((sum, { tx_quantity }) => sum + tx_quantity, 0)
  let transactions = distinct(listed)
  if (transactions.length !== expected) {
    transactions = distinct((await Promise.all(blocks.map((one) => wholeBlock(api, one)))).flat())
  }
  if (transactions.length !== expected) {
    throw invalid(api.endpoint, 'masterchain-transactions', `${transactions.length} of ${expected} of seqno ${seqno}`)
  }
  return { block, transactions: transactions.sort(byLt) }
}

/** The list of a whole seqno; nothing where it is longer than anything that is read. */
async function listedTransactions(api: TonApi, seqno: number): Promise<readonly TonTransaction[]> {
  try {
    return await api.transactions(seqno)
  } catch (error) {
    if (isTooLong(error)) return []
    throw error
  }
}

function masterchainBlock(api: TonApi, blocks: readonly TonBlock[], seqno: number): TonBlock {
  const ofMasterchain = blocks.filter(({ workchain_id }) => workchain_id === -1)
  const [block] = ofMasterchain
  if (block === undefined || ofMasterchain.length > 1 || block.seqno !== seqno) {
    throw invalid(api.endpoint, 'masterchain-blocks', `seqno ${seqno} is not one masterchain block`)
  }
  const names = new Set(blocks.map(({ workchain_id, shard, seqno: number }) => `${workchain_id}:${shard}:${number}`))
  if (names.size !== blocks.length)
    throw invalid(api.endpoint, 'masterchain-blocks', `seqno ${seqno} has a block twice`)
  return block
}

async function wholeBlock(api: TonApi, block: TonBlock): Promise<readonly TonTransaction[]> {
  if (block.tx_quantity === 0) return []
  const transactions = await api.blockTransactions(block)
  if (distinct(transactions).length === block.tx_quantity) return transactions
  const why = `${transactions.length} of ${block.tx_quantity} of block ${block.workchain_id}:${block.shard}:${block.seqno}`
  throw invalid(api.endpoint, 'block-transactions', why)
}

function distinct(transactions: readonly TonTransaction[]): TonTransaction[] {
  return [...new Map(transactions.map((transaction) => [transaction.hash, transaction])).values()]
}

/** Two accounts may share a logical time; the account then decides, so that everybody gets one order. */
function byLt(a: TonTransaction, b: TonTransaction): number {
  if (a.lt !== b.lt) return a.lt < b.lt ? -1 : 1
  return a.account.address < b.account.address ? -1 : 1
}

/** @throws FtError wrong_chain naming endpoint, expected and found global id */
export function checkNetwork(api: TonApi, block: TonBlock, globalId: number): void {
  if (block.global_id === globalId) return
  const details = { endpoint: api.endpoint.name, expected: globalId, found: block.global_id }
  const message = `${api.endpoint.name} serves the network with global id ${block.global_id}, not ${globalId}`
  throw new FtError('wrong_chain', message, { details })
}

/** The header of a masterchain block, on top of its parent's. @throws FtError rpc_invalid when it is not the parent */
export function headerOf(api: TonApi, block: TonBlock, parent: TonBlock | null): BlockHeader {
  if (parent !== null && parent.seqno !== block.seqno - 1) {
    throw invalid(api.endpoint, 'block', `block ${block.seqno} does not follow block ${parent.seqno}`)
  }
  return {
    number: block.seqno,
    hash: `0x${block.root_hash}`,
    parentHash: `0x${parent?.root_hash ?? '0'.repeat(64)}`,
    time: block.gen_utime,
  }
}
