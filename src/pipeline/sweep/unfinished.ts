import type { Tx } from '../../core/db.js'
import type { BlockSpan, ForkMessage } from '../../core/events.js'
import type { Network } from '../../core/networks.js'

/** Most spans of one look. */
const SPANS = 20

/** Blocks that were read and that the read models do not count as whole: what says so was lost on its way. */
export async function findUnfinished(tx: Tx, network: Network, span: BlockSpan): Promise<BlockSpan[]> {
  return await tx.query<BlockSpan>(
    `SELECT lower(r) AS "from", upper(r) - 1 AS "to"
     FROM ref.networks n JOIN projection.network_status p USING (network_id)
     JOIN ingest.indexed_ranges i ON i.network_id = n.network_id AND i.scope = n.scope
     CROSS JOIN LATERAL unnest(i.blocks * int8multirange(int8range($2, $3, '[]')) - p.projected) AS r
     WHERE n.network_id = $1 ORDER BY 1 LIMIT ${SPANS}`,
    [network.id, span.from, span.to],
  )
}

/** Forks whose reversing entries have not all come to the read models, as their messages. */
export async function findUnretracted(tx: Tx, network: Network): Promise<ForkMessage[]> {
  const rows = await tx.query<Omit<ForkMessage, 'v' | 'network'>>(
    `SELECT f.branch, json_build_object('number', f.ancestor, 'hash',
         coalesce((SELECT '0x' || encode(b.hash, 'hex') FROM ingest.blocks b
                   WHERE b.network_id = $1 AND b.number = f.ancestor AND b.canonical), '')) AS ancestor,
       (SELECT coalesce(json_agg(json_build_object('number', b.number, 'fork', b.fork)), '[]') FROM ingest.blocks b
        WHERE b.network_id = $1 AND b.number > f.ancestor AND NOT b.canonical) AS blocks
     FROM ingest.forks f JOIN projection.network_status p USING (network_id)
     WHERE f.network_id = $1 AND NOT p.retracted @> f.branch ORDER BY f.branch LIMIT ${SPANS}`,
    [network.id],
  )
  return rows.map((row) => ({ v: 1, network: network.name, ...row }))
}
