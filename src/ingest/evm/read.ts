import { FtError, isFtError } from '../../core/errors.js'
import type { BlockHeader, ChainBlock, ChainRange } from '../adapter.js'
import { lessWhenTooLong, readLogs, type Source } from './blockLogs.js'
import { bloomBytes, bloomHas } from './bloom.js'
import { chainEvents } from './chainEvents.js'
import { byBlock, checkLogs, mergeLogs } from './logs.js'
import type { Call, Rpc } from './rpc.js'
import type { Scope } from './scope.js'
import { TRANSFER_TOPICS } from './topics.js'
import { type EvmHeader, parseHeader, parseLogs, quantity, type WireLog, wrong } from './wire.js'

/** A block as one endpoint gives it. `doubtful`: it has no logs, although its bloom speaks of some. */
export interface ReadBlock {
  readonly header: EvmHeader
  readonly block: ChainBlock
  readonly doubtful: boolean
}

/** Blocks as one endpoint gives them. `doubtful`: the last one has no logs, although its bloom speaks of some. */
export interface ReadRange {
  readonly range: ChainRange
  readonly doubtful: boolean
}

/**
 * The header that an endpoint has for a height or tag (`latest`, `finalized`).
 * @throws FtError block_unknown when it has none
 */
export async function readHeader(rpc: Rpc, block: number | 'latest' | 'finalized'): Promise<EvmHeader> {
  const answer = await rpc.call('eth_getBlockByNumber', [typeof block === 'number' ? hex(block) : block, false])
  const header = parseHeader(rpc.endpoint.name, answer, typeof block === 'number' ? block : undefined)
  if (header === null) throw unknown(rpc.endpoint.name, block)
  return header
}

/**
 * One block from one endpoint: header by height, unless the endpoint has just given it (`known`), and logs by the hash of that header.
 * @throws FtError as ChainAdapter lists them
 */
export async function readBlock(
  rpc: Rpc,
  source: Source,
  number: number,
  known: EvmHeader | null = null,
): Promise<ReadBlock> {
  const { chainId, scope } = source
  const header = known?.number === number ? known : await readHeader(rpc, number)
  const logs = await readLogs(rpc, source, header)
  const doubtful = logs.length === 0 && speaksOfTransfers(header, scope)
  return { header, block: { header: plain(header), events: chainEvents(chainId, logs, scope) }, doubtful }
}

/** For a list of contracts, whether one of them may have emitted; for all contracts, whether anybody may have. */
function speaksOfTransfers(header: EvmHeader, scope: Scope): boolean {
  const bloom = bloomBytes(header.logsBloom)
  if (!TRANSFER_TOPICS.some((topic) => bloomHas(bloom, topic))) return false
  return scope.listed === null || [...scope.listed].some((address) => bloomHas(bloom, address))
}

/**
 * The blocks of [from, to], several, with their events, from one endpoint. Its head is asked for in the same batch: a node that is behind
 * `to` leaves the end of the range out without a word.
 * @throws FtError as ChainAdapter lists them
 */
export async function readRange(rpc: Rpc, source: Source, from: number, to: number): Promise<ReadRange> {
  const { name } = rpc.endpoint
  const place = { fromBlock: hex(from), toBlock: hex(to) }
  const calls: Call[] = source.scope.filters.map((filter) => ({
    method: 'eth_getLogs',
    ranged: true,
    params: [{ ...filter, ...place }],
  }))
  const [headAnswer, ...answers] = await lessWhenTooLong(
    rpc.batch([{ method: 'eth_blockNumber', params: [] }, ...calls]),
  )
  const head = quantity(name, 'the head', headAnswer)
  if (head < to) {
    throw new FtError('rpc_transient', `${name} is at block ${head}, behind ${to}`, { details: { endpoint: name } })
  }
  const queries = answers.map((answer) => parseLogs(name, answer))
  const blocks = byBlock(mergeLogs(name, queries))
  const heights = [...blocks.keys()]
  if (heights.some((height) => height < from || height > to)) {
    throw wrong(name, `logs came from outside blocks ${from} to ${to}`)
  }
  if (!blocks.has(to)) heights.push(to)
  const headers = await readHeaders(rpc, heights)
  const last = headers.at(-1)
  if (last === undefined) throw unknown(name, to)
  const read = headers.map((header) => chainBlock(name, source, header, blocks.get(header.number) ?? []))
  const range = { from, to, blocks: read.filter(({ events }) => events.length > 0), last: plain(last) }
  return { range, doubtful: !blocks.has(to) && speaksOfTransfers(last, source.scope) }
}

function chainBlock(
  endpoint: string,
  { chainId, scope }: Source,
  header: EvmHeader,
  logs: readonly WireLog[],
): ChainBlock {
  checkLogs(endpoint, chainId, header, logs)
  return { header: plain(header), events: chainEvents(chainId, logs, scope) }
}

async function readHeaders(rpc: Rpc, heights: readonly number[]): Promise<readonly EvmHeader[]> {
  const calls = heights.map((height) => ({ method: 'eth_getBlockByNumber', params: [hex(height), false] }))
  const answers = await rpc.batch(calls)
  return heights.map((height, index) => {
    const header = parseHeader(rpc.endpoint.name, answers[index], height)
    if (header === null) throw unknown(rpc.endpoint.name, height)
    return header
  })
}

/**
 * The chain's finalized block, or null where the endpoint has no such notion: it refuses the tag, or knows no such block.
 * @throws FtError for everything else
 */
export async function readFinalized(rpc: Rpc): Promise<BlockHeader | null> {
  try {
    return plain(await readHeader(rpc, 'finalized'))
  } catch (error) {
    // The JSON-RPC error code tells a refused tag from a refused key (an HTTP status).
    const isRefused = isFtError(error, 'rpc_fatal') && typeof error.details['rpcCode'] === 'number'
    if (isRefused || isFtError(error, 'block_unknown')) return null
    throw error
  }
}

/** The chain id that an endpoint says it serves. @throws FtError wrong_chain naming endpoint, expected and found id */
export async function checkChainId(rpc: Rpc, chainId: number): Promise<void> {
  const found = quantity(rpc.endpoint.name, 'the chain id', await rpc.call('eth_chainId', []))
  if (found === chainId) return
  const details = { endpoint: rpc.endpoint.name, expected: chainId, found }
  throw new FtError('wrong_chain', `${rpc.endpoint.name} serves chain ${found}, not ${chainId}`, { details })
}

/** The header without what only checking needs. */
export function plain({ number, hash, parentHash, time }: EvmHeader): BlockHeader {
  return { number, hash, parentHash, time }
}

function hex(number: number): string {
  return `0x${number.toString(16)}`
}

function unknown(endpoint: string, block: number | string): FtError {
  return new FtError('block_unknown', `${endpoint} does not have block ${block}`, { details: { endpoint, block } })
}
