import type { RawEvent } from './events.js'

type Payload = RawEvent['payload']

/** A payload as `ingest.raw_events` has it: bytes as bytes, since base64 in jsonb takes twice the room. */
export interface StoredPayload {
  readonly raw_payload: Payload
  /** As `core/db` gives bytes (`0x…`); null when the payload has no packed log, or its row is of before there was the column. */
  readonly packed_log: string | null
}

/** Takes the packed log (`log`, base64) out of a payload. `joinPayload` gives exactly the payload back. */
export function splitPayload(payload: Payload): StoredPayload {
  const { log, ...rest } = payload
  if (typeof log !== 'string') return { raw_payload: payload, packed_log: null }
  const bytes = Buffer.from(log, 'base64')
  // What is no base64 would not come back as it was
  if (bytes.toString('base64') !== log) return { raw_payload: payload, packed_log: null }
  return { raw_payload: rest, packed_log: `0x${bytes.toString('hex')}` }
}

/** The payload of a stored event. */
export function joinPayload({ raw_payload, packed_log }: StoredPayload): Payload {
  if (packed_log === null) return raw_payload
  return { ...raw_payload, log: Buffer.from(packed_log.slice(2), 'hex').toString('base64') }
}
