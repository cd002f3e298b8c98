import { encodeCursor } from './cursor.js'
import { type FinalityStatus, leastFinal } from './finality.js'

/** A row of a list's statement. An empty page of a known parent is one row that is not `present`. */
export interface ListRow<Item> {
  readonly answer: {
    readonly network: string
    readonly finality_status: FinalityStatus
    readonly block_number: number | null
    readonly block_hash: string | null
    readonly history_complete: boolean
  }
  readonly present: boolean
  readonly item: Item
}

export interface PageRequest<Item> {
  /** How many items were asked for; the statement reads one more, which says whether there is a next page. */
  readonly limit: number
  /** Which list this is, with all its filters and its order: a cursor of it fits no other. */
  readonly list: string
  /** The sort key of an item. */
  readonly key: (item: Item) => unknown
}

/** The items of a page, and where the next one begins. */
export function cut<Item>(rows: readonly ListRow<Item>[], { limit, list, key }: PageRequest<Item>) {
  const items = rows.filter(({ present }) => present).map(({ item }) => item)
  const data = items.slice(0, limit)
  const last = data.at(-1)
  return { data, next_cursor: items.length > limit && last !== undefined ? encodeCursor(list, key(last)) : null }
}

/** The answer of a list; undefined when no row came, which says that the list's parent is not known. */
export function pageOf<Item extends { finality_status: FinalityStatus }>(
  rows: readonly ListRow<Item>[],
  request: PageRequest<Item>,
) {
  const answer = rows[0]?.answer
  if (answer === undefined) return undefined
  const { data, next_cursor } = cut(rows, request)
  return {
    data,
    ...answer,
    finality_status: leastFinal(answer.finality_status, ...data.map((item) => item.finality_status)),
    next_cursor,
  }
}
