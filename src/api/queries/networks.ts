import { eq, sql } from 'drizzle-orm'
import type { Db } from '../../core/db.js'
import { networkStatus } from '../../core/schema/projection.js'
import { asOf, finalityAt } from '../finality.js'
import { isoTime, value } from './columns.js'
import { lookUp } from './prepared.js'

export type NetworkQueries = ReturnType<typeof networkQueries>
export type NetworkRow = Awaited<ReturnType<NetworkQueries['all']>>[number]

/** Reads of the networks' states. */
export function networkQueries(db: Db) {
  const all = lookUp(db, 'api_networks', select(db.orm).orderBy(networkStatus.name))
  const byName = lookUp(db, 'api_network', select(db.orm).where(eq(networkStatus.name, sql.placeholder('name'))))
  return {
    /** Every network, by name. */
    all: async () => await all.execute(),
    /** One network; undefined when it is not known. */
    find: async (name: string) => (await byName.execute({ name }))[0],
  }
}

function select(orm: Db['orm']) {
  return orm
    .select({
      answer: asOf(networkStatus.projectedNumber),
      networkId: value(networkStatus.networkId),
      name: value(networkStatus.name),
      chain: value(networkStatus.chain),
      chainId: value(networkStatus.chainId),
      state: value(networkStatus.state),
      startBlock: value(networkStatus.startBlock),
      historyComplete: value(networkStatus.historyComplete),
      projected: value(networkStatus.projected),
      headNumber: value(networkStatus.headNumber),
      headHash: value(networkStatus.headHash),
      headTime: isoTime(networkStatus.headTime),
      safeNumber: value(networkStatus.safeNumber),
      safeHash: value(networkStatus.safeHash),
      safeTime: isoTime(networkStatus.safeTime),
      finalizedNumber: value(networkStatus.finalizedNumber),
      finalizedHash: value(networkStatus.finalizedHash),
      finalizedTime: isoTime(networkStatus.finalizedTime),
      projectedNumber: value(networkStatus.projectedNumber),
      projectedHash: value(networkStatus.projectedHash),
      projectedTime: isoTime(networkStatus.projectedTime),
      lagSeconds: sql<
        number | null
      >`greatest(0, round(extract(epoch FROM now() - ${networkStatus.projectedTime}), 3))::float8`,
      updatedAt: isoTime(networkStatus.updatedAt),
      finalityStatus: finalityAt(networkStatus.projectedNumber),
    })
    .from(networkStatus)
    .$dynamic()
}
