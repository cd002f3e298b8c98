import { columns, json } from '../core/columns.js'
import type { Queryable, Tx } from '../core/db.js'
import { FtError } from '../core/errors.js'
import { isTopic } from '../core/events.js'

/** Most bytes of one message's events, as JSON: well below what a Redis entry or a reader's memory bears. */
export const MESSAGE_BYTES = 512 * 1024

const INSERT = 'INSERT INTO system.outbox_events (topic, payload) SELECT $1, p FROM unnest($2::json[]) AS p'

/**
 * Puts messages on their way, in order, in the transaction of the facts they tell: one insert, whatever their number. When the
 * transaction commits, whoever delivers is woken; when it does not, nothing was said.
 * @throws FtError message_invalid for a topic that core/events does not have: nobody would ever read it
 */
export async function enqueue(tx: Tx, topic: string, payloads: readonly object[]): Promise<void> {
  if (!isTopic(topic)) throw new FtError('message_invalid', `${topic} is no topic of core/events`)
  if (payloads.length > 0) tx.send(INSERT, [topic, ...columns(payloads, asJson)])
}

/** The same outside a transaction and for any topic: for a message that stands for itself. */
export async function insertMessages(db: Queryable, topic: string, payloads: readonly object[]): Promise<void> {
  if (payloads.length > 0) await db.prepared('ft_outbox_insert', INSERT, [topic, ...columns(payloads, asJson)])
}

const asJson = json((payload: object) => JSON.stringify(payload))

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

/** How much is waiting in the outbox: messages, and the age of the oldest in seconds (0 when none waits). */
export async function outboxDepth(db: Queryable): Promise<{ pending: number; oldestSeconds: number }> {
  const [row] = await db.query<{ pending: number; oldestSeconds: number }>(
    `SELECT count(*)::int AS pending,
            coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS "oldestSeconds"
     FROM system.outbox_events WHERE published_at IS NULL`,
  )
  return { pending: row?.pending ?? 0, oldestSeconds: Math.max(0, row?.oldestSeconds ?? 0) }
}

/** How one topic of the outbox stands. */
export interface OutboxTopic {
  readonly topic: string
  readonly pending: number
  /** Age of the oldest pending message in seconds; 0 when none waits. */
  readonly oldestSeconds: number
  /** Messages published within the last minute, as far as they are among the newest 100,000 of all topics. */
  readonly publishedLastMinute: number
}

/** Every topic on which something waits or has just moved, by name. Reads what waits and the newest messages, not all that is kept. */
export async function outboxTopics(db: Queryable): Promise<OutboxTopic[]> {
  return await db.query<OutboxTopic>(
    `WITH waiting AS (
       SELECT topic, count(*)::int AS pending, extract(epoch FROM now() - min(created_at))::float8 AS oldest
       FROM system.outbox_events WHERE published_at IS NULL GROUP BY topic),
     moved AS (
       SELECT topic, count(*) FILTER (WHERE published_at > now() - interval '1 minute')::int AS published
       FROM system.outbox_events WHERE seq > (SELECT max(seq) - 100000 FROM system.outbox_events) GROUP BY topic)
     SELECT topic, coalesce(pending, 0) AS pending, greatest(0, coalesce(oldest, 0)) AS "oldestSeconds",
       coalesce(published, 0) AS "publishedLastMinute"
     FROM waiting FULL JOIN moved USING (topic) ORDER BY topic`,
  )
}
