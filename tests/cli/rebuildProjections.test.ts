import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startFt } from '../support/ftProcess.js'
import { chainOf, moves, seller } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await fuse(
    database.db,
    await worldNetwork(database.db),
    chainOf([moves(null, seller, '1'), moves(null, seller, '2')]),
  )
})
afterAll(() => database.drop())

const rebuild = (...argv: readonly string[]) =>
  ft(['rebuild-projections', '--settle', '0', ...argv], { DATABASE_URL: database.url, FT_LOG_LEVEL: 'silent' })

test('ft rebuild-projections says what differed by table and column, puts it right, and ends with 1; 0 when all was equal', async () => {
  const equal = { code: 0, stdout: 'every read model is what ledger and state say\n', stderr: '' }
  expect(await rebuild('--dry-run')).toEqual(equal)
  await database.db.query('UPDATE projection.collection_stats SET items = 5')
  await database.db.query('DELETE FROM projection.ownership_view')
  const looked = await rebuild('--dry-run')
  expect(looked).toMatchObject({ code: 1, stderr: '' })
  expect(looked.stdout).toMatch(
    /^table +missing +extra +different\nownership_view +2 +0 +0\ncollection_stats +0 +0 +1\n/,
  )
  expect(looked.stdout).toContain(' items: 5 → 2\n')
  expect(looked.stdout).toMatch(/3 rows differed, not swapped: run it without --dry-run\n$/)
  const swapped = await rebuild()
  expect(swapped).toMatchObject({ code: 1, stdout: expect.stringMatching(/3 rows differed, swapped\n$/) })
  expect(await rebuild()).toEqual(equal)
})

test('a time that is none is bad usage', async () => {
  expect(await rebuild('--settle', '-1')).toMatchObject({ code: 2 })
})

test('Ctrl-C stops the comparison at once, says so, and ends with 1', async () => {
  const busy = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%ft.rebuild%' AND wait_event = 'advisory'`
  await database.db.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('ft.rebuild'))`)
    const ft = startFt(['rebuild-projections'], { DATABASE_URL: database.url })
    await expect.poll(() => database.db.query(busy), { timeout: 30_000, interval: 20 }).toHaveLength(1)
    expect(await ft.end('SIGINT')).toEqual({ code: 1, signal: null })
    expect(ft.lines).toContain('stopped: nothing was swapped')
    expect(await database.db.query(busy)).toEqual([])
  })
})
