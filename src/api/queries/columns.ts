import { type AnyColumn, type GetColumnData, type SQL, sql, type Table, type View } from 'drizzle-orm'
import { collectionStats, networkStatus, quarantined } from '../../core/schema/projection.js'
import type { DataStatus } from '../fields.js'

type Fields<T extends Table | View> = T extends Table
  ? T['_']['columns']
  : T extends View
    ? T['_']['selectedFields']
    : never

/** The columns of a table or view, or of a page of it as a subquery: the same data under another table name. */
export type ColumnsOf<T extends Table | View> = {
  readonly [K in keyof Fields<T>]: Fields<T>[K] extends AnyColumn
    ? AnyColumn & { readonly _: Pick<Fields<T>[K]['_'], 'data' | 'notNull'> }
    : never
}

type OrNull<C extends AnyColumn, T> = C['_']['notNull'] extends true ? T : T | null

/** A column as its definition reads it. */
export function value<C extends AnyColumn>(column: C): SQL<GetColumnData<C>> {
  return sql<GetColumnData<C>>`${column}`.mapWith(column)
}

/** A numeric column as a decimal string: PostgreSQL's own text, without a bigint in between. */
export function decimal<C extends AnyColumn>(column: C): SQL<OrNull<C, string>> {
  return sql<OrNull<C, string>>`${column}`
}

/**
 * Whether everything that is known of the contracts at these addresses was read, in a statement that joins `network_status`. An index that
 * holds open dead letters alone decides: mostly nothing.
 */
export function dataStatusOf(...contracts: readonly (AnyColumn | SQL)[]): SQL<DataStatus> {
  return sql<DataStatus>`CASE WHEN EXISTS (
      SELECT FROM ${quarantined} WHERE ${quarantined.networkId} = ${networkStatus.networkId}
        AND ${quarantined.contract} IN (${sql.join([...contracts], sql`, `)})) THEN 'quarantined' ELSE 'ok' END`
}

/** Whether the events of an asset's collection tell who holds what, in a statement that joins `collection_stats`, where there is one. */
export const derivable = sql<boolean>`coalesce(${collectionStats.derivable}, true)`

const END_OF_TIME = '9999-12-31T23:59:59.000Z'

/** A timestamptz column as ISO 8601 in UTC. What PostgreSQL can hold beyond the year 9999 (no end at all) is the end of 9999. */
export function isoTime<C extends AnyColumn>(column: C): SQL<OrNull<C, string>> {
  return sql`${column}`.mapWith((text: string): OrNull<C, string> => toIso(text))
}

function toIso(text: string): string {
  const time = new Date(text)
  return time.getTime() <= Date.parse(END_OF_TIME) ? time.toISOString() : END_OF_TIME
}

/** A named parameter that is written as the column's own type is: a placeholder alone would go to the driver as it came. */
export function bound(column: AnyColumn, name: string): SQL {
  return sql`${sql.param(sql.placeholder(name), column)}`
}
