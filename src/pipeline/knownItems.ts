import { addressFromHex } from '../core/address.js'
import { columns, uuid } from '../core/columns.js'
import type { Queryable } from '../core/db.js'
import { itemAssetId } from '../core/ids.js'
import type { Network } from '../core/networks.js'

/** An asset that is a contract of its own, as the ledger knows it. */
export interface LedgerItem {
  readonly address: string
  readonly collection: string | null
  /** Its token id; null where it has none. */
  readonly index: string | null
  /** Who holds it; null: nobody. */
  readonly owner: string | null
}

/** Which of these accounts the ledger knows as items: a contract that is gone can no longer be asked. */
export async function knownItems(
  db: Queryable,
  network: Network,
  accounts: readonly string[],
): Promise<readonly LedgerItem[]> {
  const rows = await db.query<{
    address: string
    collection: string | null
    index: string | null
    owner: string | null
  }>(
    `SELECT a.address, c.address AS collection, a.token_id::text AS index,
       (SELECT o.account_address FROM market.ownership_current o
        WHERE o.asset_id = a.asset_id AND o.quantity > 0 ORDER BY o.account_address LIMIT 1) AS owner
     FROM unnest($2::uuid[]) AS i (asset_id)
     JOIN catalog.assets a ON a.asset_id = i.asset_id AND a.network_id = $1 AND a.address IS NOT NULL
     LEFT JOIN catalog.collections c ON c.collection_id = a.collection_id`,
    [
      network.id,
      ...columns(
        accounts,
        uuid((account) => itemAssetId(network.name, account)),
      ),
    ],
  )
  return rows.map(({ address, collection, index, owner }) => ({
    address: addressFromHex(address),
    collection: collection === null ? null : addressFromHex(collection),
    index,
    owner: owner === null ? null : addressFromHex(owner),
  }))
}
