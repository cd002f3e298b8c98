import type { ChainBlock, Reread } from '../adapter.js'
import { isOutsideReceipts, readLogs, receiptLogs, type Source } from './blockLogs.js'
import { chainEvents } from './chainEvents.js'
import { byPlace } from './logs.js'
import { plain, readHeader } from './read.js'
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

function union(first: readonly WireLog[], second: readonly WireLog[]): readonly WireLog[] {
  const known = new Set(first.map(({ logIndex }) => logIndex))
  return byPlace([...first, ...second.filter(({ logIndex }) => !known.has(logIndex))])
}
