import { beforeEach, expect, test } from 'vitest'
import { useTestDatabase } from '../support/database.js'

const database = useTestDatabase({ migrated: false })

beforeEach(async () => {
  await database.db.query('DROP TABLE IF EXISTS counter')
  await database.db.query('CREATE TABLE counter AS SELECT 1 AS n')
})

async function stored(): Promise<unknown> {
  const [row] = await database.db.query('SELECT n FROM counter')
  return row?.['n']
}

/** What a query threw; fails when it did not throw. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error === null) throw new Error('it did not fail')
  return String(error)
}

test('what is sent is carried out in order, before whatever comes next', async () => {
  const found = await database.db.transaction(async (tx) => {
    tx.send('UPDATE counter SET n = n + 19')
    tx.send('UPDATE counter SET n = n * $1', [3])
    return await tx.query('SELECT n FROM counter')
  })
  expect(found).toEqual([{ n: 60 }])
  expect(await stored()).toBe(60)
})

test('when a sent statement fails, so does the next one, with its error', async () => {
  const work = database.db.transaction(async (tx) => {
    tx.send('UPDATE counter SET n = 99')
    tx.send('SELECT 1 / 0')
    tx.send('SELECT unknown')
    expect(await failure(tx.query('SELECT 1'))).toContain('division by zero')
    expect(await failure(tx.prepared('one', 'SELECT 1'))).toContain('division by zero')
  })
  expect(await failure(work)).toContain('division by zero')
  expect(await stored()).toBe(1)
})

test('when nothing follows a sent statement that fails, the transaction fails with its error', async () => {
  const work = database.db.transaction(async (tx) => {
    tx.send('UPDATE counter SET n = 99')
    tx.send('SELECT 1 / 0')
  })
  expect(await failure(work)).toContain('division by zero')
  expect(await stored()).toBe(1)
})

test('after a conflict of a sent statement the transaction begins again', async () => {
  let attempts = 0
  await database.db.transaction(async (tx) => {
    attempts += 1
    tx.send('UPDATE counter SET n = n + 1')
    if (attempts < 3) tx.send(`DO $$ BEGIN RAISE 'planted' USING ERRCODE = 'serialization_failure'; END $$`)
  })
  expect(attempts).toBe(3)
  expect(await stored()).toBe(2)
})
