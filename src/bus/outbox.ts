import type { Tx } from '../core/db.js'

/** Most bytes of one message's events, as JSON: well below what a Redis entry or a reader's memory bears. */
const MESSAGE_BYTES = 512 * 1024

/** Puts messages on their way, in the transaction of the facts they tell: one insert, whatever their number. */
export async function enqueue(tx: Tx, topic: string, payloads: readonly object[]): Promise<void> {
  if (payloads.length === 0) return
  await tx.query('INSERT INTO system.outbox_events (topic, payload) SELECT $1, p FROM unnest($2::json[]) AS p', [
    topic,
    payloads.map((payload) => JSON.stringify(payload)),
  ])
}

/** Cuts a list into parts that fit a message each, in order. An empty list has no parts; one too large item is a part. */
export function splitBySize<T>(items: readonly T[], maxBytes = MESSAGE_BYTES): T[][] {
  const parts: T[][] = []
  let part: T[] = []
  let bytes = 0
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1
    if (part.length > 0 && bytes + size > maxBytes) {
      parts.push(part)
      part = []
      bytes = 0
    }
    part.push(item)
    bytes += size
  }
  if (part.length > 0) parts.push(part)
  return parts
}
