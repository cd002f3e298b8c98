import { bloomBytes, bloomHas } from './bloom.js'
import { isOutsideBloom } from './stateSync.js'
import { type EvmHeader, type WireLog, wrong } from './wire.js'

/**
 * The logs of several queries as one list in chain order.
 * @throws FtError rpc_invalid when the logs of one query are not ascending, or two are at the same place
 */
export function mergeLogs(endpoint: string, queries: readonly (readonly WireLog[])[]): readonly WireLog[] {
  for (const logs of queries) checkOrder(endpoint, logs)
  const [first = [], ...others] = queries.filter((logs) => logs.length > 0)
  if (others.length === 0) return first
  const merged = byPlace([first, ...others].flat())
  checkOrder(endpoint, merged)
  return merged
}

/** Logs in chain order. */
export function byPlace(logs: readonly WireLog[]): WireLog[] {
  return [...logs].sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
}

function checkOrder(endpoint: string, logs: readonly WireLog[]): void {
  for (let index = 1; index < logs.length; index += 1) {
    const [before, log] = [logs[index - 1], logs[index]]
    if (before === undefined || log === undefined || before.blockNumber < log.blockNumber) continue
    if (before.blockNumber > log.blockNumber || before.logIndex >= log.logIndex) {
      throw wrong(endpoint, `log ${log.logIndex} of block ${log.blockNumber} is out of order or there twice`)
    }
  }
}

/**
 * Checks that logs are of the block whose header is given: same hash and height, and in the header's bloom (except what Polygon
 * keeps outside it). A load-balanced endpoint can answer header and logs from nodes that do not agree.
 * @throws FtError rpc_invalid
 */
export function checkLogs(endpoint: string, chainId: number, header: EvmHeader, logs: readonly WireLog[]): void {
  const bloom = bloomBytes(header.logsBloom)
  for (const log of logs) {
    if (log.blockHash !== header.hash || log.blockNumber !== header.number) {
      const place = `block ${log.blockNumber} ${log.blockHash}`
      throw wrong(endpoint, `a log of ${place} came with header ${header.number} ${header.hash}`)
    }
    const isInBloom = bloomHas(bloom, log.address) && log.topics.every((topic) => bloomHas(bloom, topic))
    if (isInBloom || isOutsideBloom(chainId, log)) continue
    throw wrong(endpoint, `log ${log.logIndex} of block ${header.number} is not in the header's bloom`)
  }
}

/** Cuts a list in chain order into the logs of each block, by height. */
export function byBlock(logs: readonly WireLog[]): Map<number, WireLog[]> {
  const blocks = new Map<number, WireLog[]>()
  for (const log of logs) {
    const block = blocks.get(log.blockNumber)
    if (block === undefined) blocks.set(log.blockNumber, [log])
    else block.push(log)
  }
  return blocks
}
