import { FtError } from '../../core/errors.js'
import type { MetadataUpdate } from '../../core/events.js'
import { lessWhenTooLong } from './blockLogs.js'
import type { Call, Rpc } from './rpc.js'
import type { Scope } from './scope.js'
import { BATCH_METADATA_UPDATE, URI } from './topics.js'
import { parseLogs, quantity, type WireLog } from './wire.js'
import { uintAt } from './words.js'

/**
 * What contracts say in final blocks [from, to] of metadata that has changed: ERC-4906 (`MetadataUpdate`, `BatchMetadataUpdate`) and ERC-1155 (`URI`).
 * It only makes somebody look, so the logs are not held against headers.
 * @throws FtError as ChainAdapter lists them
 */
export async function readMetadataUpdates(
  rpc: Rpc,
  { updateFilters }: Pick<Scope, 'updateFilters'>,
  from: number,
  to: number,
): Promise<readonly MetadataUpdate[]> {
  const { name } = rpc.endpoint
  const place = { fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` }
  const calls = updateFilters.map(
    (filter): Call => ({ method: 'eth_getLogs', ranged: true, params: [{ ...filter, ...place }] }),
  )
  const [headAnswer, ...answers] = await lessWhenTooLong(
    rpc.batch([{ method: 'eth_blockNumber', params: [] }, ...calls]),
  )
  const head = quantity(name, 'the head', headAnswer)
  if (head < to) {
    throw new FtError('rpc_transient', `${name} is at block ${head}, behind ${to}`, { details: { endpoint: name } })
  }
  return answers.flatMap((answer) => parseLogs(name, answer)).flatMap(updatesOf)
}

/** What a log says; nothing where it is too short, or its range is none. Some contracts index the ids of ERC-4906, which it does not. */
function updatesOf({ address, topics, data }: WireLog): MetadataUpdate[] {
  const [topic, ...indexed] = topics
  const words = `0x${[...indexed, topic === URI ? '' : data].map((hex) => hex.replace(/^0x/, '')).join('')}`
  const ids = topic === BATCH_METADATA_UPDATE ? [0, 32] : [0]
  if (words.length < 2 + 64 * ids.length) return []
  const [first = 0n, last = first] = ids.map((offset) => uintAt(words, offset))
  return first <= last ? [{ contract: address, first, last }] : []
}
