import { afterEach, expect, onTestFinished, test } from 'vitest'
import { createPool, isConnectionError } from '../../src/core/db.js'
import { isFtError } from '../../src/core/errors.js'
import { migrate } from '../../src/core/migrate.js'
import { Tenure } from '../../src/core/tenure.js'
import { embeddedHarness } from '../bus/embeddedHarness.js'
import { numbered, numberOf, subscription } from '../bus/messages.js'
import { useTestDatabase } from '../support/database.js'
import { Gate, Recorder } from '../support/recorder.js'

/*
 * A server that takes no writes: a standby to which a name still leads after a failover, or one that a provider has set to read only
 * because its disk is full. It answers, and connections to it stay open.
 */

const database = useTestDatabase()

/** What connections that are made from now on may do. */
async function allowWrites(allowed: boolean): Promise<void> {
  const name = new URL(database.url).pathname.slice(1)
  await database.db.transaction(async (tx) => {
    await tx.query('SET TRANSACTION READ WRITE')
    await tx.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${allowed ? 'off' : 'on'}`)
  })
}

afterEach(() => allowWrites(true))

test('what it refuses is no failure of a message, and goes to another connection when that is over', async () => {
  const pool = createPool({ url: database.url, max: 1 })
  onTestFinished(() => pool.end())
  const harness = embeddedHarness(database.db)
  const refused = new Recorder<unknown>()
  const got = new Recorder<number>()
  const [reached, gate] = [new Gate(), new Gate()]
  const member = await harness.join(
    subscription('t', async (messages) => {
      reached.open()
      await gate.opened
      await pool
        .transaction((tx) => tx.query('DELETE FROM system.dlq WHERE false'))
        .catch((error: unknown) => {
          refused.add(error)
          throw error
        })
      got.add(...messages.map(numberOf))
    }),
  )
  onTestFinished(() => member.close())
  await harness.publish('t', numbered(1, 1))
  await reached.opened
  await allowWrites(false)
  gate.open()
  await refused.until((errors) => errors.length > 6)
  expect(refused.events.every(isConnectionError)).toBe(true)
  await allowWrites(true)
  await got.count(1)
  await harness.drained()
  expect(await harness.deadLetters()).toEqual([])
})

test('nobody takes a lock on it: who could not write stands in nobody’s way, and works when it takes writes', async () => {
  await allowWrites(false)
  const db = createPool({ url: database.url })
  onTestFinished(() => db.end())
  const troubles = new Recorder<unknown>()
  const held = new Gate()
  const work = async (_: unknown, lost: AbortSignal): Promise<void> => {
    held.open()
    await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
  }
  const log = {
    ...{ debug: () => undefined, info: () => undefined },
    warn: ({ err }: Record<string, unknown>) => troubles.add(err),
  }
  const tenure = new Tenure({ db, key: '25006', what: 'the lock of the test', log, work })
  tenure.start()
  onTestFinished(() => tenure.end())
  await troubles.count(1)
  expect(tenure.trouble).toContain('takes no writes')
  await allowWrites(true)
  await held.opened
})

test('a start says what it is, and what to do', async () => {
  await allowWrites(false)
  const db = createPool({ url: database.url, max: 1 })
  onTestFinished(() => db.end())
  const error: unknown = await migrate(db).catch((reason: unknown) => reason)
  expect(isFtError(error, 'database_unavailable') && error.message).toContain('DATABASE_URL must lead to the primary')
})
