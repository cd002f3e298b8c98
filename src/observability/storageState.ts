import type { Queryable } from '../core/db.js'

/** What the database says about its own room, and about holdings that are not those of the chain. */
export interface StorageState {
  readonly databaseBytes: number
  /** Blocks beyond the stored ones for which partitions exist, by network. */
  readonly blocksAhead: ReadonlyMap<string, number>
  /** Outbox messages to come for which partitions exist. */
  readonly messagesAhead: number
  /** Holdings below zero by network; networks without any are absent. */
  readonly negativeHoldings: ReadonlyMap<string, number>
  /** Collections whose events do not tell who holds what, by network; networks without any are absent. */
  readonly notDerivable: ReadonlyMap<string, number>
}

/** Most holdings below zero that are counted: a history that starts in the middle has many, and counting must stay cheap. */
const MOST_NEGATIVE = 20_000

const PARTITIONS = `
SELECT n.name, greatest(0, (
  SELECT max((regexp_match(c.relname, '_b(\\d+)$'))[1]::bigint + 1) * 1000000 FROM pg_class c
  WHERE c.relnamespace = 'ledger'::regnamespace AND c.relname LIKE 'applied\\_events\\_n' || n.network_id || '\\_b%')
  - coalesce(s.block_number, n.start_block, 0) - 1) AS ahead
FROM ref.networks n JOIN system.sync_cursors s USING (network_id)`

const OUTBOX = `
SELECT pg_database_size(current_database()) AS "databaseBytes", greatest(0, (
  SELECT max((regexp_match(c.relname, '_(\\d+)$'))[1]::bigint + 1) * 250000 FROM pg_class c
  WHERE c.relnamespace = 'system'::regnamespace AND c.relname LIKE 'outbox\\_events\\_%' AND c.relkind = 'r')
  - coalesce(pg_sequence_last_value('system.outbox_seq'), 0)) AS "messagesAhead"`

const NEGATIVE = `
SELECT n.name, count(*)::int AS count
FROM (SELECT asset_id FROM market.ownership_current WHERE quantity < 0 LIMIT ${MOST_NEGATIVE}) o
JOIN catalog.assets a USING (asset_id) JOIN ref.networks n USING (network_id) GROUP BY 1`

const NOT_DERIVABLE = `
SELECT n.name, count(*)::int AS count
FROM catalog.collections c JOIN ref.networks n USING (network_id) WHERE NOT c.derivable GROUP BY 1`

/** Reads sizes, partitions, holdings below zero and marked collections. Costs catalog look-ups and at most 20,000 index entries. */
export async function readStorageState(db: Queryable): Promise<StorageState> {
  const partitions = await db.query<{ name: string; ahead: number | null }>(PARTITIONS)
  const [sizes] = await db.query<{ databaseBytes: number; messagesAhead: number | null }>(OUTBOX)
  const negative = await db.query<{ name: string; count: number }>(NEGATIVE)
  const notDerivable = await db.query<{ name: string; count: number }>(NOT_DERIVABLE)
  return {
    databaseBytes: sizes?.databaseBytes ?? 0,
    messagesAhead: sizes?.messagesAhead ?? 0,
    blocksAhead: new Map(partitions.map(({ name, ahead }) => [name, ahead ?? 0])),
    negativeHoldings: new Map(negative.map(({ name, count }) => [name, count])),
    notDerivable: new Map(notDerivable.map(({ name, count }) => [name, count])),
  }
}
