import {
  bigint,
  boolean,
  bytea,
  columns,
  integer,
  numeric,
  type Parameter,
  text,
  timestamptz,
  uuid,
} from '../../core/columns.js'
import type { Tx } from '../../core/db.js'
import type { Network } from '../../core/networks.js'
import type { Listing } from './listing.js'

const WRITE = `
INSERT INTO market.listings_current (network_id, listing_id, collection_id, asset_id, block_number, position, last_block, starts_at,
  ends_at, status, source, marketplace, market, order_hash, seller, holder, taker, quantity, filled, available, bundle_size, partial,
  is_auction, price, end_price, unit_price, min_bid, last_bid, currency, currency_decimals, holder_known, token_id,
  ended_block, ended_position, ended_sub_index, listed_at, ended_at)
SELECT $1, i.listing_id, i.collection_id, i.asset_id, i.block_number, i.position, i.last_block, to_timestamp(i.starts_at),
  to_timestamp(i.ends_at), i.status, i.source, i.marketplace, i.market, i.order_hash, i.seller, i.holder, i.taker, i.quantity, i.filled,
  i.available, i.bundle_size, i.partial, i.is_auction, i.price, i.end_price, i.unit_price, i.min_bid, i.last_bid, i.currency,
  c.decimals, i.holder_known, i.token_id, i.ended_block, i.ended_position, i.ended_sub_index, i.listed_at, i.ended_at
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[],
  $11::text[], $12::text[], $13::bytea[], $14::bytea[], $15::bytea[], $16::bytea[], $17::bytea[], $18::numeric[], $19::numeric[],
  $20::numeric[], $21::integer[], $22::boolean[], $23::boolean[], $24::numeric[], $25::numeric[], $26::numeric[], $27::numeric[],
  $28::numeric[], $29::bytea[], $30::boolean[], $31::numeric[], $32::bigint[], $33::bigint[], $34::integer[],
  $35::timestamptz[], $36::timestamptz[])
  AS i (listing_id, collection_id, asset_id, block_number, position, last_block, starts_at, ends_at, status, source, marketplace,
    market, order_hash, seller, holder, taker, quantity, filled, available, bundle_size, partial, is_auction, price, end_price,
    unit_price, min_bid, last_bid, currency, holder_known, token_id, ended_block, ended_position, ended_sub_index,
    listed_at, ended_at)
LEFT JOIN ref.currencies c ON c.network_id = $1 AND c.address = i.currency
ORDER BY i.listing_id
ON CONFLICT (listing_id) DO UPDATE SET collection_id = EXCLUDED.collection_id, asset_id = EXCLUDED.asset_id,
  block_number = EXCLUDED.block_number, position = EXCLUDED.position, last_block = EXCLUDED.last_block,
  starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at, status = EXCLUDED.status, source = EXCLUDED.source,
  marketplace = EXCLUDED.marketplace, seller = EXCLUDED.seller, holder = EXCLUDED.holder, taker = EXCLUDED.taker,
  quantity = EXCLUDED.quantity, filled = EXCLUDED.filled, available = EXCLUDED.available, bundle_size = EXCLUDED.bundle_size,
  partial = EXCLUDED.partial, is_auction = EXCLUDED.is_auction, price = EXCLUDED.price, end_price = EXCLUDED.end_price,
  unit_price = EXCLUDED.unit_price, min_bid = EXCLUDED.min_bid, last_bid = EXCLUDED.last_bid, currency = EXCLUDED.currency,
  currency_decimals = EXCLUDED.currency_decimals, holder_known = EXCLUDED.holder_known, token_id = EXCLUDED.token_id,
  ended_block = EXCLUDED.ended_block, ended_position = EXCLUDED.ended_position, ended_sub_index = EXCLUDED.ended_sub_index,
  listed_at = EXCLUDED.listed_at, ended_at = EXCLUDED.ended_at`

/** Takes listings out whose terms were reverted. */
export async function removeListings(tx: Tx, listingIds: readonly string[]): Promise<void> {
  if (listingIds.length === 0) return
  tx.send('DELETE FROM market.listings_current WHERE listing_id = ANY($1::uuid[])', [listingIds])
  tx.send('DELETE FROM market.listing_items WHERE listing_id = ANY($1::uuid[])', [listingIds])
}

/** Writes listings and the items that their holders have to keep. */
export async function writeListings(tx: Tx, network: Network, listings: readonly Listing[]): Promise<void> {
  if (listings.length === 0) return
  tx.send(WRITE, [network.id, ...listingColumns(listings)])
  const items = listings.flatMap((listing) => listing.holdings.map((item) => ({ listing, item })))
  tx.send(
    `DELETE FROM market.listing_items i WHERE i.listing_id = ANY($1::uuid[])
       AND (i.listing_id, i.asset_id) NOT IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))`,
    [
      listings.map((listing) => listing.listingId),
      ...columns(
        items,
        uuid(({ listing }) => listing.listingId),
        uuid(({ item }) => item.assetId),
      ),
    ],
  )
  tx.send(
    `INSERT INTO market.listing_items (listing_id, asset_id, collection_id, standard, holder, quantity)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::ref.token_standard[], $5::bytea[], $6::numeric[])
     ON CONFLICT (listing_id, asset_id) DO UPDATE SET standard = EXCLUDED.standard, holder = EXCLUDED.holder,
       quantity = EXCLUDED.quantity
     WHERE (listing_items.standard, listing_items.holder, listing_items.quantity)
       <> (EXCLUDED.standard, EXCLUDED.holder, EXCLUDED.quantity)`,
    columns(
      items,
      uuid(({ listing }) => listing.listingId),
      uuid(({ item }) => item.assetId),
      uuid(({ item }) => item.collectionId),
      text(({ item }) => item.standard),
      bytea(({ listing }) => holderOf(listing)),
      numeric(({ item }) => item.quantity),
    ),
  )
}

function holderOf({ terms: { details } }: Listing): string {
  return details.holder ?? details.seller
}

function listingColumns(listings: readonly Listing[]): Parameter[] {
  return columns(
    listings,
    uuid((l) => l.listingId),
    uuid(commonCollection),
    uuid((l) => (l.holdings.length === 1 ? (l.holdings[0]?.assetId ?? null) : null)),
    bigint((l) => l.terms.place?.block ?? 0),
    bigint((l) => l.terms.place?.position ?? 0),
    bigint((l) => l.lastBlock),
    bigint((l) => l.terms.details.startsAt),
    bigint((l) => l.terms.details.endsAt),
    text((l) => l.status),
    text((l) => l.terms.source),
    text((l) => l.terms.details.marketplace),
    bytea((l) => l.terms.details.market),
    bytea((l) => l.terms.details.order),
    bytea((l) => l.terms.details.seller),
    bytea(holderOf),
    bytea((l) => l.terms.details.taker),
    numeric((l) => l.quantity),
    numeric((l) => l.filled),
    numeric((l) => l.available),
    integer((l) => l.terms.details.bundleSize),
    boolean((l) => l.terms.details.partial),
    boolean((l) => l.terms.details.auction !== null),
    numeric((l) => l.terms.details.price),
    numeric((l) => l.terms.details.endPrice),
    numeric((l) => l.unitPrice),
    numeric((l) => l.terms.details.auction?.minBid ?? null),
    numeric((l) => l.terms.details.auction?.lastBid ?? null),
    bytea((l) => l.terms.details.currency),
    boolean((l) => l.holderKnown),
    numeric((l) => (l.terms.details.items.length === 1 ? (l.terms.details.items[0]?.tokenId ?? null) : null)),
    bigint((l) => l.ended?.block ?? null),
    bigint((l) => l.ended?.position ?? null),
    integer((l) => l.ended?.subIndex ?? null),
    timestamptz((l) => l.terms.place?.time ?? null),
    timestamptz((l) => l.ended?.time ?? null),
  )
}

function commonCollection({ holdings }: Listing): string | null {
  const first = holdings[0]?.collectionId ?? null
  return holdings.every(({ collectionId }) => collectionId === first) ? first : null
}
