import { type AnyColumn, eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '../core/db.js'
import { networkStatus } from '../core/schema/projection.js'
import { hash, height } from './fields.js'
import { value } from './queries/columns.js'

/*
 * Finality of answers, in this place only. It is derived in the statement that reads the data, from the row of network_status
 * that the same snapshot sees: data and status cannot contradict each other.
 *
 * Final is what the finalized block and the one that the answer is computed at both contain. While a fork is on its way through the stages,
 * the second is its ancestor: rows of the blocks that it replaced may still be there, and the chain's finality may have passed them.
 */

/** From the least final to the most. */
const statuses = ['disputed', 'pending', 'finalized'] as const

export const finalityStatus = z.enum(statuses).meta({
  id: 'FinalityStatus',
  description:
    'finalized: nothing that is shown here comes from a block above the finalized one. pending: a reorg can still change it. disputed: the chain contradicted its own finality; the network waits for its operator.',
  examples: ['finalized'],
})
export type FinalityStatus = z.infer<typeof finalityStatus>

/** What every answer says about the state that it was computed at, beside its `data`. */
export const asOfFields = {
  network: z.string().meta({ examples: ['polygon'] }),
  finality_status: finalityStatus,
  block_number: height.nullable().meta({ description: 'Block that the answer was computed at; null before the first' }),
  block_hash: hash.nullable().meta({ description: 'Hash of that block' }),
}

/** Columns of `asOfFields`, for a statement that joins `network_status`; `lastBlock` is the newest block in the answer. */
export function asOf(lastBlock: AnyColumn | SQL) {
  return {
    network: value(networkStatus.name),
    finality_status: finalityAt(lastBlock),
    block_number: value(networkStatus.projectedNumber),
    block_hash: value(networkStatus.projectedHash),
  }
}

/** SQL: the height up to which nothing changes any more, of a row of `network_status` under this name; null when there is none. */
export function finalHeight(status: string): string {
  return `CASE WHEN ${status}.state <> 'disputed' AND ${status}.finalized_number IS NOT NULL
    THEN least(${status}.finalized_number, coalesce(${status}.projected_number, -1)) END`
}

/** SQL: the status of what the blocks up to `lastBlock` (an expression) say, beside a row of `network_status` under this name. */
export function statusUpTo(lastBlock: string, status: string): string {
  return `CASE WHEN ${status}.state = 'disputed' THEN 'disputed'
    WHEN ${lastBlock} <= ${finalHeight(status)} THEN 'finalized' ELSE 'pending' END`
}

const FINAL_HEIGHT = sql.raw(finalHeight('network_status'))

/** The status of what the blocks up to `lastBlock` say, in a statement that joins `network_status`. */
export function finalityAt(lastBlock: AnyColumn | SQL): SQL<FinalityStatus> {
  return sql`CASE WHEN ${networkStatus.state} = 'disputed' THEN 'disputed'
    WHEN ${lastBlock} <= ${FINAL_HEIGHT} THEN 'finalized' ELSE 'pending' END`
}

/** Whether a row has not changed above the height that is final, in a statement that joins `network_status`. */
export function isFinalHere(lastBlock: AnyColumn): SQL {
  return sql`${lastBlock} <= ${FINAL_HEIGHT}`
}

/** The same, in a statement that need not join `network_status`. */
export function isFinal(orm: Db['orm'], lastBlock: AnyColumn | SQL, networkId: AnyColumn): SQL {
  const height = orm
    .select({ height: sql`${FINAL_HEIGHT}` })
    .from(networkStatus)
    .where(eq(networkStatus.networkId, networkId))
  return sql`${lastBlock} <= ${height}`
}

/** A list is as final as its least final part. */
export function leastFinal(first: FinalityStatus, ...rest: readonly FinalityStatus[]): FinalityStatus {
  return rest.reduce((least, status) => (statuses.indexOf(status) < statuses.indexOf(least) ? status : least), first)
}
