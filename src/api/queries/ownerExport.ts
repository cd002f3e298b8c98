import { addressFromHex } from '../../core/address.js'
import type { Db, Snapshot } from '../../core/db.js'
import { type FinalityStatus, statusUpTo } from '../finality.js'
import { accountFields } from '../friendly.js'

/** What an export is of, and what it was computed at. */
export interface ExportHead {
  readonly collection_id: string
  readonly network: string
  readonly owners: number
  readonly finality_status: FinalityStatus
  readonly block_number: number | null
  readonly block_hash: string | null
  readonly history_complete: boolean
}

export interface ExportRow {
  readonly account_address: string
  /** Only on TON. */
  readonly account_address_friendly?: string
  readonly assets: number
  readonly quantity: string
}

export interface OwnerExport {
  readonly head: ExportHead
  /** The owners by account, in batches. */
  rows(): AsyncGenerator<readonly ExportRow[]>
  /** Ends the snapshot. */
  close(): Promise<void>
}

const BATCH = 2_000

const HEAD = `
SELECT s.collection_id, n.name AS network, s.owners, s.history_complete, n.projected_number AS block_number,
  n.projected_hash AS block_hash,
  ${statusUpTo('s.last_block', 'n')} AS finality_status
FROM projection.collection_stats s JOIN projection.network_status n USING (network_id) WHERE s.collection_id = $1`

const ROWS = `
SELECT account_address, assets, quantity FROM projection.collection_owners WHERE collection_id = $1 ORDER BY account_address`

/** Opens all owners of a collection as one snapshot, however long the reading takes; undefined when it is not known. */
export async function openOwnerExport(db: Db, collectionId: string): Promise<OwnerExport | undefined> {
  const snapshot = await db.snapshot()
  try {
    const [head] = await snapshot.query<ExportHead>(HEAD, [collectionId])
    if (head !== undefined) return { head, rows: () => rowsOf(snapshot, collectionId), close: () => snapshot.release() }
  } catch (error) {
    await snapshot.release()
    throw error
  }
  await snapshot.release()
  return undefined
}

async function* rowsOf(snapshot: Snapshot, collectionId: string) {
  for await (const rows of snapshot.batches<OwnerRow>(ROWS, [collectionId], BATCH)) {
    yield rows.map(rowOf)
  }
}

function rowOf({ account_address: hex, assets, quantity }: OwnerRow): ExportRow {
  return { ...accountFields(addressFromHex(hex)), assets, quantity: String(quantity) }
}

interface OwnerRow {
  readonly account_address: string
  readonly assets: number
  readonly quantity: bigint
}
