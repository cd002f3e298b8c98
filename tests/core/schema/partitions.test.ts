import { expect, test } from 'vitest'
import type { Db } from '../../../src/core/db.js'
import { createTestDatabase } from '../../support/database.js'

/** What a function gives that must not wait: a lock in its way is an error. */
async function unwaiting(db: Db, call: string): Promise<unknown> {
  return await db.transaction(async (tx) => {
    await tx.query("SET LOCAL lock_timeout = '1s'")
    const [row] = await tx.query<{ made: number }>(`SELECT ${call} AS made`)
    return row?.made
  })
}

const PARENTS = [
  'ingest.raw_events',
  'ledger.normalized_events',
  'ledger.normalized_event_deltas',
  'ledger.applied_events',
] as const

test('a network gets its partitions while transactions read and write every partitioned table, in whatever order', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    await db.query('SELECT system.ensure_partitions(1::smallint, 0, 1)')
    await db.transaction(async (busy) => {
      for (const parent of PARENTS.toReversed()) await busy.query(`SELECT count(*) FROM ${parent}`)
      for (const parent of PARENTS) await busy.query(`LOCK TABLE ${parent} IN ROW EXCLUSIVE MODE`)
      expect(await unwaiting(db, 'system.ensure_partitions(1::smallint, 0, 1000000)')).toBe(PARENTS.length)
      expect(await unwaiting(db, 'system.ensure_partitions(2::smallint, 5, 5)')).toBe(PARENTS.length)
    })
  } finally {
    await drop()
  }
})

test('the outbox gets its partitions while messages are written and read', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    await db.query("SELECT setval('system.outbox_seq', 900000)")
    await db.transaction(async (busy) => {
      await busy.query("INSERT INTO system.outbox_events (topic, payload) VALUES ('ledger.normalized', '{}')")
      expect(await unwaiting(db, 'system.ensure_outbox_partitions()')).toBe(3)
    })
  } finally {
    await drop()
  }
})

test('no partition of the outbox, old or new, spends CPU on pglz for its messages', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    await db.query("SELECT setval('system.outbox_seq', 900000)")
    await db.query('SELECT system.ensure_outbox_partitions()')
    const columns = await db.query<{ compressed: string }>(
      `SELECT CASE WHEN a.attcompression = 'l' THEN 'lz4' WHEN a.attstorage = 'e' THEN 'not' ELSE 'pglz' END AS compressed
       FROM pg_partition_tree('system.outbox_events') t JOIN pg_attribute a ON a.attrelid = t.relid AND a.attname = 'payload'`,
    )
    expect(columns.length).toBeGreaterThan(5)
    expect(new Set(columns.map(({ compressed }) => compressed))).not.toContain('pglz')
  } finally {
    await drop()
  }
})

test('writers of different networks do not wait for each other where the partitions are there', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    for (const network of [1, 2]) await db.query('SELECT system.ensure_partitions($1::smallint, 7, 7)', [network])
    await db.transaction(async (first) => {
      await first.query("SELECT pg_advisory_xact_lock(hashtext('ft.partitions'))")
      expect(await unwaiting(db, 'system.ensure_partitions(2::smallint, 7, 8)')).toBe(0)
      expect(await unwaiting(db, 'system.ensure_outbox_partitions()')).toBe(0)
    })
  } finally {
    await drop()
  }
})

test('records of what was applied are dropped when nobody writes to them, and nobody waits for long or hears of an error', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    await db.query('SELECT system.ensure_partitions(1::smallint, 0, 0)')
    const retire = async (): Promise<unknown> => {
      const [row] = await db.query<{ dropped: number }>(
        `SELECT system.retire_applied(1::smallint, 1000000, '{ownership}') AS dropped`,
      )
      return row?.dropped
    }
    await db.transaction(async (busy) => {
      await busy.query('LOCK TABLE ledger.applied_events IN ROW EXCLUSIVE MODE')
      expect(await retire()).toBe(0)
    })
    expect(await retire()).toBe(1)
  } finally {
    await drop()
  }
})

test('a partition that was attached is like one made in place but for its primary key, whose pages are filled, and autovacuum', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    await db.query('SELECT system.ensure_partitions(1::smallint, 0, 0)')
    for (const parent of PARENTS) {
      await db.query(`CREATE TABLE public.in_place PARTITION OF ${parent}_n1 FOR VALUES FROM (1000000) TO (2000000)`)
      const shapes = await Promise.all([`${parent}_n1_b0`, 'public.in_place'].map((table) => shapeOf(table)))
      expect(shapes[0]).toEqual(shapes[1])
      await db.query('DROP TABLE public.in_place')
      const filled = await db.query(
        `SELECT i.indisprimary AS primary_key, c.reloptions AS options FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = $1::regclass AND c.reloptions IS NOT NULL`,
        [`${parent}_n1_b0`],
      )
      expect(filled).toEqual([{ primary_key: true, options: ['fillfactor=100'] }])
    }
  } finally {
    await drop()
  }

  async function shapeOf(table: string): Promise<unknown> {
    const columns = await db.query(
      `SELECT attname, atttypid, attnotnull, attstorage, attcompression, attinhcount, attislocal FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`,
      [table],
    )
    const indexes = await db.query(
      `SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.* USING | WITH .fillfactor=.100..', '', 'g') AS definition, indisprimary, indisunique
       FROM pg_index WHERE indrelid = $1::regclass ORDER BY 1`,
      [table],
    )
    const constraints = await db.query(
      `SELECT contype, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = $1::regclass ORDER BY 1, 2`,
      [table],
    )
    const [identity] = await db.query('SELECT relreplident FROM pg_class WHERE oid = $1::regclass', [table])
    return { columns, indexes, constraints, identity }
  }
})

test('autovacuum comes to no table for a block of changes, which would have every statement that names it planned again', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    await db.query('SELECT system.ensure_partitions(1::smallint, 0, 0)')
    const tables = await db.query<{ name: string; options: string[] | null }>(
      `SELECT c.oid::regclass::text AS name, c.reloptions AS options FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND n.nspname IN ('ingest', 'ledger', 'catalog', 'market', 'projection', 'system')`,
    )
    const names = tables.map(({ name }) => name)
    expect(names).toContain('ledger.applied_events_n1_b0')
    expect(names).toContain('system.outbox_events_0')
    const calm = ['analyze_threshold=10000', 'vacuum_threshold=5000', 'vacuum_insert_threshold=10000']
    const often = tables.filter(({ options }) => !calm.every((option) => options?.includes(`autovacuum_${option}`)))
    expect(often.map(({ name }) => name)).toEqual([])
  } finally {
    await drop()
  }
})
