import { z } from 'zod'
import { FtError } from '../core/errors.js'
import type { DevTransaction, JournalEntry } from './journal.js'
import type { DevRpc, RpcCall } from './rpc.js'
import type { PlacedCode } from './seaport/contract.js'

/** A block as far as the development network looks at it; `time` in seconds since 1970. */
export interface DevBlock {
  readonly number: number
  readonly hash: string
  readonly time: number
  /** How many transactions it has. */
  readonly transactions: number
}

const blockAnswer = z.object({
  number: z.string(),
  hash: z.string(),
  timestamp: z.string(),
  transactions: z.array(z.string()),
})

const MWEI = 1_000_000
/** More transactions than this in one block would give the last ones no tip to be ordered by. */
export const MAX_TRANSACTIONS = 2000

/** Reads a block by tag or hexadecimal height. */
export async function readBlock(rpc: DevRpc, tag: string): Promise<DevBlock> {
  const [answer] = await rpc(['eth_getBlockByNumber', tag, false])
  const block = blockAnswer.parse(answer)
  return {
    number: Number(block.number),
    hash: block.hash,
    time: Number(block.timestamp),
    transactions: block.transactions.length,
  }
}

/**
 * Hands the node what the next block shall hold. Nothing is visible yet, and after a refusal nothing stays behind.
 * @throws FtError devnet_failed when the node refuses the time or a transaction
 */
export async function prepareBlock(rpc: DevRpc, transactions: readonly DevTransaction[], time: number): Promise<void> {
  if (transactions.length > MAX_TRANSACTIONS) {
    throw new FtError(
      'devnet_failed',
      `a development block takes ${MAX_TRANSACTIONS} transactions, not ${transactions.length}`,
    )
  }
  try {
    await rpc(['evm_setNextBlockTimestamp', time], ...transactions.map(sending))
  } catch (error) {
    await rpc(['anvil_dropAllTransactions'])
    throw error
  }
}

/** Does to the chain what an entry of the journal says, and gives the new head. */
export async function replayEntry(rpc: DevRpc, entry: JournalEntry, head: DevBlock): Promise<DevBlock> {
  if (entry.parent !== head.hash) {
    throw new FtError(
      'devnet_failed',
      `the development chain came out differently after block ${head.number}: remove its folder and the database that knows it`,
    )
  }
  if ('rollbackTo' in entry) return await rollBack(rpc, head.number - entry.rollbackTo)
  if ('code' in entry) {
    await placeCode(rpc, entry.code)
    return head
  }
  await prepareBlock(rpc, entry.transactions, entry.time)
  return await mineBlock(rpc)
}

/** Puts code at addresses; the state has it from the next block on. */
export async function placeCode(rpc: DevRpc, code: readonly PlacedCode[]): Promise<void> {
  await rpc(...code.map((placed) => ['anvil_setCode', placed.address, placed.code] as const))
}

/** Mines what was prepared. */
export async function mineBlock(rpc: DevRpc): Promise<DevBlock> {
  await rpc(['evm_mine'])
  return await readBlock(rpc, 'latest')
}

/** Removes the newest `depth` blocks. */
export async function rollBack(rpc: DevRpc, depth: number): Promise<DevBlock> {
  await rpc(['anvil_rollback', depth])
  return await readBlock(rpc, 'latest')
}

/** A falling tip keeps transactions in order, however their arrival interleaves: anvil orders a block by fees. */
function sending(transaction: DevTransaction, index: number): RpcCall {
  const tip = (MAX_TRANSACTIONS - index) * MWEI
  const gas = transaction.to === undefined ? 6_000_000 : 1_500_000
  return [
    'eth_sendTransaction',
    {
      ...transaction,
      gas: `0x${gas.toString(16)}`,
      maxFeePerGas: `0x${(100_000 * MWEI + tip).toString(16)}`,
      maxPriorityFeePerGas: `0x${tip.toString(16)}`,
    },
  ]
}
