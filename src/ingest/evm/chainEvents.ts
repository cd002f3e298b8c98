import { uuidv5 } from '../../core/ids.js'
import type { ChainEvent } from '../adapter.js'
import { mostEntries } from './erc1155.js'
import { consecutiveTokens } from './erc2309.js'
import type { EvmPayload } from './log.js'
import { packLog } from './packedLog.js'
import type { Scope } from './scope.js'
import { CONSECUTIVE_TRANSFER, TRANSFER_BATCH } from './topics.js'
import type { WireLog } from './wire.js'

/**
 * The events of one block from all its logs that the scope's filters gave, in chain order. The id names the fact and not its
 * place: the rank k counts the logs of the same transaction, contract, topic0 and number of topics, so that neither another
 * filter nor inclusion in another block changes it. Ranks are counted before anything is left out.
 */
export function chainEvents(chainId: number, logs: readonly WireLog[], scope: Pick<Scope, 'select'>): ChainEvent[] {
  const ranks = new Map<string, number>()
  const rankOf = new Map<WireLog, number>()
  for (const log of logs) {
    const group = `${log.txHash}${log.address}${log.topics[0] ?? ''}${log.topics.length}`
    const rank = ranks.get(group) ?? 0
    ranks.set(group, rank + 1)
    if (rank > 0) rankOf.set(log, rank)
  }
  return scope.select(logs).map((log) => chainEvent(chainId, log, rankOf.get(log) ?? 0))
}

function chainEvent(chainId: number, log: WireLog, rank: number): ChainEvent {
  const { txHash, address, topics, logIndex } = log
  const payload: EvmPayload = { log: packLog(log) }
  return {
    sourceEventId: uuidv5('evm', chainId, txHash, address, topics[0] ?? '', topics.length, rank),
    position: logIndex,
    txHash,
    contract: address,
    payload: { ...payload },
    ...movementsOf(log),
  }
}

function movementsOf(log: WireLog): Pick<ChainEvent, 'movements'> {
  const [topic] = log.topics
  if (topic === TRANSFER_BATCH) return { movements: mostEntries(log.data) }
  return topic === CONSECUTIVE_TRANSFER ? { movements: consecutiveTokens(log) } : {}
}
