import { FtError } from '../../core/errors.js'
import type { ChainBlock, ChainRange, Reread } from '../adapter.js'
import { isOutsideReceipts, readLogs, receiptLogs, type Source } from './blockLogs.js'
import { chainEvents } from './chainEvents.js'
import { byPlace } from './logs.js'
import { plain, readHeader, readRange } from './read.js'
import type { Rpc } from './rpc.js'
import { type EvmHeader, type WireLog, wrong } from './wire.js'

/* Second opinions on what eth_getLogs says of a block, from its receipts. */

/**
 * Contradicts an answer without logs when the receipts of the same block have some. False where the endpoint has no receipts.
 * @throws FtError rpc_invalid; as ChainAdapter lists them
 */
export async function refuteByReceipts(rpc: Rpc, source: Source, header: EvmHeader): Promise<boolean> {
  const logs = await receiptLogs(rpc, source, header)
  if (logs === null || logs.length === 0) return logs !== null
  throw wrong(
    rpc.endpoint.name,
    `eth_getLogs left out ${logs.length} logs of block ${header.number} that its receipts have`,
  )
}

/**
 * A block from its receipts, or from eth_getLogs where there are none. What is not found proves nothing where the receipts lack some logs
 * (`isOutsideReceipts`), or where there are none: an index of logs can have holes.
 */
export async function rereadBlock(rpc: Rpc, source: Source, number: number): Promise<Reread> {
  const header = await readHeader(rpc, number)
  const isOutside = isOutsideReceipts(source, number)
  const receipts = await receiptLogs(rpc, source, header)
  const logs = receipts === null || isOutside ? await readLogs(rpc, source, header) : []
  const all = union(receipts ?? [], logs)
  const block: ChainBlock = { header: plain(header), events: chainEvents(source.chainId, all, source.scope) }
  return { block, complete: receipts !== null && !isOutside }
}

/**
 * A range from one endpoint. The last block is held against its receipts where its bloom speaks of logs that are not there: an endpoint whose index
 * of logs lags leaves out the end of a range.
 * @throws FtError as ChainAdapter lists them
 */
export async function rereadRange(rpc: Rpc, source: Source, from: number, to: number): Promise<ChainRange> {
  const { range, doubtful } = await readRange(rpc, source, from, to)
  if (doubtful && (await rereadBlock(rpc, source, to)).block.events.length > 0) throw leftOut(rpc, to)
  return range
}

/** The error of an endpoint that has left out the last block of a range. */
export function leftOut({ endpoint: { name } }: Rpc, block: number): FtError {
  return new FtError('rpc_transient', `${name} left out the logs of block ${block}`, { details: { endpoint: name } })
}

function union(first: readonly WireLog[], second: readonly WireLog[]): readonly WireLog[] {
  const known = new Set(first.map(({ logIndex }) => logIndex))
  return byPlace([...first, ...second.filter(({ logIndex }) => !known.has(logIndex))])
}
