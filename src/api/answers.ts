import { z } from 'zod'
import { asOfFields } from './finality.js'
import { PROBLEM_TYPE, problem } from './problem.js'

/*
 * The shapes of answers. There is one: `data`, and beside it what the answer as a whole is computed at; a list adds
 * `next_cursor` and `history_complete`.
 */

/** What a list says beside its items. */
export const listFields = {
  ...asOfFields,
  history_complete: z.boolean().meta({
    description:
      'Whether the history behind the list is indexed from its beginning; if not, something may be missing here',
    examples: [true],
  }),
  next_cursor: z
    .string()
    .nullable()
    .meta({ description: 'Cursor of the next page; null on the last one', examples: [null] }),
}

/** One thing. */
export function one<T extends z.ZodType>(data: T) {
  return z.object({ data, ...asOfFields })
}

/** A page of things. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), ...listFields })
}

const problems = {
  400: 'A parameter is not valid; `errors` names it',
  401: 'The server wants an API key, and there is none or it is not valid',
  403: 'The API key may not be used for this',
  404: 'Nothing is known under this name',
  413: 'The body is too large',
  414: 'The URL is too long',
  415: 'The body is not JSON',
  429: 'Too many requests; `Retry-After` says when to try again',
  500: 'The server failed',
  503: 'The database cannot be reached, or the answer took too long',
} as const

/** What can happen to every route that reads data. */
const always = [401, 403, 414, 429, 500, 503] as const

/** The `response` of a route that can fail with these statuses, and with those that every route has. */
export function responses<T extends z.ZodType>(
  description: string,
  schema: T,
  ...statuses: readonly (400 | 404 | 413 | 415)[]
) {
  const failure = (status: keyof typeof problems) => ({
    description: problems[status],
    content: { [PROBLEM_TYPE]: { schema: problem } },
  })
  return {
    200: { description, content: { 'application/json': { schema } } },
    ...Object.fromEntries([...statuses, ...always].map((status) => [status, failure(status)])),
  }
}
