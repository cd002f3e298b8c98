import { FtError, isFtError } from '../../core/errors.js'
import { isTooLong } from '../http.js'
import { byPlace, checkLogs, mergeLogs } from './logs.js'
import type { Rpc } from './rpc.js'
import { type LogFilter, matchesFilter, type Scope } from './scope.js'
import { POLYGON_CHAIN_ID, POLYGON_MADHUGIRI } from './topics.js'
import { type EvmHeader, parseLogs, parseReceiptLogs, type WireLog } from './wire.js'

/*
 * Two ways to the logs of a block. A node answers eth_getLogs from an index that can lag or have holes, and providers limit how many
 * logs they give; receipts are what it executed, all of it.
 */

/** What reading needs to know of the network. */
export interface Source {
  readonly chainId: number
  readonly scope: Scope
}

/**
 * The logs of one block by the hash of its header, checked against it; from its receipts where they are more than the endpoint gives at
 * once: anybody can fill a block with them, and it must be passed all the same.
 * @throws FtError as ChainAdapter lists them
 */
export async function readLogs(rpc: Rpc, source: Source, header: EvmHeader): Promise<readonly WireLog[]> {
  try {
    return await logsByHash(rpc, source, header)
  } catch (error) {
    if (!isFtError(error, 'range_too_large')) throw error
    const logs = isOutsideReceipts(source, header.number) ? null : await receiptLogs(rpc, source, header)
    if (logs !== null) return logs
    // Not range_too_large: there is no smaller range, but another endpoint may have a higher limit.
    throw new FtError('rpc_transient', error.message, { cause: error, details: { endpoint: rpc.endpoint.name } })
  }
}

async function logsByHash(rpc: Rpc, { chainId, scope }: Source, header: EvmHeader): Promise<readonly WireLog[]> {
  const { name } = rpc.endpoint
  const calls = scope.filters.map((filter) => ({
    method: 'eth_getLogs',
    ranged: true,
    params: [{ ...filter, blockHash: header.hash }],
  }))
  const answers = await lessWhenTooLong(rpc.batch(calls))
  const logs = mergeLogs(
    name,
    answers.map((answer) => parseLogs(name, answer)),
  )
  checkLogs(name, chainId, header, logs)
  return logs
}

/** An answer that is too long to be read comes from a question that is too large. @throws FtError range_too_large */
export async function lessWhenTooLong<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!isTooLong(error)) throw error
    throw new FtError('range_too_large', error.message, { cause: error, details: error.details })
  }
}

/** Polygon's receipts had no state-sync logs before Madhugiri, and only some nodes give those at all. */
export function isOutsideReceipts({ chainId }: Source, number: number): boolean {
  return chainId === POLYGON_CHAIN_ID && number < POLYGON_MADHUGIRI
}

/** The block's logs of interest in its receipts; null where the endpoint does not give receipts. @throws FtError as ChainAdapter lists them */
export async function receiptLogs(rpc: Rpc, source: Source, header: EvmHeader): Promise<readonly WireLog[] | null> {
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
