import { z } from 'zod'

/*
 * What TonAPI v2 answers, as far as it is read: a test holds these schemas against its own contract. Hashes and addresses come out
 * in lower case, 64-bit integers as bigint (`json.ts` keeps their digits); fields that are not named here are dropped.
 */

const hex64 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/)
  .toLowerCase()
const rawAddress = z
  .string()
  .regex(/^(0|-1):[0-9a-fA-F]{64}$/)
  .toLowerCase()
/** An int64: a number where it fits, else its digits. */
const int64 = z.union([z.int(), z.string().regex(/^-?\d{16,19}$/)]).transform((value) => BigInt(value))
const seqno = z.int().nonnegative()
const cellHex = z.string().regex(/^(?:[0-9a-fA-F]{2})*$/)
const accountStatus = z.enum(['nonexist', 'uninit', 'active', 'frozen'])

const party = z.object({ address: rawAddress, is_wallet: z.boolean() })

export const tonBlock = z.object({
  workchain_id: z.int(),
  shard: z.string().regex(/^[0-9a-fA-F]{1,16}$/),
  seqno,
  root_hash: hex64,
  global_id: z.int(),
  gen_utime: z.int().nonnegative(),
  end_lt: int64,
  tx_quantity: z.int().nonnegative(),
  prev_refs: z.array(z.string()),
})
export type TonBlock = z.infer<typeof tonBlock>

export const tonBlocks = z.object({ blocks: z.array(tonBlock) })

const message = z.object({
  msg_type: z.enum(['int_msg', 'ext_in_msg', 'ext_out_msg']),
  bounced: z.boolean(),
  value: int64,
  source: party.optional(),
  destination: party.optional(),
  op_code: z.string().optional(),
  init: z.object({ boc: cellHex }).optional(),
  raw_body: cellHex.optional(),
})
export type TonMessage = z.infer<typeof message>

export const tonTransaction = z.object({
  hash: hex64,
  lt: int64,
  account: party,
  success: z.boolean(),
  utime: z.int().nonnegative(),
  orig_status: accountStatus,
  end_status: accountStatus,
  aborted: z.boolean(),
  destroyed: z.boolean(),
  in_msg: message.optional(),
  out_msgs: z.array(message),
})
export type TonTransaction = z.infer<typeof tonTransaction>

export const tonTransactions = z.object({ transactions: z.array(tonTransaction) })

export const tonAccount = z.object({
  address: rawAddress,
  status: accountStatus,
  last_transaction_lt: int64,
  code: cellHex.optional(),
  data: cellHex.optional(),
})
export type TonAccount = z.infer<typeof tonAccount>

const tonItem = z.object({ address: rawAddress, metadata: z.record(z.string(), z.unknown()) })
export type TonItem = z.infer<typeof tonItem>

const tonCollection = z.object({ address: rawAddress, metadata: z.record(z.string(), z.unknown()).optional() })
export type TonCollection = z.infer<typeof tonCollection>

export const tonCollections = z.object({ nft_collections: z.array(tonCollection) })

export const tonItems = z.object({ nft_items: z.array(tonItem) })

export const tonAccounts = z.object({ accounts: z.array(tonAccount) })

const stackRecord = z.object({
  type: z.string(),
  cell: z.string().optional(),
  slice: z.string().optional(),
  num: z.string().optional(),
})
export type StackRecord = z.infer<typeof stackRecord>

export const methodResult = z.object({
  success: z.boolean(),
  exit_code: z.int(),
  stack: z.array(stackRecord),
})

/** The path of a block: `(workchain,shard,seqno)`. */
export function blockName({ workchain_id, shard, seqno }: Pick<TonBlock, 'workchain_id' | 'shard' | 'seqno'>): string {
  return `(${workchain_id},${shard},${seqno})`
}
