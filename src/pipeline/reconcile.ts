import { addressFromHex } from '../core/address.js'
import type { Db, Queryable } from '../core/db.js'
import { FtError, isFtError } from '../core/errors.js'
import type { HoldingQuestion } from '../core/events.js'
import type { Network } from '../core/networks.js'

/** A holding as the ledger has it at a block, and the question whose answer it has to equal. */
export interface Sample {
  readonly assetId: string
  /** Null for an item without a collection (TON). */
  readonly collectionId: string | null
  readonly question: HoldingQuestion
  /** Owner address (null: nobody), or balance as a decimal string. */
  readonly ledger: string | null
  /** False where the ledger cannot know, because history starts in the middle and the account has no opening balance. */
  readonly complete: boolean
  /** The opening balance in `ledger`, as a decimal string; null where there is none. */
  readonly opening: string | null
}

export interface Reconciled extends Sample {
  readonly chain: string | null
}

export interface Reconciliation {
  readonly block: number
  readonly checked: number
  /** Holdings that were drawn and not compared, because their history starts in the middle. */
  readonly incomplete: number
  /** Contracts that nothing was drawn of, because their events do not tell who holds what (`derivable`). */
  readonly notDerivable: readonly string[]
  readonly mismatches: readonly Reconciled[]
}

/** Asks the contracts, at one block. See `ChainAdapter.holdings`. */
export type Ask = (questions: readonly HoldingQuestion[], block: number) => Promise<readonly (string | null)[]>

interface SampleRow {
  asset_id: string
  collection_id: string | null
  contract: string
  token_id: bigint | null
  account: string | null
  ledger: string | null
  complete: boolean
  opening: string | null
}

/** Movements that are live, newest first, among which the hot and the just moved assets are looked for. */
const RECENT = 50_000

/*
 * Of the single-owner assets a third is hot (most of the recent movements), a third moved last, a third random; of the others,
 * random holdings. Random assets are the next ones after random ids: ids are hashes, so that is a fair draw and needs no scan. They come from
 * the ledger, whose partitions are of one network: in the catalog, all assets of a large network lie between two of a small one.
 * Nothing is drawn of collections whose events do not tell who holds what: they would take the place of others.
 * Everything is read as of the block: the current state may be ahead of it.
 */
const SAMPLE = `
WITH left_out AS MATERIALIZED (
  SELECT collection_id FROM catalog.collections WHERE network_id = $1 AND NOT derivable),
recent AS MATERIALIZED (
  SELECT asset_id, block_number FROM ledger.normalized_events
  WHERE network_id = $1 AND block_number <= $2 AND NOT reverts AND asset_id IS NOT NULL
    AND (collection_id = ANY (ARRAY(SELECT collection_id FROM left_out))) IS NOT TRUE
  ORDER BY block_number DESC LIMIT ${RECENT}),
drawn AS MATERIALIZED (
  (SELECT asset_id FROM recent GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $3)
  UNION
  (SELECT asset_id FROM recent GROUP BY 1 ORDER BY max(block_number) DESC, 1 LIMIT $3)
  UNION
  SELECT a.asset_id FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $3 * 2)) r CROSS JOIN LATERAL (
    SELECT asset_id FROM ledger.normalized_events WHERE asset_id >= r.id AND network_id = $1 AND block_number <= $2
      AND (collection_id = ANY (ARRAY(SELECT collection_id FROM left_out))) IS NOT TRUE
    ORDER BY asset_id LIMIT 1) a),
pool AS MATERIALIZED (
  SELECT a.asset_id, a.collection_id, a.token_id, coalesce(a.address, c.address) AS address, s.single_owner, n.history_complete
  FROM drawn JOIN catalog.assets a USING (asset_id) LEFT JOIN catalog.collections c USING (collection_id)
  JOIN ref.token_standards s ON s.standard = a.standard JOIN ref.networks n ON n.network_id = a.network_id
  WHERE a.network_id = $1 AND (a.token_id IS NOT NULL OR a.address IS NOT NULL)),
live AS MATERIALIZED (
  SELECT e.asset_id, e.block_number, e.position, e.sub_index, e.normalized_event_id, e.event_kind = 'opening_balance' AS is_opening
  FROM pool p JOIN ledger.normalized_events e ON e.asset_id = p.asset_id AND e.network_id = $1
  JOIN ledger.normalized_event_keys k ON k.source_event_id = e.source_event_id AND k.sub_index = e.sub_index
    AND k.incarnation = e.incarnation AND NOT k.is_reverted
  WHERE e.block_number <= $2 AND NOT e.reverts AND e.event_kind IN ('mint', 'transfer', 'burn', 'opening_balance')),
last AS (
  SELECT DISTINCT ON (asset_id) l.* FROM live l JOIN pool p USING (asset_id) WHERE p.single_owner AND NOT l.is_opening
  ORDER BY asset_id, l.block_number DESC, l.position DESC, l.sub_index DESC),
balance AS (
  SELECT l.asset_id, d.account_address, sum(d.qty_delta) AS quantity, sum(d.qty_delta) FILTER (WHERE l.is_opening) AS opening
  FROM live l JOIN pool p USING (asset_id)
  JOIN ledger.normalized_event_deltas d ON d.network_id = $1 AND d.block_number = l.block_number
    AND d.normalized_event_id = l.normalized_event_id
  WHERE NOT p.single_owner GROUP BY 1, 2)
(SELECT p.asset_id, p.collection_id, p.address AS contract, p.token_id, NULL::bytea AS account, encode(d.account_address, 'hex') AS ledger,
   true AS complete, NULL::text AS opening
 FROM last l JOIN pool p USING (asset_id)
 LEFT JOIN ledger.normalized_event_deltas d ON d.network_id = $1 AND d.block_number = l.block_number
   AND d.normalized_event_id = l.normalized_event_id AND d.qty_delta > 0
 ORDER BY random() LIMIT ceil($3 * 0.6))
UNION ALL
(SELECT p.asset_id, p.collection_id, p.address, p.token_id, b.account_address, b.quantity::text,
   p.history_complete OR b.opening IS NOT NULL, b.opening::text
 FROM balance b JOIN pool p USING (asset_id) ORDER BY random() LIMIT ceil($3 * 0.4))`

/** Holdings that are asked about at once, so that it shows how far one is. */
const PIECE = 20

/** Draws about `count` holdings of a network, as the ledger has them at `block`. */
export async function sampleHoldings(db: Queryable, network: Network, count: number, block: number): Promise<Sample[]> {
  const rows = await db.query<SampleRow>(SAMPLE, [network.id, block, count])
  return rows.map((row) => ({
    assetId: row.asset_id,
    collectionId: row.collection_id,
    question: {
      contract: addressFromHex(row.contract),
      tokenId: row.token_id,
      account: row.account === null ? null : addressFromHex(row.account),
    },
    ledger: row.account === null && row.ledger !== null ? addressFromHex(`0x${row.ledger}`) : row.ledger,
    complete: row.complete,
    opening: row.opening,
  }))
}

/** Contracts of a network whose events do not tell who holds what, in the order of their addresses. */
async function contractsNotDerivable(db: Queryable, network: Network): Promise<string[]> {
  const rows = await db.query<{ address: string }>(
    'SELECT address FROM catalog.collections WHERE network_id = $1 AND NOT derivable ORDER BY address',
    [network.id],
  )
  return rows.map(({ address }) => addressFromHex(address))
}

/**
 * Compares a random sample of holdings with what their contracts say at one block: the newest that is both final
 * and projected.
 * Holdings that the ledger cannot know are counted, not compared. `onProgress` hears how many of how many were asked about.
 * @throws FtError block_unknown when no endpoint has the state of that block; as ChainAdapter lists them
 */
export async function reconcile(
  db: Db,
  network: Network,
  count: number,
  ask: Ask,
  onProgress?: (done: number, of: number) => void,
): Promise<Reconciliation> {
  const [row] = await db.query<{ block: number | null; head: number | null }>(
    `SELECT least(finalized_number, projected_number) AS block, head_number AS head FROM projection.network_status
     WHERE network_id = $1`,
    [network.id],
  )
  const block = row?.block ?? -1
  const samples = block < 0 ? [] : await sampleHoldings(db, network, count, block)
  const complete = samples.filter((sample) => sample.complete)
  const questions = complete.map((sample) => sample.question)
  const answers: (string | null)[] = []
  onProgress?.(0, questions.length)
  while (answers.length < questions.length) {
    const piece = ask(questions.slice(answers.length, answers.length + PIECE), block)
    answers.push(
      ...(await piece.catch((error: unknown) =>
        Promise.reject(withoutState(error, network, block, row?.head ?? null)),
      )),
    )
    onProgress?.(answers.length, questions.length)
  }
  const reconciled = complete.map((sample, index) => ({ ...sample, chain: answers[index] ?? null }))
  return {
    block,
    checked: reconciled.length,
    incomplete: samples.length - complete.length,
    notDerivable: await contractsNotDerivable(db, network),
    mismatches: reconciled.filter((sample) => sample.chain !== sample.ledger),
  }
}

/** Most nodes keep the state of 128 blocks (go-ethereum), and where no endpoint names a final block, it can be farther below the head. */
function withoutState(error: unknown, network: Network, block: number, head: number | null): unknown {
  if (!isFtError(error, 'block_unknown')) return error
  const depth = head === null ? '' : `, ${head - block} blocks below the head`
  const message = `no endpoint has the state of block ${block} of ${network.name}${depth}; most nodes keep that of 128 blocks: add an endpoint with old state (archive), ft doctor says which one is`
  return new FtError('block_unknown', message, { cause: error, details: error.details })
}
