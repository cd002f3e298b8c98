import type { Queryable, Session } from '../core/db.js'

/*
 * system.streams: what PostgreSQL knows of the streams. Batches are microseconds since 1970.
 */

const TIME = (parameter: string) => `timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond'`
const MICROS = (column: string) => `(extract(epoch FROM ${column}) * 1000000)::bigint`

/** How far a topic is. */
export interface Progress {
  readonly topic: string
  readonly publishedTo: number
  readonly acknowledgedTo: number
}

/** The topics that were ever put on a stream. */
export async function readProgress(session: Queryable): Promise<Progress[]> {
  return await session.query<Progress>(
    `SELECT topic, ${MICROS('published_to')} AS "publishedTo", ${MICROS('acknowledged_to')} AS "acknowledgedTo"
     FROM system.streams`,
  )
}

/** The clock of the database, in microseconds since 1970. */
export async function databaseTime(session: Queryable): Promise<number> {
  const [row] = await session.query<{ now: number }>(`SELECT ${MICROS('clock_timestamp()')} AS now`)
  return row?.now ?? 0
}

/** Marks messages of a topic as published in a batch. */
export async function markStreamed(
  session: Queryable,
  topic: string,
  seqs: readonly number[],
  batch: number,
): Promise<void> {
  await session.prepared(
    'ft_streams_mark',
    `WITH marked AS (
       UPDATE system.outbox_events SET published_at = ${TIME('$3')} WHERE seq = ANY($2::bigint[]))
     INSERT INTO system.streams AS s (topic, published_to, acknowledged_to) VALUES ($1, ${TIME('$3')}, ${TIME('$3')})
     ON CONFLICT (topic) DO UPDATE SET published_to = EXCLUDED.published_to`,
    [topic, seqs, batch],
  )
}

/** Every group has acknowledged what was published on the topic before this batch. */
export async function acknowledgeTo(session: Queryable, topic: string, batch: number): Promise<void> {
  await session.prepared(
    'ft_streams_acknowledge',
    `UPDATE system.streams SET acknowledged_to = greatest(acknowledged_to, ${TIME('$2')}) WHERE topic = $1`,
    [topic, batch],
  )
}

/** Sets pending again what was published on the topic and may not be acknowledged by every group. Gives how many there were. */
export async function publishAgain(session: Queryable, topic: string): Promise<number> {
  const [row] = await session.query<{ count: number }>(
    `WITH again AS (
       UPDATE system.outbox_events o SET published_at = NULL FROM system.streams s
       WHERE s.topic = $1 AND o.topic = s.topic AND o.published_at >= s.acknowledged_to RETURNING 1)
     SELECT count(*)::int AS count FROM again`,
    [topic],
  )
  return row?.count ?? 0
}

/** Takes back what is on streams, for a bus that reads none: it becomes pending again. Gives how many messages. */
export async function leaveStreams(session: Session): Promise<number> {
  let count = 0
  for (const { topic } of await readProgress(session)) {
    count += await publishAgain(session, topic)
    await session.query('DELETE FROM system.streams WHERE topic = $1', [topic])
  }
  return count
}
