import { toHex } from 'viem'
import type { EvmRecording, RecordedLog } from '../mainnet.js'
import { hashOf, type ReplayBlock, type ReplayChain, type ReplayLog } from './chain.js'

/**
 * Recordings of one chain as one chain. What they lack is made up so that it fits: blocks in between, parents, and the places of
 * the few logs that were recorded without them.
 * @throws Error when the recordings are of different chains
 */
export function recordedChain(recordings: readonly EvmRecording[]): ReplayChain {
  const chainIds = new Set(recordings.map(({ chainId }) => chainId))
  const [chainId] = chainIds
  if (chainId === undefined || chainIds.size > 1) throw new Error('recordings of one chain only, please')
  const headers = new Map(recordings.flatMap(({ blocks }) => blocks).map((block) => [Number(block.number), block]))
  const logs = byHeight(recordings.flatMap((recording) => recording.logs))
  const recordedHash = (number: number) =>
    headers.get(number)?.hash ?? logs.get(number)?.find(({ blockHash }) => blockHash !== null)?.blockHash
  const hashAt = (number: number) =>
    recordedHash(number) ?? headers.get(number + 1)?.parentHash ?? hashOf(`${chainId}:block:${number}`)
  const block = (number: number): ReplayBlock => {
    const header = headers.get(number)
    const hash = hashAt(number)
    return {
      number,
      hash,
      parentHash: header?.parentHash ?? hashAt(number - 1),
      timestamp: Number(header?.timestamp ?? 1_600_000_000 + number),
      logs: placed(logs.get(number) ?? [], hash),
    }
  }
  const height = Math.max(...headers.keys(), ...logs.keys())
  return {
    chainId,
    height,
    block: (number) => (number < 0 || number > height ? undefined : block(number)),
    withLogs: [...logs.keys()].sort((a, b) => a - b).map(block),
  }
}

function byHeight(logs: readonly RecordedLog[]): Map<number, RecordedLog[]> {
  const heights = new Map<number, RecordedLog[]>()
  for (const log of logs) {
    const height = Number(log.blockNumber)
    heights.set(height, [...(heights.get(height) ?? []), log])
  }
  return heights
}

/** The logs of one block in order, each with its place; logs that were recorded without index come last. */
function placed(logs: readonly RecordedLog[], blockHash: string): readonly ReplayLog[] {
  let next = Math.max(-1, ...logs.map(({ logIndex }) => (logIndex === null ? -1 : Number(logIndex)))) + 1
  const unique = new Map<number, ReplayLog>()
  for (const log of logs) {
    const index = log.logIndex === null ? next++ : Number(log.logIndex)
    unique.set(index, {
      address: log.address,
      topics: log.topics,
      data: log.data,
      blockNumber: log.blockNumber,
      blockHash,
      transactionHash: log.transactionHash,
      transactionIndex: log.transactionIndex ?? '0x0',
      logIndex: toHex(index),
      removed: false,
    })
  }
  return [...unique.entries()].sort(([a], [b]) => a - b).map(([, log]) => log)
}
