import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { createPool } from '../../src/core/db.js'
import { isFtError } from '../../src/core/errors.js'
import { migrate } from '../../src/core/migrate.js'
import { adminQuery } from '../support/admin.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporaryFolder.js'

const ONE = 'CREATE SCHEMA shop; CREATE TABLE shop.item (id int PRIMARY KEY);'
const TWO = 'ALTER TABLE shop.item ADD COLUMN name text;'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
  return () => database.drop()
})

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = temporaryFolder()
  await write(dir, files)
  return dir
}

async function write(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, sql] of Object.entries(files)) await writeFile(path.join(dir, name), sql)
}

async function recorded(): Promise<string[]> {
  const rows = await database.db.query<{ name: string }>('SELECT name FROM system.schema_migrations ORDER BY version')
  return rows.map((row) => row.name)
}

async function failure(dir: string): Promise<string> {
  const error = await migrate(database.db, { dir }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isFtError(error, 'migration_invalid')) throw new Error('migrate() should have failed', { cause: error })
  return error.message
}

describe('applying', () => {
  test('files are applied in order, each is recorded with its checksum, and a second call does nothing', async () => {
    const dir = await folder({ '000002_name.sql': TWO, '000001_item.sql': ONE, 'notes.md': 'not a migration' })
    const told: string[] = []
    const first = await migrate(database.db, { dir, log: (message) => told.push(message) })
    expect(first.applied).toEqual(['000001_item', '000002_name'])
    expect(told).toHaveLength(2)
    expect(await recorded()).toEqual(['000001_item', '000002_name'])
    const [row] = await database.db.query<{ checksum: string; applied_at: Date }>(
      'SELECT checksum, applied_at FROM system.schema_migrations',
    )
    expect(row?.checksum).toMatch(/^[0-9a-f]{64}$/)
    expect(row?.applied_at).toBeInstanceOf(Date)
    expect((await migrate(database.db, { dir })).applied).toEqual([])
  })

  test('a later call applies only what is new', async () => {
    const dir = await folder({ '000001_item.sql': ONE })
    await migrate(database.db, { dir })
    await write(dir, { '000002_name.sql': TWO })
    expect((await migrate(database.db, { dir })).applied).toEqual(['000002_name'])
  })

  test('migrators that run at the same time apply each file once between them', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [
        `${String(index + 1).padStart(6, '0')}_step.sql`,
        index === 0 ? 'CREATE TABLE step (n int);' : `INSERT INTO step VALUES (${index});`,
      ]),
    )
    const dir = await folder(files)
    const pools = Array.from({ length: 5 }, () => createPool({ url: database.url, max: 1 }))
    onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.end()))))
    const results = await Promise.all(pools.map((pool) => migrate(pool, { dir })))
    expect(results.flatMap((result) => result.applied).sort()).toEqual(await recorded())
    const rows = await database.db.query<{ n: number }>('SELECT n FROM step ORDER BY n')
    expect(rows.map((row) => row.n)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('migrators of several databases of one server do not fail over the roles they share', async () => {
    const role = `ft_test_${database.url.slice(-12)}`
    await database.db.query(`CREATE ROLE ${role} NOLOGIN`)
    // The pause keeps the first change uncommitted while the others meet it.
    const dir = await folder({ '000001_roles.sql': `ALTER ROLE ${role} CONNECTION LIMIT 3; SELECT pg_sleep(0.05);` })
    const others = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase({ migrated: false, max: 1 })))
    onTestFinished(async () => {
      await Promise.all(others.map((other) => other.drop()))
      await adminQuery(inject('serverUrl'), `DROP ROLE ${role}`)
    })
    const results = await Promise.all(others.map(({ db }) => migrate(db, { dir })))
    expect(results.map((result) => result.applied)).toEqual(others.map(() => ['000001_roles']))
  })
})

describe('a file that fails', () => {
  test('is rolled back as a whole and leaves no row, files before it stay', async () => {
    const dir = await folder({
      '000001_item.sql': ONE,
      '000002_bad.sql':
        'CREATE TABLE shop.half (id int);\nINSERT INTO shop.half VALUES (1);\n\nSELECT missing FROM shop.item;',
      '000003_never.sql': 'CREATE TABLE shop.never (id int);',
    })
    expect(await failure(dir)).toMatch(/000002_bad failed at line 4: .*"missing" does not exist/)
    expect(await recorded()).toEqual(['000001_item'])
    const left = await database.db.query(`SELECT 1 FROM pg_tables WHERE schemaname = 'shop' AND tablename <> 'item'`)
    expect(left).toEqual([])
  })

  test('is tried again by the next call, once it has been put right', async () => {
    const dir = await folder({ '000001_item.sql': 'CREATE TABEL item ();' })
    await failure(dir)
    await write(dir, { '000001_item.sql': ONE })
    expect((await migrate(database.db, { dir })).applied).toEqual(['000001_item'])
  })

  test('may not end its transaction by itself', async () => {
    const dir = await folder({ '000001_item.sql': `${ONE} COMMIT; SELECT 1;` })
    expect(await failure(dir)).toMatch(/000001_item failed: it must not contain BEGIN, COMMIT or ROLLBACK/)
    expect(await recorded()).toEqual([])
  })
})

describe('a history that does not fit', () => {
  test('an applied file that was changed is refused by name', async () => {
    const dir = await folder({ '000001_item.sql': ONE, '000002_name.sql': TWO })
    await migrate(database.db, { dir })
    await write(dir, { '000001_item.sql': `${ONE}\n-- afterthought` })
    expect(await failure(dir)).toMatch(/000001_item .* an applied file never changes/)
  })

  test('line ends do not count as a change', async () => {
    const dir = await folder({ '000001_item.sql': 'CREATE TABLE item (\n  id int\n);\n' })
    await migrate(database.db, { dir })
    await write(dir, { '000001_item.sql': 'CREATE TABLE item (\r\n  id int\r\n);\r\n' })
    expect((await migrate(database.db, { dir })).applied).toEqual([])
  })

  test('an applied file that was renamed is refused', async () => {
    const dir = await folder({ '000001_item.sql': ONE })
    await migrate(database.db, { dir })
    await rm(path.join(dir, '000001_item.sql'))
    await write(dir, { '000001_thing.sql': ONE })
    expect(await failure(dir)).toMatch(/000001_thing .* applied as 000001_item/)
  })

  test('a database of a newer version is refused, and nothing is applied to it', async () => {
    const dir = await folder({ '000001_item.sql': ONE, '000002_name.sql': TWO })
    await migrate(database.db, { dir })
    await rm(path.join(dir, '000002_name.sql'))
    expect(await failure(dir)).toMatch(/000002_name.* newer version/)
  })

  test('a database that skipped a file is refused', async () => {
    const dir = await folder({ '000001_item.sql': ONE, '000002_name.sql': TWO })
    await migrate(database.db, { dir })
    await database.db.query(`DELETE FROM system.schema_migrations WHERE version = '000001'`)
    expect(await failure(dir)).toMatch(/has migration 000002_name but not 000001_item before it/)
  })
})

describe('a folder that does not fit', () => {
  test.each([
    ['a missing number', { '000001_item.sql': ONE, '000003_name.sql': TWO }, /000003_name\.sql: 000002 was expected/],
    ['a number twice', { '000001_item.sql': ONE, '000001_name.sql': TWO }, /000001_name\.sql: 000002 was expected/],
    ['another numbering', { '1_item.sql': ONE }, /1_item\.sql: a migration is named NNNNNN_name\.sql/],
  ])('%s is refused by name before anything is applied', async (_, files, message) => {
    expect(await failure(await folder(files))).toMatch(message)
    const [row] = await database.db.query<{ schema: string | null }>(`SELECT to_regnamespace('system')::text AS schema`)
    expect(row?.schema).toBeNull()
  })

  test('a folder that is not there is refused', async () => {
    expect(await failure(path.join(temporaryFolder(), 'none'))).toMatch(/cannot be read/)
  })
})

test('the migrations of this package are found and apply to an empty database', async () => {
  const { applied } = await migrate(database.db)
  expect(applied[0]).toBe('000001_ref')
  expect(await recorded()).toEqual(applied)
})
