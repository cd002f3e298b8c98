import { type AnyColumn, type SQL, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { assetMetadata } from '../../core/schema/projection.js'
import type { itemMetadata } from '../cards/assetCard.js'
import { iso } from './market.js'

/** What is known of an asset's metadata, as JSON out of the statement that reads its card: a look-up per row. */
export function metadataOf(assetId: AnyColumn): SQL<z.infer<typeof itemMetadata> | null> {
  const asked = sql.raw(`m.item || jsonb_build_object('uri', m.uri, 'fetched_at', ${iso('m.fetched_at')})`)
  return sql`(SELECT ${asked} FROM ${assetMetadata} m WHERE m.asset_id = ${assetId} LIMIT 1)`
}
