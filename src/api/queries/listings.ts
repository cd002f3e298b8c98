import { and, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Db } from '../../core/db.js'
import { assetCards, collectionStats, listingCards, networkStatus } from '../../core/schema/projection.js'
import { asOf, finalityAt, isFinal } from '../finality.js'
import { type ColumnsOf, decimal, isoTime, value } from './columns.js'
import { after, type Key, orderBy, type Start, startOf } from './keyset.js'
import { coversOpensea } from './market.js'
import { statement, statements } from './prepared.js'

/** Whose listings are wanted. */
export interface ListingFilter {
  readonly of: 'asset' | 'collection'
  readonly id: string
  /** Only those that have not changed above the finalized block. */
  readonly onlyFinal: boolean
}

export type ListingQueries = ReturnType<typeof listingQueries>

/** Reads of listings. */
export function listingQueries(orm: Db['orm']) {
  const listOf = statements(orm, listingList)
  return {
    /**
     * Rows of a page of listings by price (in whichever currency), without price last, one more than `limit`; none when the asset or the
     * collection is not known. Listings whose time was over at the block of the answer are left out. Each row says whether OpenSea's listings
     * of the collection are read, and were not too long ago.
     */
    page: async ({ of, id, onlyFinal }: ListingFilter, key: Key | undefined, limit: number) => {
      const start = startOf(key)
      const name = ['api_listings_of', of, start, onlyFinal && 'final'].filter(Boolean).join('_')
      return await listOf(name, of, start, onlyFinal).execute({
        parent: id,
        after_value: key?.value,
        after_id: key?.id,
        limit: limit + 1,
      })
    },
  }
}

function listingList(orm: Db['orm'], name: string, of: ListingFilter['of'], start: Start, onlyFinal: boolean) {
  const order = () => orderBy('asc', listingCards.price, listingCards.listingId)
  const part = (rows: SQL) =>
    orm
      .select()
      .from(listingCards)
      .where(
        and(
          eq(of === 'asset' ? listingCards.assetId : listingCards.collectionId, sql.placeholder('parent')),
          notEnded(orm),
          onlyFinal ? isFinal(orm, listingCards.lastBlock, listingCards.networkId) : undefined,
          rows,
        ),
      )
      .orderBy(...order())
      .limit(sql.placeholder('limit'))
  const [first, second] = after(start, 'asc', listingCards.price, listingCards.listingId)
  const listing = unionAll(part(first), part(second))
    .orderBy(...order())
    .limit(sql.placeholder('limit'))
    .as('listing')
  return statement(
    orm,
    name,
    orm
      .select({
        // Any block up to the projected one may have ended a listing: the list as a whole is no more final than that block.
        answer: { ...asOf(networkStatus.projectedNumber), history_complete: sql<boolean>`parent.history_complete` },
        present: sql<boolean>`${listing.listingId} IS NOT NULL`,
        item: listingFields(listing),
        coversOpensea: coversOpensea(sql`parent.collection_id`),
      })
      .from(parentOf(orm, of))
      .innerJoin(networkStatus, sql`${networkStatus.networkId} = parent.network_id`)
      .leftJoin(listing, sql`true`)
      .orderBy(...orderBy('asc', listing.price, listing.listingId)),
  )
}

/** The row that a list of listings is of, as `parent`. */
function parentOf(orm: Db['orm'], of: ListingFilter['of']) {
  const [table, id] =
    of === 'asset' ? [assetCards, assetCards.assetId] : [collectionStats, collectionStats.collectionId]
  return orm
    .select()
    .from(table)
    .where(eq(id, sql.placeholder('parent')))
    .as('parent')
}

/** The chain compares a listing's end with the time of the block, so answers do too. */
function notEnded(orm: Db['orm']): SQL | undefined {
  const computedAt = orm
    .select({ time: networkStatus.projectedTime })
    .from(networkStatus)
    .where(eq(networkStatus.networkId, listingCards.networkId))
  return or(isNull(listingCards.endsAt), gt(listingCards.endsAt, sql`coalesce(${computedAt}, '-infinity')`))
}

/** The columns of a `ListingCard`, in a statement that joins `network_status`. */
function listingFields(listing: ColumnsOf<typeof listingCards>) {
  return {
    listing_id: value(listing.listingId),
    network: value(networkStatus.name),
    collection_id: value(listing.collectionId),
    asset_id: value(listing.assetId),
    token_id: decimal(listing.tokenId),
    seller: value(listing.seller),
    quantity: decimal(listing.quantity),
    available: decimal(listing.available),
    bundle_size: value(listing.bundleSize),
    unit_price: decimal(listing.unitPrice),
    end_price: decimal(listing.endPrice),
    taker: value(listing.taker),
    is_auction: value(listing.isAuction),
    min_bid: decimal(listing.minBid),
    last_bid: decimal(listing.lastBid),
    holder_verified: value(listing.holderKnown),
    order: value(listing.orderHash),
    market: value(listing.market),
    price: decimal(listing.price),
    currency: value(listing.currency),
    currency_decimals: value(listing.currencyDecimals),
    marketplace: value(listing.marketplace),
    source: value(listing.source),
    starts_at: isoTime(listing.startsAt),
    ends_at: isoTime(listing.endsAt),
    last_block: value(listing.lastBlock),
    finality_status: finalityAt(listing.lastBlock),
  }
}
