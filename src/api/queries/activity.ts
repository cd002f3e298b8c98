import { type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { addressToBytea } from '../../core/address.js'
import type { Queryable } from '../../core/db.js'
import type { ActivityItem } from '../cards/activityCard.js'
import { finalHeight, statusUpTo } from '../finality.js'
import type { ListRow } from '../page.js'
import { iso, withAddresses } from './market.js'
import { prepared } from './prepared.js'

type FeedRow = Pick<ListRow<ActivityItem>, 'answer' | 'present' | 'item'>

export type ActivityQueries = ReturnType<typeof activityQueries>

/** Where a page of a feed begins: after the event at this place of the chain. */
export const activityKey = z.tuple([z.int(), z.int(), z.int32(), z.guid()])
export type ActivityKey = z.infer<typeof activityKey>

export interface ActivityPage {
  readonly key: ActivityKey | undefined
  /** Only what happened up to the finalized block: that part of a feed is final as a whole. */
  readonly onlyFinal: boolean
  readonly limit: number
}

/** Which rows of a feed's parts belong to it, by the alias of each part. */
interface Parts {
  /** A relation `m` with its condition. */
  readonly movements: SQL
  /** Of sales and listings, `a`. Several are read one by one, each along its index. */
  readonly market: readonly SQL[]
  /** Of listings that were taken back, `a` too. */
  readonly cancellations: SQL
}

/** Reads of what happened, newest first: movements out of the ledger; sales, listings and their ends beside them. */
export function activityQueries(db: Queryable) {
  const read = async (
    of: 'asset' | 'collection' | 'account',
    parent: SQL,
    parts: Parts,
    { key, onlyFinal, limit }: ActivityPage,
  ) => {
    const name = ['api_activity_of', of, key && 'next', onlyFinal && 'final'].filter(Boolean).join('_')
    const rows = await prepared<FeedRow>(db, name, feed(parent, parts, { key, onlyFinal, limit: limit + 1 }))
    return rows.map(withAddresses<FeedRow>)
  }
  return {
    /** Rows of a page of an asset's feed, one more than `limit`; none when the asset is not known. */
    ofAsset: async (id: string, page: ActivityPage) =>
      await read(
        'asset',
        sql`SELECT network_id, last_block, history_complete FROM projection.asset_cards WHERE asset_id = ${id}`,
        {
          movements: sql`projection.movements m WHERE m.asset_id = ${id}`,
          market: [sql`a.asset_id = ${id}`],
          cancellations: sql`a.asset_id = ${id}`,
        },
        page,
      ),
    /** The same of a collection: a bundle appears once. */
    ofCollection: async (id: string, page: ActivityPage) =>
      await read(
        'collection',
        sql`SELECT network_id, last_block, history_complete FROM projection.collection_stats WHERE collection_id = ${id}`,
        {
          movements: sql`projection.movements m WHERE m.collection_id = ${id}`,
          market: [sql`a.collection_id = ${id} AND a.of_collection`],
          cancellations: sql`a.collection_id = ${id} AND a.of_collection`,
        },
        page,
      ),
    /** The same of an account on a network: what it gave, took, sold, bought, listed and took back. */
    ofAccount: async (networkId: number, account: string, page: ActivityPage) => {
      const bytes = sql`${addressToBytea(account)}::bytea`
      return await read(
        'account',
        sql`SELECT network_id, projected_number AS last_block, history_complete FROM projection.network_status
            WHERE network_id = ${networkId}`,
        {
          movements: sql`projection.account_movements m WHERE m.account_address = ${bytes}`,
          market: [
            sql`a.seller = ${bytes} AND a.item_index = 0`,
            sql`a.buyer = ${bytes} AND a.seller <> ${bytes} AND a.item_index = 0`,
          ],
          cancellations: sql`a.seller = ${bytes} AND a.item_index = 0`,
        },
        page,
      )
    },
  }
}

const ORDER = sql.raw('block_number DESC, position DESC, sub_index DESC, event_id DESC')

/** The rows before a key. The first condition is what the index can follow. */
function before(key: ActivityKey | undefined): SQL {
  if (key === undefined) return sql`true`
  const [block, position, subIndex, id] = key
  return sql`block_number <= ${block} AND (block_number, position, sub_index, event_id) < (${block}, ${position}, ${subIndex}, ${id}::uuid)`
}

/**
 * Each part gives its first `limit` rows in order, so that the cost follows the page. What the read models do not contain yet is
 * left out of movements too: the ledger may be ahead of the block that the answer names.
 */
function feed(parent: SQL, { movements, market, cancellations }: Parts, { key, onlyFinal, limit }: ActivityPage): SQL {
  const newest = sql.raw(onlyFinal ? finalHeight('s') : 's.projected_number')
  const lastBlock = onlyFinal ? `least(p.last_block, ${finalHeight('n')})` : 'p.last_block'
  const statusOfFeed = sql.raw(statusUpTo(lastBlock, 'n'))
  const ofNetwork = sql`network_id = (SELECT network_id FROM parent)
    AND block_number <= (SELECT ${newest} FROM projection.network_status s JOIN parent USING (network_id)) AND ${before(key)}`
  const moved = sql`(SELECT block_number, position, sub_index, event_id, kind, asset_id, collection_id, happened_at, tx_hash,
      from_account, to_account, quantity, NULL::numeric AS price, NULL::bytea AS currency, NULL::smallint AS currency_decimals,
      NULL::text AS marketplace, 1 AS bundle_size, NULL::boolean AS confirmed
    FROM ${movements} AND ${ofNetwork} ORDER BY ${ORDER} LIMIT ${limit})`
  const traded = market.map(
    (
      condition,
    ) => sql`(SELECT block_number, position, sub_index, event_id, kind, asset_id, collection_id, happened_at, NULL::bytea,
      seller, buyer, quantity, price, currency, currency_decimals, marketplace, bundle_size, confirmed
    FROM projection.market_activity a WHERE ${condition} AND ${ofNetwork} ORDER BY ${ORDER} LIMIT ${limit})`,
  )
  const ended = sql`(SELECT block_number, position, sub_index, event_id, 'cancel', asset_id, collection_id, happened_at, NULL::bytea,
      seller, NULL::bytea, quantity, price, currency, currency_decimals, marketplace, bundle_size, NULL::boolean
    FROM projection.cancellations a WHERE ${cancellations} AND ${ofNetwork} ORDER BY ${ORDER} LIMIT ${limit})`
  const parts = sql.join([moved, ...traded, ended], sql` UNION ALL `)
  return sql`WITH parent AS MATERIALIZED (${parent}),
    feed AS (SELECT * FROM (${parts}) u ORDER BY ${ORDER} LIMIT ${limit})
    SELECT json_build_object('network', n.name, 'finality_status', ${statusOfFeed}, 'block_number', n.projected_number,
        'block_hash', '0x' || encode(n.projected_hash, 'hex'), 'history_complete', p.history_complete) AS answer,
      f.event_id IS NOT NULL AS present, ${item()} AS item
    FROM parent p JOIN projection.network_status n USING (network_id) LEFT JOIN feed f ON true
    LEFT JOIN LATERAL (
      SELECT t.tx_hash FROM projection.transactions t
      WHERE t.network_id = p.network_id AND t.block_number = f.block_number AND t.position = f.position LIMIT 1) x ON f.tx_hash IS NULL
    LEFT JOIN projection.asset_cards c ON c.asset_id = f.asset_id AND f.bundle_size = 1
    LEFT JOIN projection.collection_stats s ON s.collection_id = f.collection_id
    ORDER BY f.block_number DESC, f.position DESC, f.sub_index DESC, f.event_id DESC`
}

function item(): SQL {
  return sql`json_build_object('event_id', f.event_id, 'kind', f.kind, 'network', n.name, 'block_number', f.block_number,
    'position', f.position, 'sub_index', f.sub_index, 'happened_at', ${sql.raw(iso('f.happened_at'))},
    'tx_hash', '0x' || encode(coalesce(f.tx_hash, x.tx_hash), 'hex'), 'asset_id', CASE WHEN f.bundle_size = 1 THEN f.asset_id END,
    'collection_id', f.collection_id, 'contract', '0x' || encode(s.address, 'hex'), 'token_id', c.token_id::text,
    'from', '0x' || encode(f.from_account, 'hex'), 'to', '0x' || encode(f.to_account, 'hex'), 'quantity', f.quantity::text,
    'price', f.price::text, 'currency', '0x' || encode(f.currency, 'hex'), 'currency_decimals', f.currency_decimals,
    'marketplace', f.marketplace, 'bundle_size', f.bundle_size, 'confirmed', f.confirmed,
    'finality_status', ${sql.raw(statusUpTo('f.block_number', 'n'))})`
}
