import { and, eq, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { assetCards, collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf } from '../finality.js'
import { assetFields } from './assets.js'
import { value } from './columns.js'
import { assetMarketOf } from './market.js'
import { statement } from './prepared.js'

export type BulkQueries = ReturnType<typeof bulkQueries>

/** A collection and a token id in it. */
export interface TokenOf {
  readonly collectionId: string
  readonly tokenId: string
}

/** Reads of many assets at once. */
export function bulkQueries(orm: Db['orm']) {
  const byIds = statement(
    orm,
    'api_assets_by_ids',
    orm
      .select({
        answer: { ...asOf(networkStatus.projectedNumber), history_complete: value(networkStatus.historyComplete) },
        present: sql<boolean>`${assetCards.assetId} IS NOT NULL`,
        item: assetFields(assetCards),
      })
      .from(networkStatus)
      .leftJoin(
        assetCards,
        and(
          eq(assetCards.networkId, networkStatus.networkId),
          sql`${assetCards.assetId} = ANY(${sql.placeholder('ids')}::uuid[])`,
        ),
      )
      .leftJoin(collectionStats, eq(collectionStats.collectionId, assetCards.collectionId))
      .leftJoin(assetMarketOf(assetCards.assetId), sql`true`)
      .orderBy(networkStatus.name),
  )
  const idsByTokens = statement(
    orm,
    'api_asset_ids_by_tokens',
    orm
      .select({
        collectionId: value(assetCards.collectionId),
        tokenId: sql<string>`${assetCards.tokenId}`,
        id: assetCards.assetId,
      })
      .from(assetCards)
      .where(
        sql`(${assetCards.collectionId}, ${assetCards.tokenId}) IN (SELECT * FROM unnest(${sql.placeholder('collections')}::uuid[], ${sql.placeholder('tokens')}::numeric[]))`,
      )
      .orderBy(assetCards.assetId),
  )
  return {
    /** The cards of those that are known, and every network's block: one snapshot. */
    find: async (ids: readonly string[]) => await byIds.execute({ ids }),

    /** The ids of assets by collection and token id, for chains where an id does not follow from them. */
    findIds: async (tokens: readonly TokenOf[]) =>
      await idsByTokens.execute({
        collections: tokens.map(({ collectionId }) => collectionId),
        tokens: tokens.map(({ tokenId }) => tokenId),
      }),
  }
}
