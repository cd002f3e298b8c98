import type { Queryable } from '../core/db.js'
import type { BlockSpan } from '../core/events.js'

/** A block as a place in a network, with its time as far as its header is kept. */
export interface Place {
  readonly number: number
  readonly time: Date | null
}

/** How far a network is, stage by stage. Null: nothing yet. */
export interface NetworkState {
  readonly id: number
  readonly name: string
  readonly state: 'backfilling' | 'live' | 'disputed'
  readonly startBlock: number | null
  readonly historyComplete: boolean
  readonly head: Place | null
  readonly ingested: Place | null
  readonly normalized: Place | null
  readonly projected: Place | null
  /** What the chain calls safe, where it has such a notion. */
  readonly safe: Place | null
  readonly finalized: Place | null
  /** Blocks between the first and the last one read that have not been read; the first ten. */
  readonly holes: readonly BlockSpan[]
}

interface Row {
  id: number
  name: string
  state: NetworkState['state']
  startBlock: number | null
  historyComplete: boolean
  holes: BlockSpan[] | null
  [stage: `${string}_number`]: number | null
  [stage: `${string}_time`]: Date | null
}

/** The time of the newest kept header at or below a height: headers of final blocks without events are not kept for ever. */
function timeAt(height: string): string {
  return `(SELECT b.time FROM ingest.blocks b WHERE b.network_id = n.network_id AND b.canonical AND b.number <= ${height}
    ORDER BY b.number DESC LIMIT 1)`
}

const NETWORKS = `
SELECT n.network_id AS id, n.name, c.state, n.start_block AS "startBlock", n.history_complete AS "historyComplete",
  p.head_number, p.head_time,
  c.block_number AS ingested_number, ${timeAt('c.block_number')} AS ingested_time,
  r.number AS normalized_number, ${timeAt('r.number')} AS normalized_time,
  p.projected_number, p.projected_time, p.safe_number, p.safe_time,
  (SELECT json_agg(json_build_object('from', lower(h), 'to', upper(h) - 1)) FROM (
     SELECT unnest(int8multirange(range_merge(i.blocks)) - i.blocks) AS h FROM ingest.indexed_ranges i
     WHERE i.network_id = n.network_id AND i.scope = n.scope LIMIT 10) m) AS holes,
  c.finalized_number, coalesce(${timeAt('c.finalized_number')}, p.finalized_time) AS finalized_time
FROM ref.networks n
JOIN system.sync_cursors c USING (network_id)
JOIN projection.network_status p USING (network_id)
LEFT JOIN LATERAL (
  SELECT upper(a.blocks) - 1 AS number FROM ledger.applied_ranges a
  WHERE a.network_id = n.network_id AND a.consumer_id = 'normalizer') r ON true
ORDER BY n.name`

/** Where every network of the database stands. A handful of index look-ups per network. */
export async function readNetworkStates(db: Queryable): Promise<NetworkState[]> {
  const rows = await db.query<Row>(NETWORKS)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    state: row.state,
    startBlock: row.startBlock,
    historyComplete: row.historyComplete,
    head: place(row, 'head'),
    ingested: place(row, 'ingested'),
    normalized: place(row, 'normalized'),
    projected: place(row, 'projected'),
    safe: place(row, 'safe'),
    finalized: place(row, 'finalized'),
    holes: row.holes ?? [],
  }))
}

function place(row: Row, stage: string): Place | null {
  const number = row[`${stage}_number`] ?? null
  return number === null || number < 0 ? null : { number, time: row[`${stage}_time`] ?? null }
}

/** Seconds from the time of a place to `now`; null where there is none. A block from the future of our clock has no lag. */
export function lagOf(place: Place | null, now: Date): number | null {
  return place?.time == null ? null : Math.max(0, (now.getTime() - place.time.getTime()) / 1000)
}
