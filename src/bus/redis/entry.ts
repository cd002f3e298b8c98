import type { Reply } from './connection.js'

/**
 * An entry of a stream is one message of the outbox. Its id is `<batch>-<seq>`: seq names the message for good, and batch, the
 * time of publishing in microseconds (system.outbox_events.published_at), makes ids rise whatever the order of commits was.
 */
export interface Entry {
  readonly id: string
  readonly seq: number
  readonly enqueuedAt: Date
  /** JSON text. */
  readonly payload: string
}

export const TIME_FIELD = 't'
export const PAYLOAD_FIELD = 'p'

/** The id of a message in a batch. */
export function entryId(batch: number, seq: number): string {
  return `${batch}-${seq}`
}

/** The batch of an id, in microseconds since 1970. */
export function batchOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')))
}

/** Whether `a` comes before `b`. */
export function isBefore(a: string, b: string): boolean {
  const batches = batchOf(a) - batchOf(b)
  return batches === 0 ? seqOf(a) < seqOf(b) : batches < 0
}

function seqOf(id: string): number {
  return Number(id.slice(id.indexOf('-') + 1))
}

/** The entries in a reply of XREADGROUP for one stream: nothing, or `[[stream, entries]]`. */
export function entriesOfStream(reply: Reply): Entry[] {
  if (!Array.isArray(reply)) return []
  return listOf(reply).flatMap((stream) => entriesOf(listOf(stream)[1] ?? null))
}

/** The entries in a reply of the form `[[id, [field, value, …]], …]`; those that are no longer there are left out. */
export function entriesOf(reply: Reply): Entry[] {
  return listOf(reply).flatMap((item) => {
    const [id, fields] = listOf(item)
    if (typeof id !== 'string' || !Array.isArray(fields)) return []
    const values = fieldsOf(fields)
    return [
      {
        id,
        seq: seqOf(id),
        enqueuedAt: new Date(Number(values.get(TIME_FIELD))),
        payload: String(values.get(PAYLOAD_FIELD)),
      },
    ]
  })
}

/** A reply that is a list; an empty one when Redis said nil. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : []
}

/** A flat list of names and values as a map. */
export function fieldsOf(reply: Reply | undefined): Map<string, Reply> {
  const list = listOf(reply)
  const fields = new Map<string, Reply>()
  for (let at = 0; at + 1 < list.length; at += 2) fields.set(String(list[at]), list[at + 1] ?? null)
  return fields
}
