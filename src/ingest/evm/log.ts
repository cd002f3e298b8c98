import type { RawEvent } from '../../core/events.js'
import { unpackLog } from './packedLog.js'
import { undecodable } from './words.js'

/** A log as the parsers read it, from a raw event's fields and payload. */
export interface EvmLog {
  readonly sourceEventId: string
  readonly contract: string
  readonly txHash: string
  readonly topics: readonly string[]
  readonly data: string
}

/** What `raw_payload` holds of an EVM log, packed; emitter, transaction and log index are fields of the raw event itself. */
export interface EvmPayload {
  /** See `packedLog.ts`. */
  readonly log: string
}

const TOPIC = /^0x[0-9a-f]{64}$/
const DATA = /^0x(?:[0-9a-f]{2})*$/

/**
 * The log in a raw event. Besides the packed form it reads `{ topics, data }`, which is easier to write by hand.
 * @throws FtError event_undecodable when the payload is not that of a log
 */
export function logOf(event: RawEvent): EvmLog {
  const { log, topics, data } = event.payload
  if (typeof log === 'string') return logWith(event, unpackLog(log))
  if (!isTopics(topics)) throw undecodable('the payload has no list of topics')
  if (typeof data !== 'string' || !DATA.test(data)) throw undecodable('the payload has no hexadecimal data')
  return logWith(event, { topics, data })
}

function logWith(event: RawEvent, { topics, data }: Pick<EvmLog, 'topics' | 'data'>): EvmLog {
  return { sourceEventId: event.sourceEventId, contract: event.contract, txHash: event.txHash, topics, data }
}

function isTopics(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((topic) => typeof topic === 'string' && TOPIC.test(topic))
}
