import { addressFromHex } from '../core/address.js'
import { bigint, columns, smallint } from '../core/columns.js'
import type { Db, Tx } from '../core/db.js'
import { FtError, isFtError, messageOf } from '../core/errors.js'
import type { BlockSpan, Parser, RawEvent } from '../core/events.js'
import { type Network, REWIND_LOCK } from '../core/networks.js'
import { joinPayload, type StoredPayload } from '../core/payload.js'
import type { ChainAdapter, ChainBlock, Reread } from './adapter.js'
import { storeBlocks } from './store.js'

/** How a stored block and the chain differ in one event, or (`forked`) altogether. */
export interface Difference {
  readonly block: number
  readonly difference: 'missing' | 'extra' | 'changed' | 'forked'
  readonly txHash: string
  readonly contract: string
  readonly position: number | null
}

/** What has to happen to the ledger: these source events are taken back, then these raw events are applied. */
export interface Repair {
  readonly revert: readonly string[]
  readonly events: readonly RawEvent[]
}

/** Which final blocks are read again: so many that are drawn, those of a span, or those whose events wait in open dead letters. */
export type AuditedBlocks = { readonly sample: number } | BlockSpan | 'dead letters'

export interface AuditOptions {
  /** Pool whose role may write ingestion and pipeline tables. */
  readonly db: Db
  readonly network: Network
  readonly adapter: Pick<ChainAdapter, 'reread' | 'parse'>
  readonly blocks: AuditedBlocks
  /** The pipeline's part of a repair; null: only look. */
  readonly repair: ((tx: Tx, repair: Repair) => Promise<void>) | null
  /** Hears of each block that was looked at, and how many of how many that makes. */
  readonly onBlock?: (block: number, done: number, of: number) => void
  /** Stops before the next block; what was found until then is the answer. */
  readonly signal?: AbortSignal
}

export interface Audit {
  readonly blocks: number
  readonly events: number
  readonly differences: readonly Difference[]
  /** Blocks that could not be read again, with the last reason: nodes forget old receipts. */
  readonly unread: { readonly blocks: number; readonly reason: string | null }
  /** The block that it was stopped before; null: all were looked at. */
  readonly stoppedBefore: number | null
}

/**
 * Reads final blocks a second time and compares their events with what is stored. What differs is repaired through the ledger, block
 * by block: what is missing is applied, what is not on the chain is taken back. A block whose hash differs is left to a person.
 * @throws FtError as ChainAdapter lists them, but for what passes or concerns one block
 */
export async function audit(options: AuditOptions): Promise<Audit> {
  const { db, network, adapter } = options
  const heights = await heightsOf(db, network, options.blocks)
  const differences: Difference[] = []
  let [blocks, events] = [0, 0]
  let unread: Audit['unread'] = { blocks: 0, reason: null }
  for (const [done, height] of heights.entries()) {
    if (options.signal?.aborted === true) return { blocks, events, differences, unread, stoppedBefore: height }
    const again = await rereadOrReason(adapter, height)
    if (typeof again === 'string') {
      unread = { blocks: unread.blocks + 1, reason: again }
    } else {
      differences.push(...(await auditBlock(options, again)))
      blocks += 1
      events += again.block.events.length
    }
    options.onBlock?.(height, done + 1, heights.length)
  }
  return { blocks, events, differences, unread, stoppedBefore: null }
}

/** Spans of blocks that were indexed and are final, as rows `r` of the network $1. */
const FINAL = `ingest.indexed_ranges i JOIN system.sync_cursors c USING (network_id)
  CROSS JOIN unnest(i.blocks * int8multirange(int8range(NULL, c.finalized_number, '[]'))) AS r
  WHERE i.network_id = $1 AND c.finalized_number IS NOT NULL`

/** The heights that are meant, of those that were indexed and are final; ascending. */
async function heightsOf(db: Db, network: Network, blocks: AuditedBlocks): Promise<number[]> {
  if (blocks !== 'dead letters' && 'sample' in blocks) return await draw(db, network, blocks.sample)
  const rows =
    blocks === 'dead letters'
      ? await db.query<{ number: number }>(
          `SELECT DISTINCT n.number FROM system.dlq d CROSS JOIN LATERAL json_array_elements(d.payload->'events') e
           CROSS JOIN LATERAL (SELECT (e->>'blockNumber')::int8 AS number) n
           WHERE d.network = $2 AND d.consumer_group = 'normalizer' AND d.resolved_at IS NULL
             AND json_typeof(d.payload->'events') = 'array' AND EXISTS (SELECT FROM ${FINAL} AND r @> n.number)
           ORDER BY 1`,
          [network.id, network.name],
        )
      : await db.query<{ number: number }>(
          `SELECT generate_series(greatest(lower(r), $2), least(upper(r) - 1, $3)) AS number FROM ${FINAL} ORDER BY 1`,
          [network.id, blocks.from, blocks.to],
        )
  return rows.map(({ number }) => number)
}

/** So many heights: half of them any, half with events. All of them when there are not more. */
async function draw(db: Db, network: Network, sample: number): Promise<number[]> {
  const spans = await db.query<BlockSpan>(`SELECT lower(r) AS from, upper(r) - 1 AS to FROM ${FINAL} ORDER BY 1`, [
    network.id,
  ])
  const width = spans.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  const heightAt = (place: number): number => {
    let left = place
    for (const { from, to } of spans) {
      if (left <= to - from) return from + left
      left -= to - from + 1
    }
    throw new RangeError('there is no such height')
  }
  if (width <= sample) return Array.from({ length: width }, (_, place) => heightAt(place))
  const drawn = Array.from({ length: sample }, () => heightAt(Math.floor(Math.random() * width)))
  const half = Math.ceil(sample / 2)
  const withEvents = await db.query<{ number: number }>(
    `SELECT b.number FROM unnest($2::bigint[]) AS h (height) CROSS JOIN LATERAL (
       SELECT number FROM ingest.blocks WHERE network_id = $1 AND canonical AND number >= h.height ORDER BY number LIMIT 1) b
     JOIN system.sync_cursors c ON c.network_id = $1 AND b.number <= c.finalized_number`,
    [network.id, drawn.slice(half)],
  )
  const heights = new Set([...drawn.slice(0, half), ...withEvents.map(({ number }) => number)])
  return [...heights].sort((a, b) => a - b)
}

async function rereadOrReason(adapter: AuditOptions['adapter'], height: number): Promise<Reread | string> {
  try {
    return await adapter.reread(height)
  } catch (error) {
    if (isFtError(error) && error.spec.retryable) return messageOf(error)
    throw error
  }
}

interface StoredEvent extends StoredPayload {
  readonly source_event_id: string
  readonly position: number
  readonly fork: number
  readonly contract: string
  readonly tx_hash: string
}

async function auditBlock({ db, network, adapter, repair }: AuditOptions, again: Reread): Promise<Difference[]> {
  const { block } = again
  const look = async (tx: Tx) => await compareBlock(tx, network, adapter.parse, again)
  const canMend = (differences: readonly Found[]) => differences.some(({ difference }) => difference !== 'forked')
  let found = await db.transaction(async (tx) => (await look(tx)).found)
  if (repair !== null && canMend(found)) {
    found = await db.transaction(async (tx) => {
      if (!(await isFinal(tx, network, block.header.number))) return []
      const { events, found: still } = await look(tx)
      if (canMend(still)) await repairBlock(tx, network, block, events, still, repair)
      return still
    })
  }
  return found.map(({ wrongId, ...difference }) => difference)
}

/**
 * Whether a height is indexed and final, and stays so to the end of the transaction.
 * @throws FtError database_conflict while a rewind takes blocks back
 */
async function isFinal(tx: Tx, network: Network, height: number): Promise<boolean> {
  const [row] = await tx.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock_shared(hashtext($2), $1) AS held', [
    network.id,
    REWIND_LOCK,
  ])
  if (row?.held !== true) {
    throw new FtError('database_conflict', `ft rewind of ${network.name} is at work: audit again when it is done`)
  }
  const spans = await tx.query(`SELECT FROM ${FINAL} AND r @> $2::bigint`, [network.id, height])
  return spans.length > 0
}

/** What is stored of a block that was read again, and how it differs. */
async function compareBlock(
  tx: Tx,
  network: Network,
  parse: Parser,
  { block, complete }: Reread,
): Promise<{ readonly events: readonly StoredEvent[]; readonly found: readonly Found[] }> {
  const { header } = block
  const [stored] = await tx.query<{ hash: string }>(
    'SELECT hash FROM ingest.blocks WHERE network_id = $1 AND number = $2 AND canonical',
    [network.id, header.number],
  )
  if (stored !== undefined && stored.hash !== header.hash) {
    const place = { block: header.number, txHash: '', contract: '', position: null }
    return { events: [], found: [{ ...place, difference: 'forked', wrongId: null }] }
  }
  const events = await tx.query<StoredEvent & Record<string, unknown>>(
    `SELECT r.source_event_id, r.position, r.fork, r.contract, r.tx_hash, r.raw_payload, r.packed_log
     FROM ingest.raw_events r JOIN ingest.blocks b ON b.network_id = $1 AND b.number = r.block_number AND b.fork = r.fork
     WHERE r.network_id = $1 AND r.block_number = $2 AND b.canonical`,
    [network.id, header.number],
  )
  return { events, found: compare(parse, block, events, complete) }
}

/** A difference with the stored event that is wrong, if one is. */
type Found = Difference & { readonly wrongId: string | null }

function compare(parse: Parser, block: ChainBlock, stored: readonly StoredEvent[], complete: boolean): Found[] {
  const height = block.header.number
  const known = new Map(stored.map((event) => [event.source_event_id, event]))
  const both = block.events.filter(({ sourceEventId }) => known.has(sourceEventId))
  const fork = stored[0]?.fork ?? 0
  const now = saying(
    parse,
    both.map((event) => ({ ...event, blockNumber: height, fork })),
  )
  const before = saying(
    parse,
    both.flatMap(({ sourceEventId }) => known.get(sourceEventId) ?? []).map((event) => rawOf(event, block)),
  )
  const found: Found[] = []
  for (const { sourceEventId, txHash, contract, position } of block.events) {
    const isKnown = known.delete(sourceEventId)
    const place = { block: height, txHash, contract, position }
    if (!isKnown) found.push({ ...place, difference: 'missing', wrongId: null })
    else if (now.get(sourceEventId) !== before.get(sourceEventId)) {
      found.push({ ...place, difference: 'changed', wrongId: sourceEventId })
    }
  }
  for (const extra of complete ? known.values() : []) {
    const { tx_hash: txHash, position, source_event_id: wrongId } = extra
    const contract = addressFromHex(extra.contract)
    found.push({ block: height, txHash, contract, position, difference: 'extra', wrongId })
  }
  return found
}

/** Where each event is, and what it says: one that an earlier version has stored in another form is no other event. */
function saying(parse: Parser, events: readonly RawEvent[]): ReadonlyMap<string, string> {
  const { facts, failures } = parse(events)
  const said = new Map<string, unknown[]>()
  for (const { sourceEventId, position, txHash, contract } of events)
    said.set(sourceEventId, [position, txHash, contract])
  for (const what of [...facts, ...failures]) said.get(what.sourceEventId)?.push(what)
  return new Map([...said].map(([id, what]) => [id, JSON.stringify(what, decimal)]))
}

function decimal(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/**
 * What the events of a transaction mean together has to be seen together, so whole transactions are taken back and applied anew, with those of
 * their events that are not wrong and that a second look which proves nothing by absence did not find.
 */
async function repairBlock(
  tx: Tx,
  network: Network,
  block: ChainBlock,
  stored: readonly StoredEvent[],
  found: readonly Found[],
  repair: NonNullable<AuditOptions['repair']>,
): Promise<void> {
  const transactions = new Set(found.map(({ txHash }) => txHash))
  const wrong = new Set(found.flatMap(({ wrongId }) => wrongId ?? []))
  const removed = stored.filter((event) => wrong.has(event.source_event_id))
  await tx.query(
    `DELETE FROM ingest.raw_events r USING unnest($3::bigint[], $4::smallint[]) AS i (position, fork)
     WHERE r.network_id = $1 AND r.block_number = $2 AND r.position = i.position AND r.fork = i.fork`,
    [
      network.id,
      block.header.number,
      ...columns(
        removed,
        bigint((event) => event.position),
        smallint((event) => event.fork),
      ),
    ],
  )
  await tx.query('SELECT system.ensure_partitions($1, $2, $2)', [network.id, block.header.number])
  const seen = new Set(block.events.map(({ sourceEventId }) => sourceEventId))
  const unseen = stored.filter(({ source_event_id: id, tx_hash }) => {
    return transactions.has(tx_hash) && !wrong.has(id) && !seen.has(id)
  })
  const events = [...(await storeBlocks(tx, network, [block])), ...unseen.map((event) => rawOf(event, block))]
  await repair(tx, {
    revert: stored
      .filter((event) => transactions.has(event.tx_hash) || wrong.has(event.source_event_id))
      .map((event) => event.source_event_id),
    events: events.filter((event) => transactions.has(event.txHash)).sort((a, b) => a.position - b.position),
  })
}

function rawOf(event: StoredEvent, { header }: ChainBlock): RawEvent {
  return {
    ...{ sourceEventId: event.source_event_id, blockNumber: header.number, fork: event.fork, position: event.position },
    ...{ txHash: event.tx_hash, contract: addressFromHex(event.contract), payload: joinPayload(event) },
  }
}
