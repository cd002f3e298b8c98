import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { collectionStats, networkStatus } from '../../core/schema/projection.js'
import { asOf } from '../finality.js'
import { type CollectionFilter, matches } from './collectionList.js'
import { collectionFields } from './collections.js'
import { value } from './columns.js'
import { isNative, nativeCurrency } from './native.js'
import { statement, statements } from './prepared.js'

/** Over which time sales are added up; null: over all of it. */
const windows = { '24h': '24 hours', '7d': '7 days', '30d': '30 days', all: null } as const
export type VolumeWindow = keyof typeof windows
export const volumeWindows = ['24h', '7d', '30d', 'all'] as const satisfies readonly VolumeWindow[]

export interface VolumePage {
  readonly window: VolumeWindow
  readonly after: { readonly volume: string; readonly id: string } | undefined
  readonly limit: number
}

export type CollectionVolumeQueries = ReturnType<typeof collectionVolumeQueries>

/** Reads of collections by what was paid for their assets in the native currency. Those without a sale in the window are left out. */
export function collectionVolumeQueries(orm: Db['orm']) {
  const listOf = statements(orm, volumeList)
  return {
    /** Rows of a page, per network one more than `limit` at most, those with the most first; at least one row per network. */
    page: async ({ network, search }: Filter, { window, after, limit }: VolumePage) => {
      const parts = [window, after && 'after', network && 'network', search?.by]
      const name = `api_collections_by_volume_${parts.filter(Boolean).join('_')}`
      return await listOf(name, { network, search }, window, after !== undefined).execute({
        network,
        after_volume: after?.volume,
        after_id: after?.id,
        limit: limit + 1,
        ...search?.values,
      })
    },
  }
}

type Filter = Omit<CollectionFilter, 'onlyFinal'>

function volumeList(
  orm: Db['orm'],
  name: string,
  { network, search }: Filter,
  window: VolumeWindow,
  following: boolean,
) {
  return statement(
    orm,
    name,
    orm
      .select({
        answer: { ...asOf(networkStatus.projectedNumber), history_complete: value(networkStatus.historyComplete) },
        present: sql<boolean>`${collectionStats.collectionId} IS NOT NULL`,
        item: { ...collectionFields(collectionStats), volume: sql<string>`ranked.volume::text` },
      })
      .from(networkStatus)
      .leftJoin(sql`LATERAL (${ranked(search, window, following)}) AS ranked`, sql`true`)
      .leftJoin(collectionStats, sql`${collectionStats.collectionId} = ranked.collection_id`)
      .where(network === undefined ? undefined : eq(networkStatus.name, sql.placeholder('network')))
      .orderBy(sql`ranked.volume DESC, ranked.collection_id DESC`),
  )
}

function ranked(search: CollectionFilter['search'], window: VolumeWindow, following: boolean): SQL {
  const { collectionId, networkId } = collectionStats
  const after = sql`(v.volume, v.collection_id) < (${sql.placeholder('after_volume')}::numeric, ${sql.placeholder('after_id')}::uuid)`
  const inNative = sql`v.currency = ${nativeCurrency(sql`${networkStatus.chain}`)}`
  const wanted = and(eq(networkId, networkStatus.networkId), inNative, matches(search), following ? after : undefined)
  // Materialized, and of all networks: what is ranked for each network is added up once.
  return sql`WITH v AS MATERIALIZED (${volumes(windows[window])})
    SELECT v.collection_id, v.volume FROM v JOIN ${collectionStats} ON ${collectionId} = v.collection_id
    WHERE ${wanted} ORDER BY v.volume DESC, v.collection_id DESC LIMIT ${sql.placeholder('limit')}`
}

/** Windows begin with the hour that they begin in. */
function volumes(width: string | null): SQL {
  const wanted = isNative(sql`currency`)
  if (width === null) return sql`SELECT collection_id, currency, volume FROM projection.sale_totals WHERE ${wanted}`
  return sql`SELECT collection_id, currency, sum(volume) AS volume FROM projection.sale_hours
    WHERE ${wanted} AND hour >= date_trunc('hour', now() - ${width}::interval, 'UTC') GROUP BY collection_id, currency`
}
