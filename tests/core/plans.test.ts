import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const STATEMENT = 'SELECT network_id FROM ref.networks WHERE network_id = $1'

/** How often the statement was run on one connection by a plan that was there already, and by one made for that run. */
async function runs(db: Db, times: number): Promise<object[]> {
  return await db.transaction(async (tx) => {
    for (let n = 0; n < times; n += 1) await tx.query(STATEMENT, [n])
    return await tx.query(
      `SELECT generic_plans::int AS once, custom_plans::int AS each FROM pg_prepared_statements WHERE statement = $1`,
      [STATEMENT],
    )
  })
}

test.each(['ft_pipeline', 'ft_backfill'])(
  'a connection of %s plans a statement once, however often it runs',
  async (role) => {
    const db = createPool({ url: database.url, role, max: 1 })
    try {
      expect(await runs(db, 8)).toEqual([{ once: 8, each: 0 }])
    } finally {
      await db.end()
    }
  },
)

test('the API leaves it to PostgreSQL: what a filter selects decides about the plan', async () => {
  const db = createPool({ url: database.url, role: 'ft_api', max: 1 })
  try {
    const [mode] = await db.query(`SELECT current_setting('plan_cache_mode') AS mode`)
    expect(mode).toEqual({ mode: 'auto' })
  } finally {
    await db.end()
  }
})
