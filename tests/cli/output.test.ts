import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readApiKey } from '../../src/core/apiKey.js'
import { migrate } from '../../src/core/migrate.js'
import { migrationsDir, readMigrations } from '../../src/core/migrationFiles.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { builtFt } from '../support/ftProcess.js'
import { temporaryFolder } from '../support/temporaryFolder.js'
import { cliHarness } from './harness.js'

/* What scripts read from standard output is the answer alone, also beside a database whose schema is behind the code. */

const cli = cliHarness()

/** A database without the newest migration. */
async function behind(): Promise<TestDatabase> {
  const folder = temporaryFolder()
  for (const { name } of (await readMigrations()).slice(0, -1)) {
    copyFileSync(join(migrationsDir, `${name}.sql`), join(folder, `${name}.sql`))
  }
  const database = await createTestDatabase({ migrated: false })
  onTestFinished(() => database.drop())
  await migrate(database.db, { dir: folder })
  return database
}

const ft = (database: TestDatabase, ...argv: string[]) => cli.ft(argv, { DATABASE_URL: database.url })

const applied = async ({ db }: TestDatabase): Promise<unknown> =>
  await db.query('SELECT version FROM system.schema_migrations ORDER BY version')

test.each(['dlq list', 'outbox', 'keys list'])(
  'ft %s --json looks at an older schema and leaves it',
  async (command) => {
    const database = await behind()
    const before = await applied(database)
    const { code, stdout, stderr } = await ft(database, ...command.split(' '), '--json')
    expect({ code, answer: JSON.parse(stdout), stderr }).toEqual({ code: 0, answer: [], stderr: '' })
    expect(await applied(database)).toEqual(before)
  },
)

test('a command that writes brings the schema up to date and says so on standard error', async () => {
  const { stdout, stderr } = await ft(await behind(), 'keys', 'create', '--name', 'ci')
  expect(readApiKey(stdout.trim())).toBeDefined()
  expect(stderr).toContain('the schema was brought up to date')
})

/** The program itself, whose standard output and error are pipes. */
function start(env: Record<string, string>, ...argv: string[]) {
  return spawn(process.execPath, [builtFt(), ...argv], { env: { PATH: process.env['PATH'], ...env } })
}

test('a command in the middle of its work that nobody reads any more ends, and not as one that is done', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const child = start({ DATABASE_URL: database.url }, 'status', '--json', '--watch', '0.05')
  await once(child.stdout, 'data')
  child.stdout.destroy()
  expect(await once(child, 'exit')).toEqual([141, null])
}, 60_000)

test('a command that is done when nobody reads its answer is done', async () => {
  const child = start({}, 'config')
  child.stdout.destroy()
  expect(await once(child, 'exit')).toEqual([0, null])
}, 60_000)

test('errors that nobody reads do not change how a command failed', async () => {
  const child = start({ FT_API_PORT: 'x' }, 'config')
  child.stderr.destroy()
  expect(await once(child, 'exit')).toEqual([2, null])
}, 60_000)
