import { bigint, columns, integer, type Parameter, smallint, uuid } from '../core/columns.js'
import type { Tx } from '../core/db.js'
import { FtError } from '../core/errors.js'
import {
  type Delta,
  type Fact,
  isMovement,
  type Parsed,
  type ParseFailure,
  type Parser,
  type RawEvent,
} from '../core/events.js'
import { normalizedEventId } from '../core/ids.js'
import { detailsProblem } from '../core/market.js'
import type { Network } from '../core/networks.js'
import { recomputeStubs, upsertStubs } from './catalog.js'
import { type Entry, toEntries } from './entries.js'
import { appendEvents, type EventKey, type LedgerEvent, revertEvents } from './ledger.js'
import { lockLedger } from './locks.js'

export interface Normalized {
  /** New ledger entries, in the order in which they must be understood: reversing ones first. */
  readonly events: readonly LedgerEvent[]
  /** Raw events that could not be read, for the dead letters. */
  readonly failures: readonly { readonly raw: RawEvent; readonly reason: string }[]
}

/**
 * Raw events → ledger. Events of blocks that are no longer canonical are passed over; events that the ledger has already, in
 * the same inclusion, change nothing; a reverted event that is included again gets its next incarnation (`EVM.md` A0).
 * @throws FtError event_conflict when one inclusion of an event says two different things: an endpoint lied, and a person must look
 */
export async function normalize(
  tx: Tx,
  network: Network,
  parse: Parser,
  events: readonly RawEvent[],
): Promise<Normalized> {
  await lockLedger(tx, network)
  return await completeEntries(tx, network, await recordEntries(tx, network, parse, events))
}

/** Entries whose keys are taken; in the ledger already, when the ledger knew none of them before. */
export interface Recorded {
  readonly entries: readonly Entry[]
  readonly failures: Normalized['failures']
  /** Of each entry that is live because of this call, by its key. */
  readonly incarnations: ReadonlyMap<string, number>
  /** The new ledger entries; null while those are to be reverted first that the ledger has of a block which was forked away. */
  readonly applied: readonly LedgerEvent[] | null
}

/** The first half of `normalize`: touches no row that another event of other blocks may touch. */
export async function recordEntries(
  tx: Tx,
  network: Network,
  parse: Parser,
  events: readonly RawEvent[],
): Promise<Recorded> {
  const raws = unique(await keepCanonical(tx, network, events))
  const parsed = checkDetails(parse(raws))
  const entries = toEntries(network, raws, parsed.facts)
  const incarnations = await upsertKeys(tx, network, entries)
  const isNew = incarnations.size === entries.length
  const applied = isNew ? await appendEntries(tx, network, entries, incarnations) : null
  return { entries, failures: withRaw(raws, parsed.failures), incarnations, applied }
}

/** The second half: what the ledger had already of these events, and the catalog. */
export async function completeEntries(
  tx: Tx,
  network: Network,
  { entries, failures, incarnations, applied }: Recorded,
): Promise<Normalized> {
  if (applied !== null) {
    await upsertStubs(tx, network, entries)
    return { events: applied, failures }
  }
  const known = entries.filter((entry) => !incarnations.has(keyOf(entry.fact)))
  const missed = await resolveKnown(tx, network, known)
  const reverted = await revertEvents(tx, network, missed)
  await recomputeStubs(tx, network, assetsOf(reverted))
  const revived = await upsertKeys(tx, network, entries.filter(isIn(missed)))
  const live = new Map([...incarnations, ...revived])
  const fresh = entries.filter((entry) => live.has(keyOf(entry.fact)))
  await upsertStubs(tx, network, fresh)
  return { events: [...reverted, ...(await appendEntries(tx, network, fresh, live))], failures }
}

/** Takes the keys of entries and appends those to the ledger that it does not have, or has taken back. Gives these. */
export async function appendNew(tx: Tx, network: Network, entries: readonly Entry[]): Promise<LedgerEvent[]> {
  const live = await upsertKeys(tx, network, entries)
  const fresh = entries.filter((entry) => live.has(keyOf(entry.fact)))
  return await appendEntries(tx, network, fresh, live)
}

async function appendEntries(
  tx: Tx,
  network: Network,
  entries: readonly Entry[],
  incarnations: ReadonlyMap<string, number>,
): Promise<LedgerEvent[]> {
  const events = entries.map((entry) => toLedgerEvent(entry, incarnations.get(keyOf(entry.fact)) ?? 1))
  await appendEvents(tx, network, events)
  return events
}

/** The assets of these entries, each once. */
export function assetsOf(events: readonly LedgerEvent[]): string[] {
  return [...new Set(events.flatMap((event) => (event.assetId === null ? [] : [event.assetId])))]
}

function keyOf(key: EventKey): string {
  return `${key.sourceEventId}:${key.subIndex}`
}

function isIn(keys: readonly EventKey[]): (entry: Entry) => boolean {
  const wanted = new Set(keys.map(keyOf))
  return (entry) => wanted.has(keyOf(entry.fact))
}

async function keepCanonical(tx: Tx, network: Network, events: readonly RawEvent[]): Promise<RawEvent[]> {
  const blocks = [...new Map(events.map((event) => [blockKey(event.blockNumber, event.fork), event])).values()]
  const canonical = await tx.query<{ number: number; fork: number }>(
    `SELECT i.number, i.fork FROM unnest($2::bigint[], $3::smallint[]) AS i (number, fork)
     CROSS JOIN LATERAL (
       SELECT b.canonical FROM ingest.blocks b WHERE b.network_id = $1 AND b.number = i.number AND b.fork = i.fork LIMIT 1) b
     WHERE b.canonical`,
    [
      network.id,
      ...columns(
        blocks,
        bigint((event) => event.blockNumber),
        smallint((event) => event.fork),
      ),
    ],
  )
  const kept = new Set(canonical.map((block) => blockKey(block.number, block.fork)))
  return events.filter((event) => kept.has(blockKey(event.blockNumber, event.fork)))
}

/** Names a block with one number: forks are smallints. */
function blockKey(number: number, fork: number): number {
  return number * 2 ** 15 + fork
}

/** One event may come twice in a batch (redelivery); in two canonical blocks at once it cannot be. */
function unique(events: readonly RawEvent[]): RawEvent[] {
  const seen = new Map<string, RawEvent>()
  for (const event of events) {
    const other = seen.get(event.sourceEventId)
    if (other !== undefined && (other.blockNumber !== event.blockNumber || other.position !== event.position)) {
      throw conflict(event.sourceEventId, `blocks ${other.blockNumber} and ${event.blockNumber} both contain it`)
    }
    if (other === undefined) seen.set(event.sourceEventId, event)
  }
  return [...seen.values()]
}

function conflict(sourceEventId: string, what: string): FtError {
  return new FtError('event_conflict', `event ${sourceEventId}: ${what}; check the endpoint against another one`, {
    details: { sourceEventId },
  })
}

/** Inserts new keys and revives reverted ones; gives the incarnation of each that is live now because of this call. */
async function upsertKeys(tx: Tx, network: Network, entries: readonly Entry[]): Promise<Map<string, number>> {
  if (entries.length === 0) return new Map()
  const rows = await tx.query<{ source_event_id: string; sub_index: number; incarnation: number }>(
    `INSERT INTO ledger.normalized_event_keys AS k
       (network_id, source_event_id, sub_index, block_number, position, fork, payload_hash, incarnation, is_reverted)
     SELECT $1, i.*, 1, false
     FROM unnest($2::uuid[], $3::integer[], $4::bigint[], $5::bigint[], $6::smallint[], $7::bigint[])
       AS i (source_event_id, sub_index, block_number, position, fork, payload_hash)
     ORDER BY i.source_event_id, i.sub_index
     ON CONFLICT (source_event_id, sub_index) DO UPDATE SET
       block_number = EXCLUDED.block_number, position = EXCLUDED.position, fork = EXCLUDED.fork,
       payload_hash = EXCLUDED.payload_hash, incarnation = k.incarnation + 1, is_reverted = false
     WHERE k.is_reverted
     RETURNING source_event_id, sub_index, incarnation`,
    [network.id, ...keyColumns(entries)],
  )
  return new Map(
    rows.map((row) => [keyOf({ sourceEventId: row.source_event_id, subIndex: row.sub_index }), row.incarnation]),
  )
}

function keyColumns(entries: readonly Entry[]): Parameter[] {
  return columns(
    entries,
    uuid((e) => e.fact.sourceEventId),
    integer((e) => e.fact.subIndex),
    bigint((e) => e.raw.blockNumber),
    bigint((e) => e.raw.position),
    smallint((e) => e.raw.fork),
    bigint((e) => e.payloadHash),
  )
}

/**
 * Looks at entries whose key is live already. The same inclusion with the same content is a redelivery. Another inclusion means
 * that the fork which orphaned the stored one has not been handled yet: gives those keys, to be reverted first.
 */
async function resolveKnown(tx: Tx, network: Network, known: readonly Entry[]): Promise<EventKey[]> {
  const rows = await tx.query<{
    source_event_id: string
    sub_index: number
    same_content: boolean
    canonical: boolean
  }>(
    `SELECT k.source_event_id, k.sub_index, k.payload_hash = i.payload_hash AS same_content, coalesce(b.canonical, true) AS canonical
     FROM unnest($2::uuid[], $3::integer[], $4::bigint[], $5::bigint[], $6::smallint[], $7::bigint[])
       AS i (source_event_id, sub_index, block_number, position, fork, payload_hash)
     JOIN ledger.normalized_event_keys k ON k.source_event_id = i.source_event_id AND k.sub_index = i.sub_index
     LEFT JOIN ingest.blocks b ON b.network_id = $1 AND b.number = k.block_number AND b.fork = k.fork
     WHERE (k.block_number, k.fork, k.position, k.payload_hash) <> (i.block_number, i.fork, i.position, i.payload_hash)`,
    [network.id, ...keyColumns(known)],
  )
  return rows.map((row) => {
    if (row.canonical) {
      const what = row.same_content ? 'two canonical blocks contain it' : 'the same inclusion says two different things'
      throw conflict(row.source_event_id, what)
    }
    return { sourceEventId: row.source_event_id, subIndex: row.sub_index }
  })
}

function toLedgerEvent({ fact, raw, assetId, collectionId }: Entry, incarnation: number): LedgerEvent {
  return {
    normalizedEventId: normalizedEventId(fact.sourceEventId, fact.subIndex, incarnation, 'apply'),
    sourceEventId: fact.sourceEventId,
    subIndex: fact.subIndex,
    incarnation,
    reverts: false,
    kind: fact.kind,
    standard: fact.standard,
    assetId,
    blockNumber: raw.blockNumber,
    position: raw.position,
    fork: raw.fork,
    details: fact.details,
    collectionId,
    deltas: deltasOf(fact),
  }
}

/** What a fact moves: −quantity at the giver, +quantity at the taker. Mint and opening balance have no giver, a burn no taker. */
export function deltasOf(fact: Fact): Delta[] {
  if (!isMovement(fact.kind) && fact.kind !== 'opening_balance') return []
  const deltas: Delta[] = []
  if (fact.from !== null) deltas.push({ account: fact.from, quantity: (-fact.quantity).toString() })
  if (fact.to !== null) deltas.push({ account: fact.to, quantity: fact.quantity.toString() })
  return deltas
}

/**
 * A fact whose market details are not what `core/market.ts` says is a failure of its event. The event's other facts stay, each with its
 * sub-index: whatever a sale contract says of a price, the token has moved; and a replay finds them there.
 */
function checkDetails({ facts, failures }: Parsed): Parsed {
  const problems = new Map<string, string>()
  const sound = facts.filter((fact) => {
    const problem = fact.details === null && isMovement(fact.kind) ? null : detailsProblem(fact)
    if (problem !== null) problems.set(fact.sourceEventId, problem)
    return problem === null
  })
  if (problems.size === 0) return { facts, failures }
  const found = [...problems].map(([sourceEventId, reason]) => ({ sourceEventId, reason }))
  return { facts: sound, failures: [...failures, ...found] }
}

function withRaw(raws: readonly RawEvent[], failures: readonly ParseFailure[]): Normalized['failures'] {
  if (failures.length === 0) return []
  const bySource = new Map(raws.map((raw) => [raw.sourceEventId, raw]))
  return failures.map(({ sourceEventId, reason }) => {
    const raw = bySource.get(sourceEventId)
    if (raw === undefined) throw new Error(`the parser made up the source event ${sourceEventId}`)
    return { raw, reason }
  })
}
