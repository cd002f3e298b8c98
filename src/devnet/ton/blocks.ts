import { createHash } from 'node:crypto'
import type { Transaction } from '@ton/core'
import { exactJson, type TransactionJson, transactionJson } from './json.js'

/** A seqno of the development network, as it is kept and served: texts are the JSON of single things. */
export interface DevSeqno {
  readonly seqno: number
  readonly hash: string
  readonly time: number
  readonly endLt: string
  /** Shard block number reached so far. */
  readonly shardSeqno: number
  /** The masterchain block first, then the shard blocks that it commits. */
  readonly blocks: readonly { readonly name: string; readonly json: string; readonly transactions: readonly DevRow[] }[]
}

/** A transaction: whose it is, when, and its JSON. */
export interface DevRow {
  readonly account: string
  readonly lt: string
  readonly json: string
}

const MASTERCHAIN = { workchain_id: -1, shard: '8000000000000000' }
const SHARD = { workchain_id: 0, shard: '8000000000000000' }
const NO_FLOW = { grams: 0, other: [] }
const GLOBAL_ID = -239

/**
 * Puts transactions, in logical time order, into a seqno on top of another: into as many shard blocks as the seqno says (one to three,
 * none when nothing happened), so that a reader meets seqnos that commit several blocks of a shard at once.
 */
export function buildSeqno(
  parent: DevSeqno | null,
  transactions: readonly Transaction[],
  time: number,
  wallets: ReadonlySet<string>,
): DevSeqno {
  const seqno = (parent?.seqno ?? 0) + 1
  const wanted = transactions.length === 0 ? 0 : Math.min(transactions.length, 1 + (seqno % 3))
  const size = Math.ceil(transactions.length / Math.max(1, wanted))
  let shardSeqno = parent?.shardSeqno ?? 0
  const shards = Array.from({ length: Math.ceil(transactions.length / Math.max(1, size)) }, (_, index) => {
    shardSeqno += 1
    const part = transactions.slice(index * size, (index + 1) * size)
    return block(SHARD, { seqno: shardSeqno, time, endLt: part.at(-1)?.lt ?? 0n, salt: '' }, part, wallets)
  })
  const content = shards.map(({ json }) => json).join()
  const endLt = transactions.at(-1)?.lt ?? BigInt(parent?.endLt ?? 0)
  const master = block(MASTERCHAIN, { seqno, time, endLt, salt: `${parent?.hash ?? ''}${content}` }, [], wallets)
  return { seqno, hash: master.hash, time, endLt: endLt.toString(), shardSeqno, blocks: [master, ...shards] }
}

function block(
  place: { readonly workchain_id: number; readonly shard: string },
  { seqno, time, endLt, salt }: { seqno: number; time: number; endLt: bigint; salt: string },
  transactions: readonly Transaction[],
  wallets: ReadonlySet<string>,
) {
  const name = `(${place.workchain_id},${place.shard},${seqno})`
  const rows = transactions.map((one) => row(transactionJson(one, name, wallets)))
  const content = `${name}${time}${salt}${rows.map(({ json }) => json).join()}`
  const hash = createHash('sha256').update(content).digest('hex')
  const json = exactJson({
    value_flow: Object.fromEntries(FLOWS.map((flow) => [flow, NO_FLOW])),
    ...{ ...place, seqno, root_hash: hash, file_hash: hash, global_id: GLOBAL_ID, version: 0 },
    ...{ after_merge: false, before_split: false, after_split: false, want_split: false, want_merge: false },
    ...{ key_block: false, gen_utime: time, start_lt: transactions[0]?.lt ?? endLt, end_lt: endLt, vert_seqno: 0 },
    ...{ gen_catchain_seqno: 0, min_ref_mc_seqno: 0, prev_key_block_seqno: 0 },
    prev_refs: [`(${place.workchain_id},${place.shard},${seqno - 1})`],
    ...{ in_msg_descr_length: 0, out_msg_descr_length: 0, rand_seed: hash, created_by: '0'.repeat(64) },
    tx_quantity: transactions.length,
  })
  return { name, hash, json, transactions: rows }
}

const FLOWS = [
  ...['from_prev_blk', 'to_next_blk', 'imported', 'exported', 'fees_collected', 'fees_imported'],
  ...['recovered', 'created', 'minted'],
]

function row(transaction: TransactionJson): DevRow {
  return { account: transaction.account.address, lt: transaction.lt.toString(), json: exactJson(transaction) }
}
