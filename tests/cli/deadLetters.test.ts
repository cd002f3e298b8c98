import { beforeEach, describe, expect, test } from 'vitest'
import { type DeadLetter, putDeadLetters } from '../../src/bus/dlq.js'
import { uuidv5 } from '../../src/core/ids.js'
import { useTestDatabase } from '../support/database.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()
const database = useTestDatabase()

const letter = (key: string, group: string, code: string): DeadLetter => ({
  topic: 'market.ownership',
  group,
  network: 'polygon',
  key,
  payload: { v: 1, network: 'polygon', key },
  code,
  reason: `planted ${key}`,
  attempts: 5,
})
const idOf = (group: string, key: string): string => uuidv5('dlq', group, key)

async function run(...argv: string[]) {
  return await ft(argv, { DATABASE_URL: database.url, POLYGON_RPC_URL: 'http://127.0.0.1:1', FT_LOG_LEVEL: 'silent' })
}

beforeEach(async () => {
  await database.db.query('DELETE FROM system.dlq')
  await database.db.query('DELETE FROM system.outbox_events')
  await putDeadLetters(database.db, [
    letter('1', 'projector', 'internal'),
    letter('2', 'projector', 'message_invalid'),
    letter('3', 'other', 'internal'),
  ])
})

const open = async (): Promise<unknown[]> => JSON.parse((await run('dlq', 'list', '--json')).stdout)

describe('ft dlq', () => {
  test('list shows the chosen ones, as a table or as JSON', async () => {
    const { code, stdout } = await run('dlq', 'list', '--group', 'projector')
    expect(code).toBe(0)
    expect(stdout.split('\n')).toHaveLength(4)
    expect(stdout).toMatch(/^id +topic +group +code +attempts +last failure +state +reason\n/)
    expect(stdout).not.toContain('planted 3')
    const { stdout: json } = await run('dlq', 'list', '--json', '--code', 'message_invalid')
    expect(JSON.parse(json)).toMatchObject([{ dlqId: idOf('projector', '2'), attempts: 5, resolution: null }])
    expect((await run('dlq', 'list', '--network', 'ton')).stdout).toBe('no dead letters\n')
  })

  test('show gives one with its payload; an id that nobody has is a failure, a bad one bad usage', async () => {
    const { stdout } = await run('dlq', 'show', idOf('other', '3'))
    expect(JSON.parse(stdout)).toMatchObject({ reason: 'planted 3', payload: { key: '3' } })
    expect((await run('dlq', 'show', idOf('other', '4'))).code).toBe(1)
    expect((await run('dlq', 'show', '4')).code).toBe(2)
  })

  test('replay puts the chosen ones on their way and closes them', async () => {
    const { code, stdout } = await run('dlq', 'replay', idOf('projector', '1'), idOf('other', '3'))
    expect([code, stdout]).toEqual([0, '2 replayed\n'])
    expect(await open()).toHaveLength(1)
    const { stdout: outbox } = await run('outbox', '--json')
    expect(JSON.parse(outbox)).toMatchObject([{ topic: 'market.ownership', pending: 2, publishedLastMinute: 0 }])
    const again = await run('dlq', 'replay', idOf('projector', '1'))
    expect([again.code, again.stdout]).toEqual([1, '0 replayed\n'])
  })

  test('drop closes without sending', async () => {
    expect((await run('dlq', 'drop', '--group', 'projector')).stdout).toBe('2 dropped\n')
    expect(await open()).toMatchObject([{ reason: 'planted 3' }])
    expect((await run('outbox')).stdout).toBe('the outbox is empty\n')
    expect((await run('dlq', 'list', '--resolved')).stdout).toContain('dropped')
  })

  test.each(['replay', 'drop'])('%s of everything has to be asked for', async (verb) => {
    const { code, stderr } = await run('dlq', verb)
    expect(code).toBe(2)
    expect(stderr).toContain('--all')
    expect(await open()).toHaveLength(3)
    expect((await run('dlq', verb, '--all')).code).toBe(0)
    expect(await open()).toHaveLength(0)
  })
})

test('ft outbox shows what waits by topic, with the age of the oldest', async () => {
  await database.db.query(
    `INSERT INTO system.outbox_events (topic, payload, created_at, published_at) VALUES
       ('ledger.normalized', '{}', now() - interval '1 minute', NULL), ('ledger.normalized', '{}', now(), NULL),
       ('market.ownership', '{}', now(), now())`,
  )
  const { stdout } = await run('outbox')
  expect(stdout).toMatch(/^topic +pending +oldest +published in the last minute\n/)
  expect(stdout).toMatch(/^ledger\.normalized +2 +6\d\.\d s +0$/m)
  expect(stdout).toMatch(/^market\.ownership +0 +0\.0 s +1$/m)
})
