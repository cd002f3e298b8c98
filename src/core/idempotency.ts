import { bigint, columns, uuid } from './columns.js'
import type { Tx } from './db.js'
import type { BlockSpan, NormalizedEvent } from './events.js'
import type { Network } from './networks.js'

/**
 * Claims ledger entries for a consumer and gives those that it has not applied yet, in their given order. Must run in the
 * transaction of the effect: the claim and the effect commit together, so a redelivery finds nothing left to do. What the ledger
 * does not have is left out: a server that took over without its last commits is told of entries that nobody has written.
 */
export async function claim(
  tx: Tx,
  network: Network,
  consumer: string,
  events: readonly NormalizedEvent[],
): Promise<NormalizedEvent[]> {
  if (events.length === 0) return []
  const fresh = await tx.query<{ normalized_event_id: string }>(
    `INSERT INTO ledger.applied_events (network_id, consumer_id, block_number, normalized_event_id)
     SELECT $1, $2, e.block_number, e.normalized_event_id
     FROM unnest($3::bigint[], $4::uuid[]) AS e (block_number, normalized_event_id)
     WHERE NOT coalesce((SELECT r.blocks FROM ledger.applied_ranges r WHERE r.network_id = $1 AND r.consumer_id = $2)
                        @> e.block_number, false)
       AND (SELECT true FROM ledger.normalized_events n
            WHERE n.network_id = $1 AND n.block_number = e.block_number AND n.normalized_event_id = e.normalized_event_id LIMIT 1)
     ORDER BY e.block_number, e.normalized_event_id
     ON CONFLICT DO NOTHING
     RETURNING normalized_event_id`,
    [
      network.id,
      consumer,
      ...columns(
        events,
        bigint((event) => event.blockNumber),
        uuid((event) => event.normalizedEventId),
      ),
    ],
  )
  const claimed = new Set(fresh.map((row) => row.normalized_event_id))
  // a batch may hold the same entry twice: the first one wins
  return events.filter((event) => claimed.delete(event.normalizedEventId))
}

/** Tells of these blocks whether one of these consumers has applied everything of a block, so that it takes no entry of it any more. */
export async function claimedBlocks(
  tx: Tx,
  network: Network,
  consumers: readonly string[],
  blocks: Iterable<number>,
): Promise<(consumer: string, block: number) => boolean> {
  const rows = await tx.query<{ consumer: string; block: number }>(
    `SELECT r.consumer_id AS consumer, b.block FROM ledger.applied_ranges r CROSS JOIN unnest($3::bigint[]) AS b (block)
     WHERE r.network_id = $1 AND r.consumer_id = ANY ($2::text[]) AND r.blocks @> b.block`,
    [network.id, consumers, [...blocks]],
  )
  const claimed = new Set(rows.map(({ consumer, block }) => `${consumer} ${block}`))
  return (consumer, block) => claimed.size > 0 && claimed.has(`${consumer} ${block}`)
}

/** Says that a consumer has applied everything of these blocks: later deliveries of their entries are duplicates. */
export async function claimBlocks(tx: Tx, network: Network, consumer: string, blocks: BlockSpan): Promise<void> {
  tx.send(
    `INSERT INTO ledger.applied_ranges AS r (network_id, consumer_id, blocks)
     VALUES ($1, $2, int8multirange(int8range($3, $4, '[]')))
     ON CONFLICT (network_id, consumer_id) DO UPDATE SET blocks = r.blocks + EXCLUDED.blocks`,
    [network.id, consumer, blocks.from, blocks.to],
  )
}
