import { isFtError } from '../../core/errors.js'
import type { ChainBlock, Reread } from '../adapter.js'
import { chainEvents } from './chainEvents.js'
import { byPlace, checkLogs } from './logs.js'
import { plain, readHeader, readLogs, type Source } from './read.js'
import type { Rpc } from './rpc.js'
import { type LogFilter, matchesFilter } from './scope.js'
import { POLYGON_CHAIN_ID, POLYGON_MADHUGIRI } from './topics.js'
import { type EvmHeader, parseReceiptLogs, type WireLog, wrong } from './wire.js'

/*
 * A second way to the logs of a block: its receipts. A node answers eth_getLogs from an index that can lag or have holes; receipts
 * are what it executed.
 */

/** The block's logs of interest in its receipts; null where the endpoint does not give receipts. @throws FtError as ChainAdapter lists them */
async function receiptLogs(rpc: Rpc, source: Source, header: EvmHeader): Promise<readonly WireLog[] | null> {
  const { name } = rpc.endpoint
  const answer = await receiptsOf(rpc, header)
  if (answer === null) return null
  const logs = byPlace(parseReceiptLogs(name, answer)).filter((log) => isAskedFor(log, source.scope.filters))
  checkLogs(name, source.chainId, header, logs)
  return logs
}

async function receiptsOf(rpc: Rpc, { number }: EvmHeader): Promise<unknown> {
  try {
    return await rpc.call('eth_getBlockReceipts', [`0x${number.toString(16)}`])
  } catch (error) {
    // The JSON-RPC error code tells a method that is missing from a refused key (an HTTP status).
    if (isFtError(error, 'rpc_fatal') && typeof error.details['rpcCode'] === 'number') return null
    throw error
  }
}

function isAskedFor(log: WireLog, filters: readonly LogFilter[]): boolean {
  return filters.some((filter) => matchesFilter(log, filter))
}

/**
 * Contradicts an answer without logs when the receipts of the same block have some.
 * @throws FtError rpc_invalid; as ChainAdapter lists them
 */
export async function refuteByReceipts(rpc: Rpc, source: Source, header: EvmHeader): Promise<void> {
  const logs = await receiptLogs(rpc, source, header)
  if (logs === null || logs.length === 0) return
  throw wrong(
    rpc.endpoint.name,
    `eth_getLogs left out ${logs.length} logs of block ${header.number} that its receipts have`,
  )
}

/**
 * A block from its receipts, or from eth_getLogs where there are none. Polygon's receipts had no state-sync logs before Madhugiri,
 * and only some nodes give those at all: what is not found there proves nothing.
 */
export async function rereadBlock(rpc: Rpc, source: Source, number: number): Promise<Reread> {
  const header = await readHeader(rpc, number)
  const isOutsideReceipts = source.chainId === POLYGON_CHAIN_ID && number < POLYGON_MADHUGIRI
  const receipts = await receiptLogs(rpc, source, header)
  const logs = receipts === null || isOutsideReceipts ? await readLogs(rpc, source, header) : []
  const all = union(receipts ?? [], logs)
  const block: ChainBlock = { header: plain(header), events: chainEvents(source.chainId, all, source.scope) }
  return { block, complete: !isOutsideReceipts }
}

function union(first: readonly WireLog[], second: readonly WireLog[]): readonly WireLog[] {
  const known = new Set(first.map(({ logIndex }) => logIndex))
  return byPlace([...first, ...second.filter(({ logIndex }) => !known.has(logIndex))])
}
