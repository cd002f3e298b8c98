import { setTimeout as delay } from 'node:timers/promises'
import { BRANCH } from '../core/branch.js'
import type { Db, Queryable, Session, Tx } from '../core/db.js'
import { FtError } from '../core/errors.js'
import type { BlockRef, BlockSpan } from '../core/events.js'
import { openLiveSession } from '../core/liveSession.js'
import type { Network } from '../core/networks.js'

const LOCK_RETRY_MS = 500
/** Name of the session lock of a network's only writer; the network's id is its number. */
export const INGEST_LOCK = 'ft.ingest'

export type SyncState = 'backfilling' | 'live' | 'disputed'

/** How far a network is stored, and how far the chain calls it final. Null: nothing yet. */
export interface Cursor {
  readonly block: { readonly number: number; readonly hash: string } | null
  readonly finalized: { readonly number: number; readonly hash: string } | null
  readonly state: SyncState
}

/** The right to write a network: a session lock while the process is seen to live, and an epoch that every commit checks. */
export interface Lease {
  readonly epoch: number
  /** Aborted when the session, and with it the lock, is lost. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/**
 * Waits until this process is the network's only writer. The lock alone is not enough: a writer that lost its session may still
 * have a transaction open elsewhere; its commit fails on the epoch.
 */
export async function acquireLease(db: Db, network: Network, signal: AbortSignal): Promise<Lease> {
  return await lease(db, network, (session) => waitForLock(session, network, signal))
}

/**
 * Becomes the network's only writer at once, for work that must not run beside another one.
 * @throws FtError lease_held when there is a writer
 */
export async function tryLease(db: Db, network: Network): Promise<Lease> {
  return await lease(db, network, async (session) => {
    if (await tryLock(session, network)) return
    throw new FtError('lease_held', `${network.name} is being written by a running process: stop it (ft up) first`)
  })
}

async function lease(db: Db, network: Network, lock: (session: Session) => Promise<void>): Promise<Lease> {
  const session = await openLiveSession(db)
  const lost = new AbortController()
  session.lost.addEventListener('abort', () => {
    const cause = session.lost.reason
    lost.abort(new FtError('lease_lost', `the session that holds the lease of ${network.name} broke`, { cause }))
  })
  try {
    await lock(session)
    const [row] = await session.query<{ lease_epoch: number }>(
      'UPDATE system.sync_cursors SET lease_epoch = lease_epoch + 1 WHERE network_id = $1 RETURNING lease_epoch',
      [network.id],
    )
    if (row === undefined) throw new FtError('internal', `network ${network.name} has no cursor row`)
    return { epoch: row.lease_epoch, lost: lost.signal, release: () => session.release() }
  } catch (error) {
    await session.release()
    throw error
  }
}

/** A blocking pg_advisory_lock could not be given up on shutdown, so the lock is asked for again and again. */
async function waitForLock(session: Session, network: Network, signal: AbortSignal): Promise<void> {
  while (!(await tryLock(session, network))) await delay(LOCK_RETRY_MS, undefined, { signal })
}

async function tryLock(session: Session, network: Network): Promise<boolean> {
  const [row] = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtext($1), $2) AS held', [
    INGEST_LOCK,
    network.id,
  ])
  return row?.held === true
}

/** Where the network stands. */
export async function readCursor(db: Queryable, network: Network): Promise<Cursor> {
  const [row] = await db.query<{
    block_number: number | null
    block_hash: string | null
    finalized_number: number | null
    finalized_hash: string | null
    state: SyncState
  }>(
    'SELECT block_number, block_hash, finalized_number, finalized_hash, state FROM system.sync_cursors WHERE network_id = $1',
    [network.id],
  )
  if (row === undefined) throw new FtError('internal', `network ${network.name} has no cursor row`)
  return {
    block:
      row.block_number === null || row.block_hash === null ? null : { number: row.block_number, hash: row.block_hash },
    finalized:
      row.finalized_number === null || row.finalized_hash === null
        ? null
        : { number: row.finalized_number, hash: row.finalized_hash },
    state: row.state,
  }
}

/**
 * Moves the cursor, in the transaction that stored the blocks. Gives the branch that they are of.
 * @throws FtError lease_lost when another writer has taken over since
 */
export async function moveCursor(
  tx: Tx,
  network: Network,
  lease: Lease,
  block: Pick<BlockRef, 'number' | 'hash'>,
): Promise<number> {
  const { branch } = await checked<{ branch: number }>(
    tx,
    network,
    `UPDATE system.sync_cursors SET block_number = $3, block_hash = decode($4, 'hex'), updated_at = now()
     WHERE network_id = $1 AND lease_epoch = $2 RETURNING ${BRANCH} AS branch`,
    [network.id, lease.epoch, block.number, block.hash.slice(2)],
  )
  return branch
}

/**
 * Stores state and finality; the finalized height never goes down. Gives the number of the message that says so, and the branch that it
 * is said on. Throws like moveCursor.
 */
export async function storeHeads(
  tx: Tx,
  network: Network,
  lease: Lease,
  state: SyncState,
  finalized: BlockRef | null,
): Promise<{ order: number; branch: number }> {
  return await checked<{ order: number; branch: number }>(
    tx,
    network,
    `UPDATE system.sync_cursors SET state = $3, updated_at = now(), heads_sent = heads_sent + 1,
       finalized_hash = CASE WHEN $4::bigint > coalesce(finalized_number, -1) THEN decode($5, 'hex') ELSE finalized_hash END,
       finalized_number = greatest(finalized_number, $4::bigint)
     WHERE network_id = $1 AND lease_epoch = $2 RETURNING heads_sent AS order, ${BRANCH} AS branch`,
    [network.id, lease.epoch, state, finalized?.number ?? null, finalized?.hash.slice(2) ?? null],
  )
}

async function checked<R extends object>(
  tx: Tx,
  network: Network,
  text: string,
  values: readonly unknown[],
): Promise<R> {
  const [row] = await tx.query<R>(text, values)
  if (row === undefined) throw new FtError('lease_lost', `another process has become the writer of ${network.name}`)
  return row
}

/** Adds blocks to what has been read under a scope, so that holes can be seen. */
export async function recordRange(tx: Tx, network: Network, scope: string, blocks: BlockSpan): Promise<void> {
  tx.send(
    `INSERT INTO ingest.indexed_ranges AS r (network_id, scope, blocks)
     VALUES ($1, $2, int8multirange(int8range($3, $4, '[]')))
     ON CONFLICT (network_id, scope) DO UPDATE SET blocks = r.blocks + EXCLUDED.blocks`,
    [network.id, scope, blocks.from, blocks.to],
  )
}
