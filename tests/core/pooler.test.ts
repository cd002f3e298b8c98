import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import { migrate } from '../../src/core/migrate.js'
import { assertSessions } from '../../src/core/sessions.js'
import { cliHarness } from '../cli/harness.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startPgBouncer, type TestPooler } from '../support/pgbouncer.js'

const { ft } = cliHarness()

let database: TestDatabase
let pooler: TestPooler

/** What a connection works with. */
const IN_FORCE = `SELECT current_user::text AS role, current_setting('jit') AS jit, current_setting('statement_timeout') AS timeout`

describe('behind a pooler in session mode', () => {
  beforeAll(async () => {
    database = await createTestDatabase()
    pooler = await startPgBouncer(database.url, 'session')
  })
  afterAll(stop)

  test('every connection takes on its role and settings, and leaves none of them to the next one', async () => {
    const api = createPool({ url: pooler.url, role: 'ft_api', max: 1, statementTimeoutMs: 15_000 })
    const expected = { role: 'ft_api', jit: 'off', timeout: '15s' }
    expect(await api.query(IN_FORCE)).toEqual([expected])
    expect(await api.lookUp('in_force', IN_FORCE, [])).toEqual([Object.values(expected)])
    const session = await api.session(() => undefined)
    expect(await session.query(IN_FORCE)).toEqual([expected])
    await session.release()
    await api.end()
    const owner = createPool({ url: pooler.url, max: 1 })
    expect(await owner.query(IN_FORCE)).toEqual([{ role: new URL(database.url).username, jit: 'off', timeout: '0' }])
    await owner.end()
  })

  test('it is taken for sessions, as the server itself is', async () => {
    await whileBusy(4, async (db) => {
      expect(await migrate(db)).toEqual({ applied: [] })
      await Promise.all(Array.from({ length: 60 }, () => assertSessions(db)))
    })
    expect(await migrate(database.db)).toEqual({ applied: [] })
  })
})

describe('a pooler in transaction mode', () => {
  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false })
    pooler = await startPgBouncer(database.url, 'transaction')
  })
  afterAll(stop)

  const refusal = 'DATABASE_URL: leads to a pooler in transaction mode'

  test('is refused before anything is made, be it idle or busy', async () => {
    const { code, stderr } = await ft(['migrate'], { DATABASE_URL: pooler.url })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(refusal) })
    await whileBusy(4, async (db) => {
      await expect(migrate(db)).rejects.toMatchObject({ code: 'config_invalid' })
    })
    expect(await database.db.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'system'`)).toEqual([])
  })

  test('is found out also where a connection gets its own backend again each time', async () => {
    const neighbour = createPool({ url: pooler.url, max: 1 })
    const db = createPool({ url: pooler.url, max: 2 })
    await expect(assertSessions(leavingBackends(db, neighbour))).rejects.toMatchObject({ code: 'config_invalid' })
    await Promise.all([neighbour.end(), db.end()])
  })

  test('is named by the doctor', async () => {
    const { code, stdout } = await ft(['doctor'], { DATABASE_URL: pooler.url, POLYGON_RPC_URL: 'http://127.0.0.1:9' })
    expect(stdout).toMatch(/FAIL +sessions: a pooler in transaction mode is in between\n.*session mode/)
    expect(code).toBe(1)
  })
})

/** Calls `work` with a pool behind the pooler while as many others as `count` are at work there. */
async function whileBusy(count: number, work: (db: Db) => Promise<void>): Promise<void> {
  const others = createPool({ url: pooler.url, max: count })
  const db = createPool({ url: pooler.url, max: 2 })
  let over = false
  const loads = Array.from({ length: count }, async () => {
    while (!over) await others.query('SELECT 1')
  })
  try {
    await work(db)
  } finally {
    over = true
    await Promise.all(loads)
    await Promise.all([others.end(), db.end()])
  }
}

/** `db`, whose transactions never take the backend that was free last: the neighbour has it, and gives it back before they are over. */
function leavingBackends(db: Db, neighbour: Db): Db {
  return {
    ...db,
    query: (text, values) => leavingBackends(db, neighbour).transaction((tx) => tx.query(text, values)),
    transaction: async (work, options) => {
      const taken = await neighbour.snapshot()
      return await db.transaction(async (tx) => {
        await tx.query('SELECT 1')
        await taken.release()
        return await work(tx)
      }, options)
    },
  }
}

async function stop(): Promise<void> {
  await pooler.stop()
  await database.drop()
}
