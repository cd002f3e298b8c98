import { and, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Db } from '../../core/db.js'
import { collectionStats, listingCards, networkStatus } from '../../core/schema/projection.js'
import { listingSources } from '../../core/schema/projectionMarket.js'
import { asOf, finalityAt, isFinal } from '../finality.js'
import { type ColumnsOf, decimal, isoTime, value } from './columns.js'
import { after, type Key, orderBy, type Start, startOf, startsOf } from './keyset.js'
import { statement } from './prepared.js'

export type ListingQueries = ReturnType<typeof listingQueries>

/** Reads of listings. */
export function listingQueries(orm: Db['orm']) {
  const all = startsOf((start) => listingList(orm, start, false))
  const final = startsOf((start) => listingList(orm, start, true))
  return {
    /**
     * Rows of a page of a collection's listings by price (in whichever currency), without price last, one more than `limit`; none when the
     * collection is not known. Listings whose time was over at the block of the answer are left out, and with `onlyFinal` those that
     * changed above the finalized block.
     */
    ofCollection: async (collectionId: string, onlyFinal: boolean, key: Key | undefined, limit: number) =>
      await (onlyFinal ? final : all)[startOf(key)].execute({
        collection: collectionId,
        after_value: key?.value,
        after_id: key?.id,
        limit: limit + 1,
      }),
    /** Whether OpenSea's listings of the collection are read, and were not too long ago. */
    coversOpensea: async (collectionId: string): Promise<boolean> => {
      const fresh = and(
        eq(listingSources.collectionId, collectionId),
        eq(listingSources.source, 'opensea'),
        gt(listingSources.freshUntil, sql`now()`),
      )
      return (await orm.$count(listingSources, fresh)) > 0
    },
  }
}

function listingList(orm: Db['orm'], start: Start, onlyFinal: boolean) {
  const order = () => orderBy('asc', listingCards.price, listingCards.listingId)
  const part = (rows: SQL) =>
    orm
      .select()
      .from(listingCards)
      .where(
        and(
          eq(listingCards.collectionId, sql.placeholder('collection')),
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
    `api_listings_${start}${onlyFinal ? '_final' : ''}`,
    orm
      .select({
        // Any block up to the projected one may have ended a listing: the list as a whole is no more final than that block.
        answer: { ...asOf(networkStatus.projectedNumber), history_complete: value(collectionStats.historyComplete) },
        present: sql<boolean>`${listing.listingId} IS NOT NULL`,
        item: listingFields(listing),
      })
      .from(collectionStats)
      .innerJoin(networkStatus, eq(networkStatus.networkId, collectionStats.networkId))
      .leftJoin(listing, sql`true`)
      .where(eq(collectionStats.collectionId, sql.placeholder('collection')))
      .orderBy(...orderBy('asc', listing.price, listing.listingId)),
  )
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
