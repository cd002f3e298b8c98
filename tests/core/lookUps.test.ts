import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPool, type Db, isConnectionError } from '../../src/core/db.js'
import { useTestDatabase } from '../support/database.js'
import { freePort } from '../support/ports.js'

const database = useTestDatabase({ migrated: false })
let db: Db

beforeEach(() => {
  db = createPool({ url: database.url, applicationName: 'look-ups' })
})
afterEach(async () => {
  await db.end()
})

const LOCK = 4711

/** Asks what number it is given, and which of the server's processes answers. */
async function ask(n: number): Promise<{ n: unknown; pid: unknown }> {
  const [row] = await db.lookUp('ask', 'SELECT $1::int, pg_backend_pid()', [n])
  return { n: row?.[0], pid: row?.[1] }
}

/** Waits for a lock that the test holds. */
async function askForLock(): Promise<unknown> {
  return await db.lookUp('lock', 'SELECT pg_advisory_lock_shared($1)', [LOCK])
}

/** Runs `work` while a look-up waits for a lock; `pid` is the server's process that waits. */
async function whileOneWaits(work: (pid: number, waiting: Promise<unknown>) => Promise<void>): Promise<void> {
  await database.db.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    const waiting = askForLock()
    waiting.catch(() => undefined)
    const pid = await vi.waitFor(async () => {
      const [row] = await tx.query<{ pid: number }>('SELECT pid FROM pg_locks WHERE locktype = $1 AND NOT granted', [
        'advisory',
      ])
      if (row === undefined) throw new Error('nobody waits for the lock')
      return row.pid
    })
    await work(pid, waiting)
  })
}

test('look-ups that are asked for together are each given their own answer, over one connection', async () => {
  const numbers = Array.from({ length: 16 }, (_, n) => n)
  const answers = await Promise.all(numbers.map(ask))
  expect(answers.map(({ n }) => n)).toEqual(numbers)
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1)
})

test('any number of look-ups at once takes four connections at most', async () => {
  const numbers = Array.from({ length: 500 }, (_, n) => n)
  const answers = await Promise.all(numbers.map(ask))
  expect(answers.map(({ n }) => n)).toEqual(numbers)
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(4)
})

test('a look-up that fails leaves those before and behind it alone', async () => {
  const divide = async (by: number) => await db.lookUp('divide', 'SELECT 6 / $1::int', [by])
  const settled = await Promise.allSettled([3, 0, 2, 0, 1].map(divide))
  expect(settled.map((one) => (one.status === 'fulfilled' ? one.value[0]?.[0] : String(one.reason)))).toEqual([
    2,
    expect.stringContaining('division by zero'),
    3,
    expect.stringContaining('division by zero'),
    6,
  ])
})

test('what is asked later does not wait behind a look-up that takes long', async () => {
  await whileOneWaits(async (pid) => {
    const answer = await ask(1)
    expect(answer.n).toBe(1)
    expect(answer.pid).not.toBe(pid)
  })
})

test('with a connection that the server ends go the look-ups on it, and the next one opens another', async () => {
  const { pid: first } = await ask(1)
  await whileOneWaits(async (pid, waiting) => {
    expect(pid).toBe(first)
    await database.db.query('SELECT pg_terminate_backend($1)', [pid])
    await expect(waiting).rejects.toSatisfy(isConnectionError)
  })
  const next = await ask(2)
  expect(next.n).toBe(2)
  expect(next.pid).not.toBe(first)
})

test('a server that cannot be reached rejects every look-up until it can', async () => {
  const away = createPool({ url: `postgres://nobody@127.0.0.1:${await freePort()}/nothing` })
  try {
    const askAway = async () => await away.lookUp('one', 'SELECT 1', [])
    const settled = await Promise.allSettled([askAway(), askAway()])
    for (const one of settled) expect(one.status === 'rejected' && isConnectionError(one.reason)).toBe(true)
    await expect(askAway()).rejects.toSatisfy(isConnectionError)
  } finally {
    await away.end()
  }
})

test('closing waits for the answers that are on their way', async () => {
  const own = createPool({ url: database.url })
  const asked = own.lookUp('slow', 'SELECT 1 FROM pg_sleep($1)', [0.05])
  await own.end()
  expect(await asked).toEqual([[1]])
  await expect(own.lookUp('late', 'SELECT 1', [])).rejects.toThrow('closed')
})
