import { columns, integer, text } from '../core/columns.js'
import { type Db, isConnectionError, type Queryable, type Session } from '../core/db.js'
import { Tenure, type TenureOptions } from '../core/tenure.js'
import type { Log } from '../worker/log.js'

/** A message of the outbox that is on its way. */
export interface PendingRow {
  readonly seq: number
  readonly topic: string
  /** JSON text. */
  readonly payload: string
  readonly attempts: number
  readonly createdAt: Date
}

/**
 * Key of the session lock of the one process that delivers from the outbox, and marks what is in it: "ft.outbx" in ASCII. One
 * at a time, so that the order of a topic holds.
 */
export const OUTBOX_LOCK = 0x66742e6f75746278n.toString()

/** The right to read the outbox and to mark what is in it; `work` has it. */
export function outboxTenure(db: Db, log: Log | undefined, work: TenureOptions['work']): Tenure {
  return new Tenure({ db, log, key: OUTBOX_LOCK, what: 'the work on the outbox', prepare: listenToOutbox, work })
}

/** From here on the session hears of every commit that put something into the outbox. */
async function listenToOutbox(session: Session): Promise<void> {
  // Losing the last marks in a crash of the server means delivering again, which everyone bears; waiting for the disk does not.
  await session.query('SET synchronous_commit = off')
  await session.query('LISTEN ft_outbox')
}

/** Says that this process delivers from now on. Whether the one before it ended without saying so. */
export async function beginDelivery(session: Queryable): Promise<boolean> {
  const taken = await session.query('INSERT INTO system.deliverer DEFAULT VALUES ON CONFLICT DO NOTHING RETURNING 1')
  return taken.length === 0
}

/** Says that nothing is in the hands of this process any more. */
export async function endDelivery(session: Queryable): Promise<void> {
  await session.query('DELETE FROM system.deliverer')
}

/**
 * Pending messages in order of seq, per topic at most as many as there is room for, and none after those that make up `bytes`, without
 * those that are in hand. A status per row, not a position in the sequence, decides what is pending: seq is given out before the commit,
 * so that a lower number may become visible after a higher one.
 */
export async function readPending(
  session: Queryable,
  rooms: readonly { readonly topic: string; readonly room: number }[],
  after: number,
  inHand: readonly number[],
  bytes: number,
): Promise<PendingRow[]> {
  return await session.prepared<PendingRow>(
    'ft_outbox_read',
    `SELECT m.seq, m.topic, m.payload, m.attempts, m.created_at AS "createdAt"
     FROM unnest($1::text[], $2::int[]) AS t(topic, room)
     CROSS JOIN LATERAL (
       SELECT p.*, sum(octet_length(p.payload)) OVER (ORDER BY p.seq) - octet_length(p.payload) AS before
       FROM (
         SELECT o.seq, o.topic, o.payload::text AS payload, o.attempts, o.created_at
         FROM system.outbox_events o
         WHERE o.published_at IS NULL AND o.topic = t.topic AND o.seq > $3 AND o.seq <> ALL($4::bigint[])
         ORDER BY o.seq LIMIT t.room) AS p) AS m
     WHERE m.before < $5`,
    [
      ...columns(
        rooms,
        text(({ topic }) => topic),
        integer(({ room }) => room),
      ),
      after,
      inHand,
      bytes,
    ],
  )
}

/** Ends the way of these messages. */
export async function markPublished(session: Queryable, seqs: readonly number[]): Promise<void> {
  await session.prepared(
    'ft_outbox_mark',
    'UPDATE system.outbox_events SET published_at = now() WHERE seq = ANY($1::bigint[])',
    [seqs],
  )
}

/** Topics other than these on which messages are pending, and how many. */
export async function pendingElsewhere(
  session: Queryable,
  topics: readonly string[],
): Promise<{ topic: string; count: number }[]> {
  return await session.query<{ topic: string; count: number }>(
    `SELECT topic, count(*)::int AS count FROM system.outbox_events
     WHERE published_at IS NULL AND topic <> ALL($1::text[]) GROUP BY topic ORDER BY topic`,
    [topics],
  )
}

/**
 * Keeps how often a message has failed, where the next process finds it. All its groups share the number: one that is above `before`, what
 * this group kept last, is another's and stays.
 */
export async function keepAttempts(session: Queryable, seq: number, before: number, attempts: number): Promise<void> {
  await session.query('UPDATE system.outbox_events SET attempts = $3 WHERE seq = $1 AND attempts <= $2', [
    seq,
    before,
    attempts,
  ])
}

/**
 * How long published messages are kept, in hours, for people who look into what happened. How far finality is does not matter: a fork comes as a
 * message of its own and finds in the ledger what it takes back, so nothing reads a message again that every group has acknowledged.
 */
const KEEP_HOURS = 24

/**
 * Partitions for what is still to come, without which the next insert would fail; those of which nothing is needed any more are
 * dropped. There are some to spare, so what the database refuses is logged, and nobody's delivery ends of it.
 * @throws when the database cannot be reached
 */
export async function tendPartitions(session: Queryable, log: Log | undefined): Promise<void> {
  try {
    await session.query('SELECT system.ensure_outbox_partitions()')
    await session.query('SELECT system.drop_outbox_partitions(make_interval(hours => $1))', [KEEP_HOURS])
  } catch (error) {
    if (isConnectionError(error)) throw error
    log?.error({ err: error }, 'the partitions of the outbox could not be tended')
  }
}
