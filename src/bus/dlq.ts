import { columns, type Tx } from '../core/db.js'
import { uuidv5 } from '../core/ids.js'

/** What could not be processed, why, and enough to try again. */
export interface DeadLetter {
  readonly topic: string
  readonly group: string
  readonly network: string | null
  /** What failed, unique within its group: the same failure again is the same row. */
  readonly key: string
  readonly payload: object
  readonly code: string
  readonly reason: string
}

/** Files dead letters: one row per (group, key), in the transaction of the caller. */
export async function putDeadLetters(tx: Tx, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return
  await tx.query(
    `INSERT INTO system.dlq AS d
       (dlq_id, topic, consumer_group, network, key, payload, code, reason, attempts, first_failed_at, last_failed_at)
     SELECT i.*, 1, now(), now()
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::text[], $8::text[]) AS i
     ON CONFLICT (dlq_id) DO UPDATE SET attempts = d.attempts + 1, last_failed_at = EXCLUDED.last_failed_at,
       payload = EXCLUDED.payload, code = EXCLUDED.code, reason = EXCLUDED.reason, resolved_at = NULL, resolution = NULL`,
    columns(
      letters,
      (letter) => uuidv5('dlq', letter.group, letter.key),
      (letter) => letter.topic,
      (letter) => letter.group,
      (letter) => letter.network,
      (letter) => letter.key,
      (letter) => JSON.stringify(letter.payload),
      (letter) => letter.code,
      (letter) => letter.reason,
    ),
  )
}
