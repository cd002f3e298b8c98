import { addressToBytea } from '../core/address.js'
import { bigint, bytea, columns, integer, text, uuid } from '../core/columns.js'
import type { Db, Queryable } from '../core/db.js'
import { FtError, isFtError, messageOf } from '../core/errors.js'
import { type BlockSpan, isMovement, type Parser, type RawEvent } from '../core/events.js'
import { collectionId } from '../core/ids.js'
import type { Network } from '../core/networks.js'
import { toEntries } from './entries.js'
import { lockProjection } from './locks.js'
import { deltasOf } from './normalize.js'
import type { Ask, Reconciled, Reconciliation } from './reconcile.js'

/*
 * Some contracts change who holds what without an event: balances that grow by themselves, that are computed, tokens that are lent. What they say
 * cannot be derived from events, and their collections are marked (`derivable`). A holding also differs where the ledger lacks an event, and that
 * must never pass for the other. So everything that the difference could come from is looked at a second time before a collection is marked: the
 * contract's answer, the opening balance, whether all blocks were read, and each movement of the contract.
 */

/** A stretch of the chain with what moves the tokens of some contracts. */
export interface Stretch extends BlockSpan {
  readonly blocks: readonly {
    readonly header: { readonly number: number; readonly hash: string }
    readonly events: readonly Omit<RawEvent, 'blockNumber' | 'fork'>[]
  }[]
}

/** The chain a second time, where there are several endpoints by another one. See `ChainAdapter`. */
export interface SecondLook {
  readonly holdings: Ask
  /** The blocks of a span in order, with what moves the tokens of these contracts; null where the chain cannot say what one contract did. */
  readonly movements: ((contracts: readonly string[], span: BlockSpan) => AsyncIterable<Stretch>) | null
  readonly parse: Parser
}

/** Why holdings of a contract differ from what it says, as far as it could be found out. */
export type Cause =
  /** All that the ledger has is what the chain has: events do not tell. The collection is marked. */
  | { readonly kind: 'not derivable' }
  | ({ readonly kind: 'events differ' } & Difference)
  /** These blocks, which the ledger needs, have not been read. */
  | { readonly kind: 'blocks not read'; readonly spans: readonly BlockSpan[] }
  /** An opening balance in the ledger is not what the contract says of the block before the first indexed one. */
  | { readonly kind: 'opening balance differs' }
  /** Asked a second time, the contract said something else. */
  | { readonly kind: 'answers differ' }
  | { readonly kind: 'unknown'; readonly reason: string }

/** How the movements of a contract differ between the ledger and the chain; one that was changed is missing and extra. */
export interface Difference {
  /** Movements and events that cannot be read, which the chain has and the ledger lacks. */
  readonly missing: number
  /** Movements of the ledger that the chain does not have. */
  readonly extra: number
  /** The lowest blocks in which something differs, ascending; ten at most of each stretch that was read. */
  readonly blocks: readonly number[]
}

export interface Explained {
  readonly contract: string
  readonly cause: Cause
}

export interface ExplainOptions {
  /** Stops the reading of history: what is not known by then stays so. */
  readonly signal: AbortSignal
  /** Hears how many of how many blocks were read a second time. */
  readonly onProgress?: (done: number, of: number) => void
}

const NOT_LISTED = 'this chain cannot list what one contract did'
const STOPPED = 'it was stopped'

/**
 * Finds out for each contract why it says something else than the ledger, and marks the collections of those whose events do not tell who holds
 * what. `db` has the role ft_pipeline.
 * @returns a cause for each contract with a mismatch
 */
export async function explainMismatches(
  db: Db,
  network: Network,
  { block, mismatches }: Pick<Reconciliation, 'block' | 'mismatches'>,
  look: SecondLook,
  options: ExplainOptions,
): Promise<Explained[]> {
  const contracts = [...new Set(mismatches.map(({ question }) => question.contract))]
  if (look.movements === null) return contracts.map((contract) => ({ contract, cause: unknown(NOT_LISTED) }))
  const read = await readBlocks(db, network, block)
  const causes = new Map<string, Cause | null>()
  for (const contract of contracts) {
    const samples = mismatches.filter(({ question }) => question.contract === contract)
    causes.set(contract, read.cause ?? (await secondOpinion(look, samples, block, read.span.from, options.signal)))
  }
  const open = [...causes].flatMap(([contract, cause]) => (cause === null ? [contract] : []))
  for (const { contract, cause } of await compareHistories(db, network, open, read.span, look, options)) {
    causes.set(contract, cause)
  }
  const explained = [...causes].map(([contract, cause]) => ({ contract, cause: cause ?? unknown(STOPPED) }))
  const marked = explained.filter(({ cause }) => cause.kind === 'not derivable')
  await setDerivable(
    db,
    network,
    marked.map(({ contract }) => contract),
    false,
  )
  return explained
}

function unknown(reason: string): Cause {
  return { kind: 'unknown', reason }
}

/** The blocks that the ledger is made of, up to one; and why that is not all of them, where it is not. */
async function readBlocks(
  db: Queryable,
  network: Network,
  block: number,
): Promise<{ readonly span: BlockSpan; readonly cause: Cause | null }> {
  const spans = await db.query<BlockSpan>(
    `SELECT lower(s) AS from, upper(s) - 1 AS to FROM ref.networks n JOIN ingest.indexed_ranges i USING (network_id, scope)
     CROSS JOIN unnest(i.blocks * int8multirange(int8range(NULL, $2, '[]'))) AS s WHERE n.network_id = $1 ORDER BY 1`,
    [network.id, block],
  )
  const first = spans[0]
  if (first === undefined) return { span: { from: block, to: block }, cause: unknown('no block counts as read') }
  const ends = [...spans.slice(1).map(({ from }) => from), block + 1]
  const holes = spans.map(({ to }, index) => ({ from: to + 1, to: (ends[index] ?? 0) - 1 }))
  const open = holes.filter(({ from, to }) => from <= to)
  return {
    span: { from: first.from, to: block },
    cause: open.length === 0 ? null : { kind: 'blocks not read', spans: open },
  }
}

/** What a second look at the contract's own answers finds; null when it is the same as the first. */
async function secondOpinion(
  { holdings }: SecondLook,
  samples: readonly Reconciled[],
  block: number,
  start: number,
  signal: AbortSignal,
): Promise<Cause | null> {
  try {
    const again = await asked(holdings, samples, block)
    if (samples.some(({ chain }, index) => again[index] !== chain)) return { kind: 'answers differ' }
    const opened = samples.filter(({ opening }) => opening !== null)
    const before = await asked(holdings, opened, start - 1)
    // Who was not there yet held nothing.
    const isOther = opened.some(({ opening }, index) => (before[index] ?? '0') !== opening)
    return isOther ? { kind: 'opening balance differs' } : null
  } catch (error) {
    return unknown(reasonOf(error, signal))
  }
}

async function asked(ask: Ask, samples: readonly Reconciled[], block: number): Promise<readonly (string | null)[]> {
  const questions = samples.map(({ question }) => question)
  return questions.length === 0 ? [] : await ask(questions, block)
}

/** Why something could not be read; what is no failure of an endpoint, and no stop, is thrown. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return STOPPED
  if (isFtError(error)) return messageOf(error)
  throw error
}

/** Reads what the contracts emitted and compares each movement with the live one of the ledger, stretch by stretch. */
async function compareHistories(
  db: Db,
  network: Network,
  contracts: readonly string[],
  span: BlockSpan,
  { movements, parse }: SecondLook,
  { signal, onProgress }: ExplainOptions,
): Promise<Explained[]> {
  if (contracts.length === 0 || movements === null) return []
  const found = new Map<string, Difference>()
  const of = span.to - span.from + 1
  onProgress?.(0, of)
  try {
    for await (const stretch of movements(contracts, span)) {
      for (const [contract, difference] of await compare(db, network, contracts, stretch, parse)) {
        found.set(contract, joined(found.get(contract), difference))
      }
      onProgress?.(stretch.to - span.from + 1, of)
    }
  } catch (error) {
    const cause = unknown(reasonOf(error, signal))
    return contracts.map((contract) => ({ contract, cause: differing(found.get(contract)) ?? cause }))
  }
  return contracts.map((contract) => ({ contract, cause: differing(found.get(contract)) ?? { kind: 'not derivable' } }))
}

function differing(difference: Difference | undefined): Cause | null {
  return difference === undefined ? null : { kind: 'events differ', ...difference }
}

function joined(before: Difference | undefined, { missing, extra, blocks }: Difference): Difference {
  if (before === undefined) return { missing, extra, blocks }
  const all = [...new Set([...before.blocks, ...blocks])].sort((a, b) => a - b)
  return { missing: before.missing + missing, extra: before.extra + extra, blocks: all.slice(0, MOST_BLOCKS) }
}

/** Blocks that are named of a contract. */
const MOST_BLOCKS = 10

/*
 * A movement is the same when block, place, asset and deltas are: of these the ledger's holdings are made. The ledger's part has nothing to do
 * with how the holdings were read.
 */
const COMPARE = `
WITH chain AS MATERIALIZED (
  SELECT *, true AS is_there FROM unnest($5::uuid[], $6::bigint[], $7::bytea[], $8::bigint[], $9::integer[], $10::uuid[], $11::text[])
    AS i (collection_id, block_number, hash, position, sub_index, asset_id, deltas)),
stored AS MATERIALIZED (
  SELECT e.collection_id, e.block_number, b.hash, e.position, e.sub_index, e.asset_id, d.deltas, true AS is_there
  FROM ledger.normalized_events e
  JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
    AND k.incarnation = e.incarnation AND NOT k.is_reverted
  LEFT JOIN ingest.blocks b ON b.network_id = $1 AND b.number = e.block_number AND b.fork = e.fork
  CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(encode(d.account_address, 'hex') || ' ' || d.qty_delta, ',' ORDER BY d.delta_index), '') AS deltas
    FROM ledger.normalized_event_deltas d
    WHERE d.network_id = $1 AND d.block_number = e.block_number AND d.normalized_event_id = e.normalized_event_id) d
  WHERE e.network_id = $1 AND e.collection_id = ANY ($2::uuid[]) AND e.block_number BETWEEN $3 AND $4 AND NOT e.reverts
    AND e.event_kind IN ('mint', 'transfer', 'burn'))
SELECT collection_id, (count(*) FILTER (WHERE s.is_there IS NULL))::int AS missing, (count(*) FILTER (WHERE c.is_there IS NULL))::int AS extra,
  (array_agg(DISTINCT block_number ORDER BY block_number))[:${MOST_BLOCKS}] AS blocks
FROM chain c FULL JOIN stored s USING (collection_id, block_number, hash, position, sub_index, asset_id, deltas)
WHERE c.is_there IS NULL OR s.is_there IS NULL
GROUP BY 1`

/** How a stretch differs, by contract. */
async function compare(
  db: Queryable,
  network: Network,
  contracts: readonly string[],
  { from, to, blocks }: Stretch,
  parse: Parser,
): Promise<Map<string, Difference>> {
  const hashes = new Map(blocks.map(({ header }) => [header.number, header.hash]))
  const raws = blocks.flatMap(({ header, events }) =>
    events.map((event): RawEvent => ({ ...event, blockNumber: header.number, fork: 0 })),
  )
  const { facts, failures } = parse(raws)
  const contractOf = new Map(contracts.map((contract) => [collectionId(network.name, contract), contract]))
  const rows = await db.query<Difference & { collection_id: string }>(COMPARE, [
    ...[network.id, [...contractOf.keys()], from, to],
    ...columns(
      toEntries(network, raws, facts).filter(({ fact }) => isMovement(fact.kind)),
      uuid((entry) => entry.collectionId),
      bigint((entry) => entry.raw.blockNumber),
      bytea((entry) => hashes.get(entry.raw.blockNumber) ?? null),
      bigint((entry) => entry.raw.position),
      integer((entry) => entry.fact.subIndex),
      uuid((entry) => entry.assetId),
      text((entry) => deltasOf(entry.fact).map(deltaText).join()),
    ),
  ])
  const found = new Map<string, Difference>()
  for (const { collection_id: id, ...difference } of rows) found.set(contractOf.get(id) ?? '', difference)
  const bySource = new Map(raws.map((raw) => [raw.sourceEventId, raw]))
  for (const { sourceEventId } of failures) {
    const { contract = '', blockNumber = 0 } = bySource.get(sourceEventId) ?? {}
    found.set(contract, joined(found.get(contract), { missing: 1, extra: 0, blocks: [blockNumber] }))
  }
  return found
}

function deltaText({ account, quantity }: { readonly account: string; readonly quantity: string }): string {
  return `${addressToBytea(account).slice(2)} ${quantity}`
}

/**
 * Marks the collections of these contracts, or takes the mark away. Rows of collections are locked in the order of their ids and before the
 * projection, as everybody does.
 * @throws FtError not_found when no collection has one of these contracts
 */
export async function setDerivable(
  db: Db,
  network: Network,
  contracts: readonly string[],
  derivable: boolean,
): Promise<void> {
  if (contracts.length === 0) return
  const ids = contracts.map((contract) => collectionId(network.name, contract))
  await db.transaction(async (tx) => {
    const known = await tx.query(
      `WITH known AS MATERIALIZED (
         SELECT collection_id FROM catalog.collections WHERE collection_id = ANY ($1::uuid[]) ORDER BY collection_id FOR UPDATE)
       UPDATE catalog.collections c SET derivable = $2 FROM known k WHERE c.collection_id = k.collection_id RETURNING c.collection_id`,
      [ids, derivable],
    )
    if (known.length < ids.length) {
      throw new FtError('not_found', `no collection of ${network.name} has the contract ${contracts.join(', ')}`)
    }
    await lockProjection(tx, network)
    tx.send('UPDATE projection.collection_stats SET derivable = $2 WHERE collection_id = ANY ($1::uuid[])', [
      ids,
      derivable,
    ])
  })
}
