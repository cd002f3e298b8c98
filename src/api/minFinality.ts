import { z } from 'zod'
import { FtError } from '../core/errors.js'
import { pageQuery } from './fields.js'
import type { FinalityStatus } from './finality.js'

export const minFinality = z
  .enum(['pending', 'finalized'], { error: 'must be pending or finalized' })
  .default('pending')
  .meta({
    description:
      'finalized: only what no reorg can change any more. What changed above the finalized block is left out of lists; one thing, or the owners of one, is then a 404',
  })
export type MinFinality = z.output<typeof minFinality>

/** The query of a list whose rows can be asked for as final ones. */
export const finalPageQuery = pageQuery.extend({ min_finality: minFinality })
export type FinalPageQuery = z.output<typeof finalPageQuery>

/** The query of a route that answers with one thing. */
export const oneQuery = z.strictObject({ min_finality: minFinality })

/**
 * Gives the answer back if it is as final as the caller wants.
 * @throws FtError not_found when it is not: what was final before is not kept beside what is pending
 */
export function asFinalAs<T extends { readonly finality_status: FinalityStatus }>(
  wanted: MinFinality,
  answer: T,
  name: string,
): T {
  if (wanted === 'pending' || answer.finality_status === 'finalized') return answer
  throw new FtError(
    'not_found',
    `${name} has changed in a block that is not final (${answer.finality_status}); ask again later, or without min_finality`,
  )
}
