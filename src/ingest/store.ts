import { currentBranch } from '../core/branch.js'
import { bigint, bytea, columns, jsonb, smallint, uuid } from '../core/columns.js'
import type { Tx } from '../core/db.js'
import { FtError } from '../core/errors.js'
import type { RawEvent } from '../core/events.js'
import type { Network } from '../core/networks.js'
import { splitPayload } from '../core/payload.js'
import type { BlockHeader, ChainBlock } from './adapter.js'

/**
 * Stores blocks as canonical, with their raw events, and gives the events as the pipeline takes them. A block that is known
 * already (redelivered, or canonical again after a flip-flop) keeps its fork number.
 */
export async function storeBlocks(tx: Tx, network: Network, blocks: readonly ChainBlock[]): Promise<RawEvent[]> {
  const forks = await storeHeaders(
    tx,
    network,
    blocks.map((block) => block.header),
  )
  const events = blocks.flatMap(({ header, events }) => {
    const placed = { blockNumber: header.number, fork: forkOf(forks, header) }
    return events.map(({ sourceEventId, position, txHash, contract, payload }): RawEvent => {
      return { sourceEventId, ...placed, position, txHash, contract, payload }
    })
  })
  if (events.length > 0) await storeRawEvents(tx, network, events)
  return events
}

function forkOf(forks: ReadonlyMap<string, number>, header: BlockHeader): number {
  const fork = forks.get(header.hash)
  if (fork === undefined) throw new FtError('internal', `block ${header.number} ${header.hash} was not stored`)
  return fork
}

/** Fork numbers by block hash. */
async function storeHeaders(
  tx: Tx,
  network: Network,
  headers: readonly BlockHeader[],
): Promise<ReadonlyMap<string, number>> {
  if (headers.length === 0) return new Map()
  const rows = await tx.query<{ hash: string; fork: number }>(
    `INSERT INTO ingest.blocks AS b (network_id, number, hash, parent_hash, time, fork, canonical)
     SELECT $1, i.number, i.hash, i.parent_hash, to_timestamp(i.time),
       coalesce((SELECT max(o.fork) + 1 FROM ingest.blocks o WHERE o.network_id = $1 AND o.number = i.number), 0), true
     FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[]) AS i (number, hash, parent_hash, time)
     ORDER BY i.number
     ON CONFLICT (network_id, number, hash) DO UPDATE SET canonical = true
     RETURNING hash, fork`,
    [
      network.id,
      ...columns(
        headers,
        bigint((header) => header.number),
        bytea((header) => header.hash),
        bytea((header) => header.parentHash),
        bigint((header) => header.time),
      ),
    ],
  )
  return new Map(rows.map((row) => [row.hash, row.fork]))
}

async function storeRawEvents(tx: Tx, network: Network, events: readonly RawEvent[]): Promise<void> {
  tx.send(
    `INSERT INTO ingest.raw_events
       (network_id, block_number, position, source_event_id, fork, contract, tx_hash, raw_payload, packed_log)
     SELECT $1, e.* FROM unnest($2::bigint[], $3::bigint[], $4::uuid[], $5::smallint[], $6::bytea[], $7::bytea[], $8::jsonb[],
       $9::bytea[]) AS e
     ON CONFLICT DO NOTHING`,
    [
      network.id,
      ...columns(
        events.map((event) => ({ event, stored: splitPayload(event.payload) })),
        bigint(({ event }) => event.blockNumber),
        bigint(({ event }) => event.position),
        uuid(({ event }) => event.sourceEventId),
        smallint(({ event }) => event.fork),
        bytea(({ event }) => event.contract),
        bytea(({ event }) => event.txHash),
        jsonb(({ stored }) => JSON.stringify(stored.raw_payload)),
        bytea(({ stored }) => stored.packed_log),
      ),
    ],
  )
}

/** A block that left the canonical chain. */
export interface OrphanedBlock {
  readonly number: number
  readonly fork: number
}

/** Marks every canonical block above a height as orphaned and gives them, lowest first. */
export async function orphanAbove(tx: Tx, network: Network, ancestor: number): Promise<OrphanedBlock[]> {
  const rows = await tx.query<{ number: number; fork: number }>(
    `UPDATE ingest.blocks SET canonical = false WHERE network_id = $1 AND number > $2 AND canonical RETURNING number, fork`,
    [network.id, ancestor],
  )
  return rows.sort((a, b) => a.number - b.number)
}

/** Counts one more fork and gives the count, in the transaction that orphans its blocks. The caller is the only writer. */
export async function recordFork(tx: Tx, network: Network, ancestor: number, depth: number): Promise<number> {
  const branch = (await currentBranch(tx, network)) + 1
  tx.send('INSERT INTO ingest.forks (network_id, branch, ancestor, depth) VALUES ($1, $2, $3, $4)', [
    network.id,
    branch,
    ancestor,
    depth,
  ])
  return branch
}

/** The stored canonical hash at a height, or null when that header is not kept. */
export async function canonicalHash(tx: Pick<Tx, 'query'>, network: Network, number: number): Promise<string | null> {
  const [row] = await tx.query<{ hash: string }>(
    'SELECT hash FROM ingest.blocks WHERE network_id = $1 AND number = $2 AND canonical',
    [network.id, number],
  )
  return row?.hash ?? null
}
