import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nonAdditive } from './additive.js'
import { repositoryRoot } from './sources.js'

const folder = join(repositoryRoot, 'migrations')
const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))

/** Which names break the numbering 000001_word.sql, 000002_word.sql … */
function misnumbered(names: readonly string[]): string[] {
  return [...names]
    .sort()
    .filter((name, index) => !new RegExp(`^${String(index + 1).padStart(6, '0')}_[a-z0-9_]+\\.sql$`).test(name))
}

describe('the migrations', () => {
  test('are numbered without gap or repetition', () => {
    expect(files.length).toBeGreaterThan(0)
    expect(misnumbered(files)).toEqual([])
  })

  test.each(files)('%s only adds', (name) => {
    expect(nonAdditive(readFileSync(join(folder, name), 'utf8'))).toEqual([])
  })

  test('pass squawk, which sees planted trouble', () => {
    const squawk = (args: readonly string[], input?: string) =>
      spawnSync(join(repositoryRoot, 'node_modules/.bin/squawk'), args, {
        cwd: repositoryRoot,
        encoding: 'utf8',
        input,
      })
    const planted = squawk(
      ['--stdin-filepath=planted.sql'],
      'ALTER TABLE market.sales_history ADD COLUMN note text NOT NULL;',
    )
    expect(planted.stdout).toMatch(/adding-required-field/)
    expect(planted.status).not.toBe(0)
    expect(squawk(files.map((name) => join('migrations', name)))).toMatchObject({ status: 0 })
  })
})

describe('numbering', () => {
  test.each([
    [['000001_a.sql', '000003_b.sql'], ['000003_b.sql']],
    [['000001_a.sql', '000001_b.sql'], ['000001_b.sql']],
    [['1_a.sql'], ['1_a.sql']],
    [['000001_A.sql'], ['000001_A.sql']],
    [['000002_b.sql', '000001_a.sql'], []],
  ])('%j', (names, expected) => {
    expect(misnumbered(names)).toEqual(expected)
  })
})

describe('what is not an addition is found', () => {
  test.each([
    ['DROP TABLE a', 'DROP'],
    ['drop index concurrently a.b', 'DROP'],
    ['ALTER TABLE a DROP COLUMN b', 'DROP'],
    ['ALTER TABLE a ADD COLUMN c text, DROP b', 'DROP'],
    ['ALTER TABLE a ADD CONSTRAINT c CHECK (d IN (1, 2)), DROP CONSTRAINT e', 'DROP'],
    ['ALTER TABLE a ALTER b DROP NOT NULL', 'DROP'],
    ['ALTER TABLE a ALTER COLUMN b DROP DEFAULT', 'DROP'],
    ['ALTER TYPE a DROP ATTRIBUTE b', 'DROP'],
    ['ALTER TABLE a RENAME TO b', 'RENAME'],
    ['ALTER TABLE IF EXISTS ONLY s."A" RENAME COLUMN b TO c', 'RENAME'],
    [`ALTER TYPE a RENAME VALUE 'x' TO 'y'`, 'RENAME'],
    ['ALTER SCHEMA a RENAME TO b', 'RENAME'],
    ['ALTER TABLE a SET SCHEMA b', 'SET SCHEMA'],
    ['ALTER FUNCTION a() SET SCHEMA b', 'SET'],
    ['ALTER TABLE a DETACH PARTITION b', 'DETACH'],
    ['ALTER TABLE a ALTER COLUMN b TYPE integer', 'another type'],
    ['ALTER TABLE a ALTER b SET DATA TYPE integer USING b::integer', 'another type'],
    ['ALTER TYPE a ALTER ATTRIBUTE b TYPE integer', 'another type'],
    ['ALTER TABLE a ALTER b TYPE numeric(20, 0)', 'another type'],
    ['ALTER TABLE a ALTER b TYPE numeric USING b::numeric', 'another type'],
    ['TRUNCATE a', 'TRUNCATE'],
    ['DELETE FROM a', 'DELETE'],
    ['WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone', 'DELETE'],
    ['INSERT INTO b WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone', 'DELETE'],
    ['MERGE INTO a USING b ON a.c = b.c WHEN MATCHED THEN DELETE', 'DELETE'],
    ['ALTER TABLE a ALTER COLUMN b SET NOT NULL', 'NOT NULL on an existing column'],
    ['ALTER TABLE a ADD CONSTRAINT c NOT NULL b', 'NOT NULL on an existing column'],
    ['CREATE TABLE z (b text); ALTER TABLE a ALTER COLUMN b SET NOT NULL', 'NOT NULL on an existing column'],
    ['ALTER TABLE a ADD COLUMN c text; ALTER TABLE a ALTER b SET NOT NULL', 'NOT NULL on an existing column'],
    ['COMMIT', `COMMIT in the migrator's transaction`],
    ['CREATE INDEX CONCURRENTLY a ON b (c)', `CONCURRENTLY in the migrator's transaction`],
    ['VACUUM a', `VACUUM in the migrator's transaction`],
    ['DO $$ BEGIN DROP TABLE a; END $$', 'DROP (in a DO block)'],
    ['DO $$ BEGIN IF true THEN DELETE FROM a; END IF; END $$', 'DELETE (in a DO block)'],
    ['DO $x$ BEGIN TRUNCATE a; END $x$', 'TRUNCATE (in a DO block)'],
    [`DO $$ BEGIN EXECUTE format('ALTER TABLE %I DROP COLUMN %I', a, b); END $$`, 'DROP (in a DO block)'],
    [`DO 'BEGIN EXECUTE ''DROP TABLE a''; END'`, 'DROP (in a DO block)'],
    ['DO $$ BEGIN EXECUTE $q$ALTER TABLE a ALTER b TYPE text$q$; END $$', 'another type (in a DO block)'],
    [`SELECT '--'; DROP TABLE a`, 'DROP'],
    [`SELECT E'\\''; DROP TABLE a; SELECT ''`, 'DROP'],
    [`SELECT '\\'; DROP TABLE a; SELECT ''`, 'DROP'],
    ['/* a /* b */ */ DROP TABLE a', 'DROP'],
    ['SELECT $$;$$; DROP TABLE a', 'DROP'],
    ['CREATE FUNCTION f() RETURNS void BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END; DROP TABLE a', 'DROP'],
  ])('%s', (sql, reason) => {
    expect(nonAdditive(`${sql};`).map((line) => line.replace(/^line \d+: /, ''))).toEqual([reason])
  })

  test('with its line', () => {
    expect(nonAdditive(`SELECT 'a\nb';\n-- c\n\nDROP TABLE d;`)).toEqual(['line 5: DROP'])
  })

  test.each([`SELECT 'a`, 'SELECT "a', 'SELECT $a$ b $$', '/* /* */'])('%s does not end', (sql) => {
    expect(() => nonAdditive(sql)).toThrow(/not closed/)
  })
})

describe('what only looks like it passes', () => {
  test.each([
    '-- DROP TABLE a',
    '/* DROP TABLE a; /* DELETE FROM b; */ TRUNCATE c; */',
    `SELECT 'DROP TABLE a; -- ', "drop", E'\\' DROP TABLE b'`,
    'CREATE TABLE "DROP" ("delete" text, drop text)',
    'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM a; DROP TABLE b; END $$',
    'CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM a; SELECT CASE WHEN true THEN 1 END; DELETE FROM b; END',
    'CREATE TABLE a (b integer REFERENCES c ON DELETE CASCADE)',
    'CREATE TRIGGER t BEFORE DELETE OR TRUNCATE ON a EXECUTE FUNCTION f()',
    'CREATE POLICY p ON a FOR DELETE USING (true)',
    'GRANT SELECT, DELETE, TRUNCATE ON a TO b',
    'REVOKE DELETE ON a FROM b',
    'ALTER TABLE a ADD COLUMN type text, ADD COLUMN rename text',
    'ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT 1',
    `ALTER TYPE a ADD VALUE 'drop'`,
    'ALTER TABLE a ALTER COLUMN b SET DEFAULT 1',
    'ALTER TABLE a ALTER COLUMN b TYPE numeric, ALTER c TYPE numeric[]',
    'CREATE TABLE a (b text); ALTER TABLE a ALTER b SET NOT NULL',
    'CREATE TABLE IF NOT EXISTS s.a (b text); ALTER TABLE ONLY S.A ALTER b SET NOT NULL',
    'ALTER TABLE a ADD COLUMN b text; UPDATE a SET b = 1; ALTER TABLE a ALTER COLUMN "b" SET NOT NULL',
    `DO $$ BEGIN EXECUTE format('CREATE TABLE %I ()', a); GRANT DELETE ON b TO c; END $$`,
    'SELECT $1, a$b$c FROM d',
  ])('%s', (sql) => {
    expect(nonAdditive(`${sql};`)).toEqual([])
  })
})
