import type { Tx } from '../core/db.js'
import type { Network } from '../core/networks.js'

/*
 * Advisory locks of the pipeline, held to the end of the transaction. Names are hashed; the second key is the network. Whoever needs one
 * asks for it; the server is asked once per transaction. Their order is ledger, market, projection; partitions (`system.ensure_partitions`)
 * are asked for before the ledger.
 */

const held = new WeakMap<Tx, Set<string>>()

async function lock(tx: Tx, network: Network, call: string, name: string): Promise<void> {
  const locks = held.get(tx) ?? new Set()
  held.set(tx, locks)
  const key = `${call} ${name} ${network.id}`
  if (locks.has(key)) return
  tx.send(`SELECT ${call}(hashtext('${name}'), $1)`, [network.id])
  locks.add(key)
}

const EXCLUSIVE = 'pg_advisory_xact_lock'
const SHARED = 'pg_advisory_xact_lock_shared'

/**
 * Taken by whoever writes ledger entries of blocks, or takes blocks back. Events of a block that is being orphaned are either seen by
 * the reorg, or see that their block is orphaned; and who looks for what is still alive of an asset knows that nobody is about to
 * add to it.
 */
export async function lockLedger(tx: Tx, network: Network): Promise<void> {
  await lock(tx, network, EXCLUSIVE, 'ft.ledger')
}

/**
 * The same towards everyone but the neighbours in a backfill, which take each other's order into account (`pipeline/fused.ts`). It is
 * upheld by the first of them until it has committed, and by the second from then on.
 */
export async function shareLedger(tx: Tx, network: Network): Promise<void> {
  await lock(tx, network, SHARED, 'ft.ledger')
}

/**
 * Taken by projection. It reads state and writes the difference to the read models, so two at once could both act on what the
 * other is about to change; in the one that comes second, each statement sees what the first has committed.
 */
export async function lockProjection(tx: Tx, network: Network): Promise<void> {
  await lock(tx, network, EXCLUSIVE, 'ft.projection')
}

/**
 * Taken by whoever writes sales and listings, after it has written ownership. A listing is computed from the ledger, its fills and
 * its holder's balance: whoever comes second sees what the first one changed of any of them.
 */
export async function lockMarket(tx: Tx, network: Network): Promise<void> {
  await lock(tx, network, EXCLUSIVE, 'ft.market')
}
