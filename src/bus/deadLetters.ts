import type { Queryable } from '../core/db.js'

/** A row of system.dlq. */
export interface DeadLetterRow {
  readonly dlqId: string
  readonly topic: string
  readonly group: string
  readonly network: string | null
  readonly key: string
  readonly code: string
  readonly reason: string
  readonly attempts: number
  readonly firstFailedAt: Date
  readonly lastFailedAt: Date
  readonly resolvedAt: Date | null
  readonly resolution: string | null
}

/** Which letters are meant; an empty selection means all open ones. */
export interface DeadLetterSelection {
  readonly ids?: readonly string[]
  readonly topic?: string
  readonly group?: string
  readonly network?: string
  readonly code?: string
}

const FIELDS = `dlq_id AS "dlqId", topic, consumer_group AS "group", network, key, code, reason, attempts,
  first_failed_at AS "firstFailedAt", last_failed_at AS "lastFailedAt", resolved_at AS "resolvedAt", resolution`

const SELECTED = `($1::uuid[] IS NULL OR dlq_id = ANY($1)) AND ($2::text IS NULL OR topic = $2)
  AND ($3::text IS NULL OR consumer_group = $3) AND ($4::text IS NULL OR network = $4) AND ($5::text IS NULL OR code = $5)`

function parameters({ ids, topic, group, network, code }: DeadLetterSelection): unknown[] {
  return [ids ?? null, topic ?? null, group ?? null, network ?? null, code ?? null]
}

/** Dead letters, the newest failure first: the open ones, or with `resolved` also those replayed and dropped. */
export async function listDeadLetters(
  db: Queryable,
  selection: DeadLetterSelection = {},
  options: { readonly resolved?: boolean; readonly limit?: number } = {},
): Promise<DeadLetterRow[]> {
  return await db.query<DeadLetterRow>(
    `SELECT ${FIELDS} FROM system.dlq WHERE ${SELECTED} AND ($6 OR resolved_at IS NULL)
     ORDER BY last_failed_at DESC, dlq_id LIMIT $7`,
    [...parameters(selection), options.resolved ?? false, options.limit ?? 100],
  )
}

/** One letter with its payload; null when there is none with this id. */
export async function showDeadLetter(
  db: Queryable,
  dlqId: string,
): Promise<(DeadLetterRow & { readonly payload: unknown }) | null> {
  const [row] = await db.query<DeadLetterRow & { payload: unknown }>(
    `SELECT ${FIELDS}, payload FROM system.dlq WHERE dlq_id = $1`,
    [dlqId],
  )
  return row ?? null
}

/**
 * Sends open letters on their way again, in the order in which they first failed, and marks them replayed, in one statement.
 * Every group of the topic gets the message again: those that have applied it find that they have. Gives the ids.
 */
export async function replayDeadLetters(db: Queryable, selection: DeadLetterSelection): Promise<string[]> {
  const rows = await db.query<{ dlqId: string }>(
    `WITH chosen AS (
       SELECT dlq_id, topic, payload, first_failed_at FROM system.dlq
       WHERE ${SELECTED} AND resolved_at IS NULL ORDER BY first_failed_at, dlq_id FOR UPDATE),
     sent AS (
       INSERT INTO system.outbox_events (topic, payload)
       SELECT topic, payload FROM chosen ORDER BY first_failed_at, dlq_id)
     UPDATE system.dlq d SET resolved_at = now(), resolution = 'replayed'
     FROM chosen c WHERE d.dlq_id = c.dlq_id RETURNING d.dlq_id AS "dlqId"`,
    parameters(selection),
  )
  return rows.map(({ dlqId }) => dlqId)
}

/** Closes open letters without sending them again; the rows stay. Gives the ids. */
export async function dropDeadLetters(db: Queryable, selection: DeadLetterSelection): Promise<string[]> {
  const rows = await db.query<{ dlqId: string }>(
    `UPDATE system.dlq SET resolved_at = now(), resolution = 'dropped'
     WHERE ${SELECTED} AND resolved_at IS NULL RETURNING dlq_id AS "dlqId"`,
    parameters(selection),
  )
  return rows.map(({ dlqId }) => dlqId)
}

/** How many letters are open. */
export async function deadLetterDepth(db: Queryable): Promise<number> {
  const [row] = await db.query<{ depth: number }>(
    'SELECT count(*)::int AS depth FROM system.dlq WHERE resolved_at IS NULL',
  )
  return row?.depth ?? 0
}

/** Removes letters that were replayed or dropped more than 90 days ago. */
export async function forgetDeadLetters(db: Queryable): Promise<void> {
  await db.query(`DELETE FROM system.dlq WHERE resolved_at < now() - interval '90 days'`)
}
