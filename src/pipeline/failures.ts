import { closeDeadLetters, putDeadLetters } from '../bus/dlq.js'
import type { Tx } from '../core/db.js'
import { type RawEvent, topicName } from '../core/events.js'
import type { Network } from '../core/networks.js'
import type { Normalized } from './normalize.js'

const GROUP = 'normalizer'

/** Files raw events that could not be read as dead letters of the normalizer: kept with their reason, to be replayed. */
export async function storeFailures(tx: Tx, network: Network, failures: Normalized['failures']): Promise<void> {
  await putDeadLetters(
    tx,
    failures.map(({ raw, reason }) => ({
      topic: topicName('chain.{network}.raw_events', network.name),
      group: GROUP,
      network: network.name,
      key: raw.sourceEventId,
      payload: { v: 1, network: network.name, completes: [], events: [raw] },
      code: 'event_undecodable',
      reason,
      contract: raw.contract,
    })),
  )
}

/** Closes the letters of raw events that could be read after all. */
export async function closeLetters(tx: Tx, events: readonly RawEvent[]): Promise<void> {
  await closeDeadLetters(
    tx,
    GROUP,
    events.map(({ sourceEventId }) => sourceEventId),
  )
}
