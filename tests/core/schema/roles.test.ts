import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool, type Db } from '../../../src/core/db.js'
import { useTestDatabase } from '../../support/database.js'
import { type Access, isAllowed, type Relation, readRelations, tryAccess } from './support/access.js'

const ROLES = ['ft_ingest', 'ft_pipeline', 'ft_backfill', 'ft_api'] as const
type Role = (typeof ROLES)[number]

const TABLES_OF_BOTH_WRITERS = ['system.sync_cursors', 'system.outbox_events', 'system.dlq', 'system.beat']

/** What each role may do with the tables of a schema; `system` is settled table by table, all other schemas are closed. */
const RIGHTS: Record<Role, Record<string, Access>> = {
  ft_ingest: { ref: 'read', ingest: 'read and write' },
  ft_pipeline: {
    ref: 'read',
    ingest: 'read',
    ledger: 'read and write',
    catalog: 'read and write',
    market: 'read and write',
    projection: 'read and write',
  },
  ft_backfill: {
    ref: 'read',
    ingest: 'read and write',
    ledger: 'read and write',
    catalog: 'read and write',
    market: 'read and write',
    projection: 'read and write',
  },
  ft_api: { projection: 'read' },
}

/** Functions of ours that the role may execute, in schemas that it may use. */
const PARTITION_FUNCTIONS = [
  'system.ensure_outbox_partitions()',
  'system.ensure_partitions(smallint,bigint,bigint)',
  'system.set_genesis(smallint,bytea)',
  'system.set_start_block(smallint,bigint,boolean)',
]
const DROP_OUTBOX = 'system.drop_outbox_partitions(interval)'
const EXTEND = 'system.extend_history(smallint,bigint)'
const RETIRE = 'system.retire_applied(smallint,bigint,text[])'
const FUNCTIONS: Record<Role, readonly string[]> = {
  ft_ingest: sorted([EXTEND, ...PARTITION_FUNCTIONS]),
  ft_pipeline: sorted([DROP_OUTBOX, RETIRE, ...PARTITION_FUNCTIONS]),
  ft_backfill: sorted([DROP_OUTBOX, EXTEND, RETIRE, ...PARTITION_FUNCTIONS]),
  ft_api: ['system.auth_key(bytea)'],
}

function sorted(names: readonly string[]): readonly string[] {
  return [...names].sort()
}

const RAW_EVENT = `INSERT INTO ingest.raw_events
  (network_id, block_number, position, fork, source_event_id, contract, tx_hash, raw_payload)
  VALUES (7, 1500000, 0, 0, gen_random_uuid(), '\\x00', '\\x00', '{}')`
const DELTA = `INSERT INTO ledger.normalized_event_deltas
  (network_id, block_number, normalized_event_id, delta_index, account_address, qty_delta)
  VALUES (7, 1500000, gen_random_uuid(), 0, '\\x00', 1)`
const MESSAGE = `INSERT INTO system.outbox_events (topic, payload) VALUES ('planted', '{}')`

describe('database roles repeat the import rules', () => {
  const database = useTestDatabase()
  const pools = new Map<Role, Db>()
  let relations: Relation[] = []

  beforeAll(async () => {
    await database.db.query('SELECT system.ensure_partitions(7::smallint, 1, 2)')
    relations = await readRelations(database.db)
    for (const role of ROLES) pools.set(role, createPool({ url: database.url, max: 1, role }))
  })

  afterAll(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.end()))
  })

  function as(role: Role): Db {
    const pool = pools.get(role)
    if (pool === undefined) throw new Error(`no pool of ${role}`)
    return pool
  }

  test('the catalog that the tests go through holds all schemas, partitions and views', () => {
    expect([...new Set(relations.map((relation) => relation.schema))]).toEqual([
      'catalog',
      'ingest',
      'ledger',
      'market',
      'projection',
      'ref',
      'system',
    ])
    const names = relations.map((relation) => relation.name)
    for (const name of ['ingest.raw_events_n7_b0', 'ledger.normalized_event_keys_31', 'projection.portfolio_assets']) {
      expect(names).toContain(name)
    }
  })

  test.each(ROLES)('%s reads and writes the tables that are its business and is refused every other', async (role) => {
    const found: Record<string, Access> = {}
    const expected: Record<string, Access> = {}
    for (const relation of relations) {
      const right = expectedAccess(role, relation)
      // a partition is reached through its table, whatever rights there are on it
      if (relation.isPartition && right !== 'none') continue
      expected[relation.name] = right
      found[relation.name] = await tryAccess(as(role), relation)
    }
    expect(found).toEqual(expected)
  })

  test('a right that somebody should not have would be seen', async () => {
    const networks = relations.find((relation) => relation.name === 'ref.networks')
    if (networks === undefined) throw new Error('ref.networks is not in the catalog')
    await database.db.query('GRANT USAGE ON SCHEMA ref TO ft_api; GRANT SELECT, DELETE ON ref.networks TO ft_api')
    expect(await tryAccess(as('ft_api'), networks)).toBe('partly')
    await database.db.query('REVOKE DELETE ON ref.networks FROM ft_api')
    expect(await tryAccess(as('ft_api'), networks)).toBe('read')
    await database.db.query('REVOKE SELECT ON ref.networks FROM ft_api; REVOKE USAGE ON SCHEMA ref FROM ft_api')
    expect(await tryAccess(as('ft_api'), networks)).toBe('none')
  })

  test.each(ROLES)('%s may execute the functions that it needs and no other', async (role) => {
    const rows = await database.db.query<{ name: string }>(
      `SELECT p.oid::regprocedure::text AS name
       FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.prorettype <> 'trigger'::regtype
         AND has_schema_privilege($1, n.oid, 'USAGE') AND has_function_privilege($1, p.oid, 'EXECUTE')
       ORDER BY 1`,
      [role],
    )
    expect(rows.map((row) => row.name)).toEqual(FUNCTIONS[role])
  })

  test('ft_ingest writes into partitions that it has just had made, ft_pipeline reads them and may not write', async () => {
    await as('ft_ingest').transaction(async (tx) => {
      await tx.query('SELECT system.ensure_partitions(7::smallint, 1000000, 1999999)')
      await tx.query(RAW_EVENT)
      await tx.query(MESSAGE)
    })
    expect(await as('ft_pipeline').query('SELECT block_number FROM ingest.raw_events')).toEqual([
      { block_number: 1_500_000 },
    ])
    expect(await isAllowed(as('ft_pipeline'), RAW_EVENT)).toBe(false)
    expect(await isAllowed(as('ft_pipeline'), DELTA)).toBe(true)
    expect(await isAllowed(as('ft_ingest'), DELTA)).toBe(false)
  })

  test('ft_backfill writes ingest and ledger in one transaction', async () => {
    await as('ft_backfill').transaction(async (tx) => {
      await tx.query('SELECT system.ensure_partitions(7::smallint, 1000000, 1999999)')
      await tx.query(RAW_EVENT.replace('1500000, 0', '1500000, 1'))
      await tx.query(DELTA)
    })
  })

  test.each(ROLES)('%s cannot make tables, schemas or roles, nor read files of the server', async (role) => {
    for (const statement of [
      'CREATE TABLE public.planted (id integer)',
      'CREATE TABLE projection.planted (id integer)',
      'CREATE SCHEMA planted',
      'CREATE ROLE ft_planted',
      `SELECT pg_read_file('PG_VERSION')`,
      'ALTER TABLE projection.asset_cards ADD COLUMN planted integer',
      'TRUNCATE projection.asset_cards',
    ]) {
      expect([statement, await isAllowed(as(role), statement)]).toEqual([statement, false])
    }
  })

  test('functions that run as their owner do not look up names in a path that the caller sets', async () => {
    const open = await database.db.query(
      `SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname !~ '^pg_' AND p.prosecdef
         AND NOT coalesce(array_to_string(p.proconfig, ','), '') LIKE '%search_path=pg_catalog, pg_temp%'`,
    )
    expect(open).toEqual([])
  })
})

function expectedAccess(role: Role, relation: Relation): Access {
  if (relation.schema === 'system') {
    if (['system.streams', 'system.deliverer'].includes(relation.name))
      return role.match(/pipeline|backfill/) ? 'read and write' : 'none'
    const isShared = TABLES_OF_BOTH_WRITERS.includes(relation.name)
    return isShared && role !== 'ft_api' ? 'read and write' : 'none'
  }
  const right = RIGHTS[role][relation.schema] ?? 'none'
  return relation.isView && right !== 'none' ? 'read' : right
}
