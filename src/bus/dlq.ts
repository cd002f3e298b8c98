import { bytea, columns, integer, text, uuid } from '../core/columns.js'
import type { Queryable } from '../core/db.js'
import { isFtError, messageOf } from '../core/errors.js'
import { uuidv5 } from '../core/ids.js'
import type { Delivery } from '../worker/stream.js'

/** What could not be processed, why, and enough to try again. */
export interface DeadLetter {
  readonly topic: string
  readonly group: string
  readonly network: string | null
  /** What failed, unique within its group: the same failure again is the same row. */
  readonly key: string
  readonly payload: unknown
  readonly code: string
  readonly reason: string
  /** Canonical address of the contract whose event could not be read: what is said of it may lack something. */
  readonly contract?: string
  /** How often it was tried; default 1. Added up when the same letter is filed again. */
  readonly attempts?: number
}

/** Files dead letters: one row per (group, key), in the transaction of the caller. A letter that was resolved is open again. */
export async function putDeadLetters(tx: Queryable, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return
  await tx.query(
    `INSERT INTO system.dlq AS d
       (dlq_id, topic, consumer_group, network, key, payload, code, reason, attempts, contract, first_failed_at, last_failed_at)
     SELECT i.*, now(), now()
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::text[], $8::text[],
                 $9::int[], $10::bytea[]) AS i
     ON CONFLICT (dlq_id) DO UPDATE SET attempts = d.attempts + EXCLUDED.attempts,
       last_failed_at = EXCLUDED.last_failed_at, payload = EXCLUDED.payload, code = EXCLUDED.code,
       contract = EXCLUDED.contract, reason = EXCLUDED.reason, resolved_at = NULL, resolution = NULL`,
    columns(
      letters,
      uuid((letter) => uuidv5('dlq', letter.group, letter.key)),
      text((letter) => letter.topic),
      text((letter) => letter.group),
      text((letter) => letter.network),
      text((letter) => letter.key),
      text((letter) => JSON.stringify(letter.payload)),
      text((letter) => letter.code),
      text((letter) => letter.reason),
      integer((letter) => letter.attempts ?? 1),
      bytea((letter) => letter.contract ?? null),
    ),
  )
}

/** Closes the open letters of a group with these keys, as replayed: what they hold was processed in another way. */
export async function closeDeadLetters(tx: Queryable, group: string, keys: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE system.dlq SET resolved_at = now(), resolution = 'replayed' WHERE dlq_id = ANY($1::uuid[]) AND resolved_at IS NULL`,
    [keys.map((key) => uuidv5('dlq', group, key))],
  )
}

/** The dead letter of a message that a group could not handle. */
export function deadLetterOf(group: string, message: Delivery, attempts: number, error: unknown): DeadLetter {
  const { topic, key, payload } = message
  return {
    topic,
    group,
    network: networkOf(payload),
    key,
    payload,
    code: codeOf(error),
    reason: reasonOf(error),
    attempts,
  }
}

function networkOf(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !('network' in payload)) return null
  return typeof payload.network === 'string' ? payload.network : null
}

/** A registered code, a SQLSTATE, or `internal`. */
function codeOf(error: unknown): string {
  if (isFtError(error)) return error.code
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'internal'
}

/** The message of an error and of its causes, with a NUL-free text that PostgreSQL can store. */
function reasonOf(error: unknown): string {
  const texts: string[] = []
  for (let at = error; at !== undefined && texts.length < 5; at = at instanceof Error ? at.cause : undefined) {
    texts.push(messageOf(at))
  }
  return texts.join(' ← ').replaceAll('\0', '').slice(0, 4_000)
}
