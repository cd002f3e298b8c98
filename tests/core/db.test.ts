import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createPool, type Db, isConnectionError, type Tx } from '../../src/core/db.js'
import { isFtError } from '../../src/core/errors.js'
import { useTestDatabase } from '../support/database.js'
import { freePort } from '../support/ports.js'

const database = useTestDatabase({ migrated: false })

beforeAll(async () => {
  await database.db.query('CREATE TABLE counters (id integer PRIMARY KEY, n bigint NOT NULL)')
  await database.db.query('INSERT INTO counters VALUES (1, 0), (2, 0), (3, 0), (4, 0)')
})

/** What a query threw; fails when it did not throw. */
async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

/** A promise and the function that fulfils it. */
function signal(): { reached: Promise<void>; reach: () => void } {
  let reach: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  return { reached, reach }
}

async function value(id: number): Promise<number | undefined> {
  const [row] = await database.db.query<{ n: number }>('SELECT n FROM counters WHERE id = $1', [id])
  return row?.n
}

async function backendOf(db: Pick<Db, 'query'>): Promise<number> {
  const [row] = await db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  if (row === undefined) throw new Error('the backend has no pid')
  return row.pid
}

describe('values keep every digit on their way through the pool', () => {
  test('int8 arrives as a number up to 2^53 - 1, and throws beyond', async () => {
    const [row] = await database.db.query('SELECT $1::bigint AS most, $2::bigint AS least', [
      '9007199254740991',
      '-9007199254740991',
    ])
    expect(row).toEqual({ most: Number.MAX_SAFE_INTEGER, least: Number.MIN_SAFE_INTEGER })
    for (const tooLarge of ['9007199254740992', '-9223372036854775808']) {
      const error = await failure(database.db.query('SELECT $1::bigint', [tooLarge]))
      expect(isFtError(error, 'internal') && error.message).toContain(tooLarge)
    }
    expect(await database.db.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('numeric arrives as bigint, up to 78 digits', async () => {
    const most = 2n ** 256n - 1n
    expect(await database.db.query('SELECT $1::numeric(78,0) AS n', [most])).toEqual([{ n: most }])
    expect(await database.db.query('SELECT sum(n) AS n FROM unnest($1::numeric[]) AS n', [[most, -1n]])).toEqual([
      { n: most - 1n },
    ])
  })

  test('a numeric that is no integer throws and is not rounded', async () => {
    expect(await failure(database.db.query('SELECT 1.5::numeric'))).toBeInstanceOf(SyntaxError)
  })

  test('bytea arrives as lower-case hexadecimal', async () => {
    expect(
      await database.db.query(`SELECT '\\xABCDEF00'::bytea AS bytes, ''::bytea AS none, null::bytea AS null`),
    ).toEqual([{ bytes: '0xabcdef00', none: '0x', null: null }])
  })

  test('arrays of these are read like single values', async () => {
    const [row] = await database.db.query(
      `SELECT ARRAY[1, null]::bigint[] AS heights, ARRAY[$1, null]::numeric[] AS amounts,
              ARRAY['\\x01', null]::bytea[] AS hashes, '{}'::numeric[] AS none`,
      [2n ** 200n + 1n],
    )
    expect(row).toEqual({ heights: [1, null], amounts: [2n ** 200n + 1n, null], hashes: ['0x01', null], none: [] })
    expect(isFtError(await failure(database.db.query('SELECT ARRAY[9007199254740993]')), 'internal')).toBe(true)
  })

  test('a prepared statement gives the same as a query', async () => {
    for (const n of [1, 2]) {
      expect(await database.db.prepared('twice', 'SELECT $1::numeric * 2 AS n', [n])).toEqual([{ n: BigInt(2 * n) }])
    }
  })
})

describe('a transaction is whole or nothing', () => {
  test('commits what the work did and gives what it returned', async () => {
    const result = await database.db.transaction(async (tx) => {
      await tx.query('UPDATE counters SET n = 7 WHERE id = 1')
      return 'done'
    })
    expect([result, await value(1)]).toEqual(['done', 7])
  })

  test('takes everything back when the work throws, and throws the same', async () => {
    const thrown = new Error('planted')
    const work = database.db.transaction(async (tx) => {
      await tx.query('UPDATE counters SET n = 99 WHERE id = 1')
      throw thrown
    })
    expect(await failure(work)).toBe(thrown)
    expect(await value(1)).toBe(7)
  })

  test('fails when the work swallowed the error of a statement: nothing of it could be committed', async () => {
    const work = database.db.transaction(async (tx) => {
      await tx.query('UPDATE counters SET n = 99 WHERE id = 1')
      await tx.query('SELECT 1 / 0').catch(() => undefined)
    })
    expect(isFtError(await failure(work), 'internal')).toBe(true)
    expect(await value(1)).toBe(7)
  })

  test('leaves no open transaction on the connection that goes back to the pool', async () => {
    const single = createPool({ url: database.url, max: 1 })
    await failure(single.transaction((tx) => tx.query('SELECT 1 / 0')))
    expect(await single.query('SELECT pg_current_xact_id_if_assigned() AS id, 1 AS one')).toEqual([
      { id: null, one: 1 },
    ])
    await single.end()
  })

  test('isolation is what was asked for', async () => {
    const options = { isolation: 'repeatable read' } as const
    expect(await database.db.transaction((tx) => tx.query('SHOW transaction_isolation'), options)).toEqual([
      { transaction_isolation: 'repeatable read' },
    ])
  })
})

describe('conflicts are tried again from the start', () => {
  test('of two transactions that deadlock (40P01), both commit in the end', async () => {
    const [first, second] = [signal(), signal()]
    const attempts = { first: 0, second: 0 }
    const add = (tx: Tx, id: number) => tx.query('UPDATE counters SET n = n + 1 WHERE id = $1', [id])
    await Promise.all([
      database.db.transaction(async (tx) => {
        attempts.first += 1
        await add(tx, 3)
        first.reach()
        await second.reached
        await add(tx, 4)
      }),
      database.db.transaction(async (tx) => {
        attempts.second += 1
        await add(tx, 4)
        second.reach()
        await first.reached
        await add(tx, 3)
      }),
    ])
    expect([await value(3), await value(4)]).toEqual([2, 2])
    // on a busy machine the victim may be one once more
    expect(attempts.first + attempts.second).toBeGreaterThanOrEqual(3)
  })

  test('a serialization failure (40001) is tried again on what the other one committed', async () => {
    await database.db.query('UPDATE counters SET n = 10 WHERE id = 2')
    let attempts = 0
    await database.db.transaction(
      async (tx) => {
        attempts += 1
        const [row] = await tx.query<{ n: number }>('SELECT n FROM counters WHERE id = 2')
        if (attempts === 1) await database.db.query('UPDATE counters SET n = 20 WHERE id = 2')
        await tx.query('UPDATE counters SET n = $1 WHERE id = 2', [(row?.n ?? 0) + 1])
      },
      { isolation: 'repeatable read' },
    )
    expect([attempts, await value(2)]).toEqual([2, 21])
  })

  test('a conflict that stays ends as database_conflict with the last one as its cause', async () => {
    let attempts = 0
    const work = database.db.transaction(async (tx) => {
      attempts += 1
      await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '40001'; END $$`)
    })
    const error = await failure(work)
    expect(isFtError(error, 'database_conflict') && error.cause).toMatchObject({ code: '40001', message: 'planted' })
    expect(attempts).toBe(10)
  })

  test('no other error is tried again', async () => {
    let attempts = 0
    const work = database.db.transaction(async (tx) => {
      attempts += 1
      await tx.query('INSERT INTO counters VALUES (1, 0)')
    })
    expect(await failure(work)).toMatchObject({ code: '23505' })
    expect(attempts).toBe(1)
  })
})

describe('a pool opens its connections as it was told', () => {
  let other: Db

  beforeAll(async () => {
    await database.db.query(`DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ft_test_role') THEN CREATE ROLE ft_test_role NOLOGIN; END IF; END $$`)
    other = createPool({
      url: database.url,
      role: 'ft_test_role',
      applicationName: 'ft-planted',
      statementTimeoutMs: 1234,
      max: 1,
    })
  })

  afterAll(async () => {
    await other.end()
  })

  test('every connection takes on the role, and the session too', async () => {
    expect(await other.query('SELECT current_user::text AS name')).toEqual([{ name: 'ft_test_role' }])
    expect(await failure(other.query('SELECT * FROM counters'))).toMatchObject({ code: '42501' })
    const session = await other.session(() => undefined)
    expect(await session.query('SELECT current_user::text AS name')).toEqual([{ name: 'ft_test_role' }])
    await session.release()
  })

  test('the application name and the statement timeout are in force', async () => {
    expect(
      await other.query(
        `SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS ms`,
      ),
    ).toEqual([{ name: 'ft-planted', ms: '1234ms' }])
  })

  test('an idle connection is looked after, so that a dead one is known as such', async () => {
    const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
    onTestFinished(() => keepAlive.mockRestore())
    const session = await other.session(() => undefined)
    expect(keepAlive.mock.calls).toEqual([[true, 20_000]])
    await session.release()
  })
})

describe('a session', () => {
  test('hears notifications of committed transactions with channel and payload', async () => {
    const session = await database.db.session(() => undefined)
    const heard: [string, string][] = []
    const done = new Promise<void>((resolve) => {
      session.onNotification((channel, payload) => {
        heard.push([channel, payload])
        if (payload === 'last') resolve()
      })
    })
    await session.query('LISTEN planted')
    await failure(
      database.db.transaction(async (tx) => {
        await tx.query(`SELECT pg_notify('planted', 'rolled back')`)
        throw new Error('planted')
      }),
    )
    await database.db.query(`NOTIFY planted`)
    await database.db.query(`SELECT pg_notify('planted', 'last')`)
    await done
    expect(heard).toEqual([
      ['planted', ''],
      ['planted', 'last'],
    ])
    await session.release()
  })

  test('says once that it was lost, and nothing when it was released', async () => {
    const lost = vi.fn()
    const ended = new Promise<void>((resolve) => lost.mockImplementation(() => resolve()))
    const session = await database.db.session(lost)
    const released = vi.fn()
    await (await database.db.session(released)).release()
    await database.db.query('SELECT pg_terminate_backend($1)', [await backendOf(session)])
    await ended
    expect(isConnectionError(await failure(session.query('SELECT 1')))).toBe(true)
    await session.release()
    expect(lost).toHaveBeenCalledTimes(1)
    expect(isConnectionError(lost.mock.calls[0]?.[0])).toBe(true)
    expect(released).not.toHaveBeenCalled()
  })

  test('that cannot be opened throws, and does not also say that it was lost', async () => {
    const closed = createPool({ url: await refusingUrl(), max: 1 })
    const lost = vi.fn()
    expect(isConnectionError(await failure(closed.session(lost)))).toBe(true)
    expect(lost).not.toHaveBeenCalled()
    await closed.end()
  })
})

describe('isConnectionError tells an outage from a refusal', () => {
  test('a backend that is killed while it works', async () => {
    const single = createPool({ url: database.url, max: 1 })
    const victim = await backendOf(single)
    const work = failure(single.query('SELECT pg_sleep(60)'))
    await vi.waitUntil(async () => {
      const [row] = await database.db.query<{ state: string }>('SELECT state FROM pg_stat_activity WHERE pid = $1', [
        victim,
      ])
      return row?.state === 'active'
    })
    await database.db.query('SELECT pg_terminate_backend($1)', [victim])
    expect(isConnectionError(await work)).toBe(true)
    expect(await single.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await single.end()
  })

  test('a backend that is killed between two statements of a transaction, which then can be repeated', async () => {
    const single = createPool({ url: database.url, max: 1 })
    const work = single.transaction(async (tx) => {
      await database.db.query('SELECT pg_terminate_backend($1, 5000)', [await backendOf(tx)])
      await tx.query('SELECT 1')
    })
    expect(isConnectionError(await failure(work))).toBe(true)
    expect(await single.transaction((tx) => tx.query('SELECT 1 AS one'))).toEqual([{ one: 1 }])
    await single.end()
  })

  test('a server that refuses the connection', async () => {
    const closed = createPool({ url: await refusingUrl(), max: 1 })
    expect(isConnectionError(await failure(closed.query('SELECT 1')))).toBe(true)
    expect(isConnectionError(await failure(closed.transaction((tx) => tx.query('SELECT 1'))))).toBe(true)
    await closed.end()
  })

  test('a server that hangs up', async () => {
    const server = createServer((socket) => socket.destroy())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const closed = createPool({ url: urlOf(port), max: 1 })
    expect(isConnectionError(await failure(closed.query('SELECT 1')))).toBe(true)
    await closed.end()
    server.close()
  })

  test.each([
    ['a constraint violation', 'INSERT INTO counters VALUES (1, 0)'],
    ['a syntax error', 'SELEC 1'],
    ['a right that is missing', 'SET LOCAL ROLE pg_monitor; CREATE TABLE counters_of_mine ()'],
    ['a statement timeout', `SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(60)`],
  ])('but not %s', async (_, statement) => {
    const error = await failure(database.db.transaction((tx) => tx.query(statement)))
    expect(isConnectionError(error)).toBe(false)
  })

  test('nor a missing file, an error of ours or something that is no error', () => {
    const missing = Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT', syscall: 'open' })
    for (const error of [missing, new Error('planted'), undefined, 'ECONNREFUSED']) {
      expect(isConnectionError(error)).toBe(false)
    }
  })
})

/** The URL of a port at which nobody listens. */
async function refusingUrl(): Promise<string> {
  return urlOf(await freePort())
}

function urlOf(port: number): string {
  return `postgres://ft@127.0.0.1:${port}/ft`
}

test('a statement_timeout that an administrator has set for the database does not cut off migrations and batches', async () => {
  const name = new URL(database.url).pathname.slice(1)
  await database.db.query(`ALTER DATABASE ${name} SET statement_timeout = '50ms'`)
  const pool = createPool({ url: database.url, max: 1 })
  onTestFinished(async () => {
    await pool.end()
    await database.db.query(`ALTER DATABASE ${name} RESET statement_timeout`)
  })
  expect(await pool.query('SELECT 1 AS one FROM pg_sleep(0.2)')).toEqual([{ one: 1 }])
})
