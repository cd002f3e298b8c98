import { deadLetterDepth } from '../../bus/deadLetters.js'
import { outboxDepth } from '../../bus/outbox.js'
import { OUTBOX_LOCK } from '../../bus/pending.js'
import type { Queryable } from '../../core/db.js'
import { INGEST_LOCK } from '../../ingest/cursor.js'
import { type AskingState, readAskingState } from '../../observability/askingState.js'
import { heldLocks, type LeaderLock } from '../../observability/leaders.js'
import { type NetworkState, readNetworkStates } from '../../observability/networkState.js'
import { readStorageState, type StorageState } from '../../observability/storageState.js'
import { beatLock } from '../../worker/postgresBeat.js'

/** Where the whole system stands, as the database has it: what `ft status` shows and the task `monitor` measures. */
export interface SystemState {
  readonly at: Date
  readonly networks: readonly NetworkState[]
  readonly outbox: { readonly pending: number; readonly oldestSeconds: number }
  readonly deadLetters: number
  /** Whether a process holds the lock, by task. */
  readonly leaders: ReadonlyMap<string, boolean>
  readonly storage: StorageState
  readonly asking: AskingState
}

/**
 * Reads it, as a role that may read `ref`, `ingest`, `ledger`, `catalog`, `market`, `projection` and `system`. `once` are the tasks that have a beat
 * (`needsBeat`).
 */
export async function readState(db: Queryable, once: readonly string[]): Promise<SystemState> {
  const networks = await readNetworkStates(db)
  const locks: LeaderLock[] = networks.map(({ id, name }) => ({ task: `ingest-${name}`, key: [INGEST_LOCK, id] }))
  return {
    at: new Date(),
    networks,
    outbox: await outboxDepth(db),
    deadLetters: await deadLetterDepth(db),
    leaders: await heldLocks(db, [
      ...locks,
      { task: 'outbox', key: BigInt(OUTBOX_LOCK) },
      ...once.map((task) => ({ task, key: BigInt(beatLock(task)) })),
    ]),
    storage: await readStorageState(db),
    asking: await readAskingState(db, { metadata: namesOf(once, 'metadata-'), openings: namesOf(once, 'openings-') }),
  }
}

/** The networks of the tasks that are named so: a task is there where it is switched on. */
function namesOf(tasks: readonly string[], prefix: string): string[] {
  return tasks.filter((task) => task.startsWith(prefix)).map((task) => task.slice(prefix.length))
}
