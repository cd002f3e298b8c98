import { and, eq, exists, type Placeholder, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Db } from '../../core/db.js'
import { assetCards, collectionStats, networkStatus, ownershipView } from '../../core/schema/projection.js'
import { asOf, finalityAt, isFinal } from '../finality.js'
import { bound, type ColumnsOf, dataStatusOf, decimal, derivable, isoTime, value } from './columns.js'
import { after, type Direction, type Key, orderBy, type Start, startOf } from './keyset.js'
import { assetMarket, assetMarketOf } from './market.js'
import { metadataOf } from './metadata.js'
import { lookUp, statement, statements } from './prepared.js'

export interface AssetFilter {
  readonly collectionId: string
  /** Canonical address; only what this account holds. */
  readonly owner: string | undefined
  readonly tokenId: string | undefined
  /** Only what changed at or below the finalized block. */
  readonly onlyFinal: boolean
}

export type AssetQueries = ReturnType<typeof assetQueries>

/** Reads of asset cards. */
export function assetQueries(db: Db) {
  const { orm } = db
  const byId = lookUp(
    db,
    'api_asset',
    orm
      .select({ answer: asOf(newestOf(assetCards)), data: assetFields(assetCards) })
      .from(assetCards)
      .innerJoin(networkStatus, eq(networkStatus.networkId, assetCards.networkId))
      .leftJoin(collectionStats, eq(collectionStats.collectionId, assetCards.collectionId))
      .leftJoin(assetMarketOf(assetCards.assetId), sql`true`)
      .where(eq(assetCards.assetId, placeholder('id'))),
  )
  const idByToken = lookUp(
    db,
    'api_asset_id_by_token',
    orm
      .select({ id: assetCards.assetId })
      .from(assetCards)
      .where(and(eq(assetCards.collectionId, placeholder('collection')), eq(assetCards.tokenId, placeholder('token'))))
      .orderBy(assetCards.assetId)
      .limit(1),
  )
  const listOf = statements(orm, collectionList)
  return {
    /** The card and what it was computed at; undefined when the asset is not known. */
    find: async (id: string) => (await byId.execute({ id }))[0],

    /** The id of the asset with this token id, for chains where an asset's id does not follow from it. */
    findId: async (collectionId: string, tokenId: string) =>
      (await idByToken.execute({ collection: collectionId, token: tokenId }))[0]?.id,

    /** Rows of a page of a collection's assets, one more than `limit`; none when the collection is not known. */
    ofCollection: async (filter: AssetFilter, direction: Direction, key: Key | undefined, limit: number) => {
      const start = startOf(key)
      const name = [
        'api_assets',
        direction,
        start,
        filter.owner && 'owner',
        filter.tokenId && 'token',
        filter.onlyFinal && 'final',
      ].join('_')
      return await listOf(name, filter, direction, start).execute({
        collection: filter.collectionId,
        owner: filter.owner,
        token: filter.tokenId,
        after_value: key?.value,
        after_id: key?.id,
        limit: limit + 1,
      })
    },
  }
}

/** Prepared under `name`, which must differ for every combination of the arguments that changes the text. */
function collectionList(orm: Db['orm'], name: string, filter: AssetFilter, direction: Direction, start: Start) {
  const order = () => orderBy(direction, assetCards.tokenId, assetCards.assetId)
  const part = (rows: SQL) =>
    orm
      .select()
      .from(assetCards)
      .where(and(eq(assetCards.collectionId, placeholder('collection')), ...filters(orm, filter), rows))
      .orderBy(...order())
      .limit(placeholder('limit'))
  const [first, second] = after(start, direction, assetCards.tokenId, assetCards.assetId)
  const asset = unionAll(part(first), part(second))
    .orderBy(...order())
    .limit(placeholder('limit'))
    .as('asset')
  return statement(
    orm,
    name,
    orm
      .select({
        answer: { ...asOf(collectionStats.lastBlock), history_complete: value(collectionStats.historyComplete) },
        present: sql<boolean>`${asset.assetId} IS NOT NULL`,
        item: assetFields(asset),
      })
      .from(collectionStats)
      .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
      .leftJoin(asset, sql`true`)
      .leftJoin(assetMarketOf(asset.assetId), sql`true`)
      .where(eq(collectionStats.collectionId, placeholder('collection')))
      .orderBy(...orderBy(direction, asset.tokenId, asset.assetId)),
  )
}

function filters(orm: Db['orm'], { owner, tokenId, onlyFinal }: AssetFilter): SQL[] {
  const holding = orm
    .select({ one: sql`1` })
    .from(ownershipView)
    .where(
      and(
        eq(ownershipView.assetId, assetCards.assetId),
        eq(ownershipView.accountAddress, bound(ownershipView.accountAddress, 'owner')),
      ),
    )
  const newest = sql`(SELECT ${newestOf(assetCards)} FROM ${assetMarketOf(assetCards.assetId)})`
  return [
    ...(owner === undefined ? [] : [exists(holding)]),
    ...(onlyFinal ? [isFinal(orm, newest, assetCards.networkId)] : []),
    ...(tokenId === undefined ? [] : [eq(assetCards.tokenId, placeholder('token'))]),
  ]
}

/** The newest block in an `AssetCard`. */
function newestOf(asset: Pick<ColumnsOf<typeof assetCards>, 'lastBlock'>): SQL {
  return sql`greatest(${asset.lastBlock}, ${assetMarket.lastBlock})`
}

/** The columns of an `AssetCard`, in a statement that joins `network_status`, `collection_stats` and `assetMarketOf` the asset. */
export function assetFields(asset: ColumnsOf<typeof assetCards>) {
  return {
    asset_id: value(asset.assetId),
    network: value(networkStatus.name),
    collection_id: value(asset.collectionId),
    contract: sql<string | null>`${collectionStats.address}`.mapWith(collectionStats.address),
    token_id: decimal(asset.tokenId),
    address: value(asset.address),
    standard: value(asset.standard),
    owner: value(asset.owner),
    owners: value(asset.owners),
    supply: decimal(asset.supply),
    last_sale: assetMarket.lastSale,
    best_listing: assetMarket.bestListing,
    is_stub: value(asset.isStub),
    metadata: metadataOf(asset.assetId),
    history_complete: value(asset.historyComplete),
    derivable,
    data_status: dataStatusOf(collectionStats.address, asset.address),
    last_block: value(asset.lastBlock),
    last_event_at: isoTime(asset.lastEventAt),
    finality_status: finalityAt(newestOf(asset)),
  }
}

function placeholder(name: string): Placeholder {
  return sql.placeholder(name)
}
