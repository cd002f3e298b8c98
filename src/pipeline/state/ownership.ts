import { bytea, columns, numeric, uuid } from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import type { NormalizedEvent } from '../../core/events.js'

/** What a batch may have changed: single holdings, and all assets with an event (also where the sums stayed the same). */
export interface Touched {
  readonly holdings: readonly Holding[]
  readonly assetIds: readonly string[]
}

export interface Holding {
  readonly assetId: string
  readonly account: string
}

/**
 * Adds the deltas of these entries to the holdings. Sums are signed and commute, so the order of entries, and of batches, does
 * not matter; a row goes when its sum is exactly 0. The caller has claimed the entries (`core/idempotency`).
 */
export async function applyOwnership(tx: Tx, events: readonly NormalizedEvent[]): Promise<Touched> {
  const sums = new Map<string, Holding & { quantity: bigint }>()
  const assetIds = new Set<string>()
  for (const event of events) {
    if (event.assetId === null) continue
    assetIds.add(event.assetId)
    for (const { account, quantity } of event.deltas) add(sums, event.assetId, account, BigInt(quantity))
  }
  const moved = [...sums.values()].filter((sum) => sum.quantity !== 0n)
  if (moved.length > 0) await write(tx, moved)
  return {
    holdings: [...sums.values()].map(({ assetId, account }) => ({ assetId, account })),
    assetIds: [...assetIds],
  }
}

function add(
  sums: Map<string, Holding & { quantity: bigint }>,
  assetId: string,
  account: string,
  quantity: bigint,
): void {
  const key = `${assetId}/${account}`
  const sum = sums.get(key)
  if (sum === undefined) sums.set(key, { assetId, account, quantity })
  else sum.quantity += quantity
}

/**
 * Most movements empty a holding: such rows go at once, without being updated to 0 first. A sum that became 0 only because another
 * worker committed meanwhile is seen afterwards.
 */
async function write(tx: Tx, moved: readonly (Holding & { quantity: bigint })[]): Promise<void> {
  const emptied = await tx.query<{ asset_id: string; account_address: string }>(
    `WITH moved AS MATERIALIZED (
       SELECT i.* FROM unnest($1::uuid[], $2::bytea[], $3::numeric[]) AS i (asset_id, account_address, quantity)
       ORDER BY i.asset_id, i.account_address),
     emptied AS (
       DELETE FROM market.ownership_current o USING moved i
       WHERE o.asset_id = i.asset_id AND o.account_address = i.account_address AND o.quantity + i.quantity = 0
       RETURNING o.asset_id, o.account_address),
     summed AS (
       INSERT INTO market.ownership_current AS o (asset_id, account_address, quantity)
       SELECT i.* FROM moved i WHERE (i.asset_id, i.account_address) NOT IN (SELECT asset_id, account_address FROM emptied)
       ORDER BY i.asset_id, i.account_address
       ON CONFLICT (asset_id, account_address) DO UPDATE SET quantity = o.quantity + EXCLUDED.quantity
       RETURNING asset_id, account_address, quantity)
     SELECT asset_id, account_address FROM summed WHERE quantity = 0`,
    columns(
      moved,
      uuid((row) => row.assetId),
      bytea((row) => row.account),
      numeric((row) => row.quantity),
    ),
  )
  if (emptied.length === 0) return
  tx.send(
    `DELETE FROM market.ownership_current o USING unnest($1::uuid[], $2::bytea[]) AS i (asset_id, account_address)
     WHERE o.asset_id = i.asset_id AND o.account_address = i.account_address AND o.quantity = 0`,
    columns(
      emptied,
      uuid((row) => row.asset_id),
      bytea((row) => row.account_address),
    ),
  )
}
