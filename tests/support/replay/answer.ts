import { toHex } from 'viem'
import { bloomAdd } from '../../../src/ingest/evm/bloom.js'
import { isOutsideBloom } from '../../../src/ingest/evm/stateSync.js'
import type { ReplayBlock, ReplayChain, ReplayLog } from './chain.js'
import { findBlock, getLogs, type LogQuery, RpcRefusal } from './getLogs.js'

/** What of a chain a node shows at the moment. */
export interface NodeState {
  chain: ReplayChain
  head: number
  /** null: the node has no finalized block. */
  finalized: number | null
  /** null: the node has no safe block. */
  safe: number | null
  /** Most blocks, and most logs, that one eth_getLogs may ask for. */
  mostBlocks: number
  mostLogs: number
}

/**
 * The result of one call.
 * @throws RpcRefusal for what the node refuses
 */
export function answer(state: NodeState, method: string, params: readonly unknown[]): unknown {
  switch (method) {
    case 'eth_chainId':
      return toHex(state.chain.chainId)
    case 'eth_blockNumber':
      return toHex(state.head)
    case 'eth_getBlockByNumber':
      return header(state.chain, blockAt(state, params[0]))
    case 'eth_getBlockByHash':
      return header(state.chain, findBlock(state.chain, state.head, String(params[0])))
    case 'eth_getBlockReceipts':
      return receipts(blockAt(state, params[0]))
    case 'eth_getLogs':
      return limited(state, params[0])
    default:
      throw new RpcRefusal(-32601, `the method ${method} does not exist/is not available`)
  }
}

function blockAt(state: NodeState, tag: unknown): ReplayBlock | undefined {
  const { chain, head } = state
  if (tag === 'latest') return chain.block(head)
  if (tag === 'finalized' || tag === 'safe') {
    const number = state[tag]
    if (number === null) throw new RpcRefusal(-39001, `${tag} block not found`)
    return chain.block(number)
  }
  const number = Number(tag)
  return number > head ? undefined : chain.block(number)
}

function header(chain: ReplayChain, block: ReplayBlock | undefined): object | null {
  return block === undefined ? null : headerOf(chain, block)
}

const headers = new WeakMap<ReplayBlock, object>()

/** A block's header as a node has it: made once, since the filter of its logs takes milliseconds. A block is of one chain. */
export function headerOf(chain: ReplayChain, block: ReplayBlock): object {
  const known = headers.get(block)
  if (known !== undefined) return known
  const made = Object.freeze(makeHeader(chain, block))
  headers.set(block, made)
  return made
}

function makeHeader(chain: ReplayChain, block: ReplayBlock): object {
  const bloom = new Uint8Array(256)
  for (const log of block.logs) {
    if (isOutsideBloom(chain.chainId, { ...log, blockNumber: block.number, txHash: log.transactionHash })) continue
    for (const item of [log.address, ...log.topics]) bloomAdd(bloom, item)
  }
  return {
    number: toHex(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: toHex(block.timestamp),
    logsBloom: toHex(bloom),
    transactions: [],
  }
}

/** Receipts as far as they carry logs, in the order of their transactions. */
function receipts(block: ReplayBlock | undefined): unknown {
  if (block === undefined) return null
  const byTransaction = new Map<string, ReplayLog[]>()
  for (const log of block.logs) {
    byTransaction.set(log.transactionHash, [...(byTransaction.get(log.transactionHash) ?? []), log])
  }
  return [...byTransaction].map(([transactionHash, logs]) => ({ transactionHash, status: '0x1', logs }))
}

function limited(state: NodeState, argument: unknown): unknown {
  if (!isQuery(argument)) throw new RpcRefusal(-32602, 'invalid argument 0')
  const blocks = Number(argument.toBlock ?? 0) - Number(argument.fromBlock ?? 0) + 1
  if (blocks > state.mostBlocks) throw new RpcRefusal(-32600, 'block range is too wide')
  const logs = getLogs(state.chain, state.head, argument)
  if (logs.length > state.mostLogs) {
    throw new RpcRefusal(-32005, `query returned more than ${state.mostLogs} results`)
  }
  return logs
}

function isQuery(argument: unknown): argument is LogQuery {
  return typeof argument === 'object' && argument !== null
}
