import { createHash } from 'node:crypto'
import { z } from 'zod'
import { fieldProblem } from './problem.js'

const VERSION = 1
const envelope = z.tuple([z.literal(VERSION), z.string(), z.unknown()])

/**
 * A page cursor: where the next page begins, for one list with its filters and its order, and for no other.
 * It holds the sort key of the last item that was given, not a position, so rows that come and go do not move it.
 */
export function encodeCursor(list: string, key: unknown): string {
  return Buffer.from(JSON.stringify([VERSION, fingerprint(list), key])).toString('base64url')
}

/**
 * The key in a cursor that `encodeCursor` made for the same list; undefined without a cursor (the first page).
 * @throws FtError cursor_invalid, naming the field
 */
export function decodeCursor<T>(cursor: string | undefined, list: string, key: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined
  const { data } = envelope.safeParse(parse(cursor))
  if (data === undefined) throw invalid('is not a cursor; use next_cursor of the page before, or leave it out')
  if (data[1] !== fingerprint(list)) {
    throw invalid('belongs to another list, other filters or another order; leave it out to begin with the first page')
  }
  const parsed = key.safeParse(data[2])
  if (!parsed.success) throw invalid('is damaged; use next_cursor of the page before, or leave it out')
  return parsed.data
}

function parse(cursor: string): unknown {
  if (!/^[A-Za-z0-9_-]{1,1000}$/.test(cursor)) return undefined
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function fingerprint(list: string): string {
  return createHash('sha256').update(list).digest('base64url').slice(0, 12)
}

function invalid(detail: string): Error {
  return fieldProblem('cursor_invalid', { field: 'cursor', in: 'query', detail })
}
