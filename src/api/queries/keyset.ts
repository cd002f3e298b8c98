import { type AnyColumn, asc, desc, type SQL, sql } from 'drizzle-orm'

/** The sort key of a row in a list that is ordered by a value which may be null, and by an id. */
export interface Key {
  readonly value: string | null
  readonly id: string
}

export type Direction = 'asc' | 'desc'

/** Where a page starts: at the beginning, after a row whose value is known, or after one whose value is null. */
export type Start = 'first' | 'after_value' | 'after_null'

/** Which statement a key needs. */
export function startOf(key: Key | undefined): Start {
  if (key === undefined) return 'first'
  return key.value === null ? 'after_null' : 'after_value'
}

/**
 * The order of a list: by value, nulls last (`asc`) or first (`desc`), then by id. Both are what an index on the value gives,
 * forwards and backwards.
 */
export function orderBy(direction: Direction, value: AnyColumn, id: AnyColumn): SQL[] {
  const by = direction === 'asc' ? asc : desc
  return [by(value), by(id)]
}

/**
 * The rows after the key in the placeholders `after_value` and `after_id`, as two conditions whose rows do not overlap: each can
 * follow the index from where it starts, which one condition joined with OR could not.
 */
export function after(start: Start, direction: Direction, value: AnyColumn, id: AnyColumn): readonly [SQL, SQL] {
  const beyond = direction === 'asc' ? sql`>` : sql`<`
  const afterValue = sql`(${value}, ${id}) ${beyond} (${sql.placeholder('after_value')}, ${sql.placeholder('after_id')})`
  const afterNull = sql`${value} IS NULL AND ${id} ${beyond} ${sql.placeholder('after_id')}`
  if (start === 'first') return [sql`true`, sql`false`]
  if (start === 'after_value') return [afterValue, direction === 'asc' ? sql`${value} IS NULL` : sql`false`]
  return [afterNull, direction === 'asc' ? sql`false` : sql`${value} IS NOT NULL`]
}
