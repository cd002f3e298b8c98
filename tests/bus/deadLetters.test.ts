import { beforeEach, describe, expect, test } from 'vitest'
import {
  deadLetterDepth,
  dropDeadLetters,
  listDeadLetters,
  replayDeadLetters,
  showDeadLetter,
} from '../../src/bus/deadLetters.js'
import { deadLetterOf, putDeadLetters } from '../../src/bus/dlq.js'
import { FtError } from '../../src/core/errors.js'
import { useTestDatabase } from '../support/database.js'

const letter = { topic: 't', group: 'g', network: 'polygon', key: '1', code: 'internal', reason: 'planned' }

describe('dead letters', () => {
  const database = useTestDatabase()
  beforeEach(async () => {
    await database.db.query('DELETE FROM system.dlq')
    await database.db.query('DELETE FROM system.outbox_events')
    await putDeadLetters(database.db, [
      { ...letter, payload: { n: 1 } },
      { ...letter, key: '2', network: 'ton', payload: { n: 2 } },
      { ...letter, key: '1', group: 'other', topic: 'u', payload: { n: 3 } },
    ])
  })

  test('the same failure again is the same row: attempts add up, the newest reason stays', async () => {
    const { db } = database
    await putDeadLetters(db, [{ ...letter, payload: { n: 1 }, reason: 'again', attempts: 5 }])
    expect(await deadLetterDepth(db)).toBe(3)
    expect(await listDeadLetters(db, { topic: 't', network: 'polygon' })).toMatchObject([
      { attempts: 6, reason: 'again', resolvedAt: null },
    ])
  })

  test('are listed by topic, group, network and code, and shown with their payload', async () => {
    const { db } = database
    expect((await listDeadLetters(db, { group: 'g' })).map(({ key }) => key).sort()).toEqual(['1', '2'])
    expect(await listDeadLetters(db, { code: 'nothing' })).toEqual([])
    const [row] = await listDeadLetters(db, { topic: 'u' })
    expect(await showDeadLetter(db, row?.dlqId ?? '')).toMatchObject({ group: 'other', payload: { n: 3 } })
    expect(await showDeadLetter(db, '00000000-0000-5000-8000-000000000000')).toBeNull()
  })

  test('a replay puts the payloads on their topics once and closes the letters; a failure opens them again', async () => {
    const { db } = database
    expect(await replayDeadLetters(db, { network: 'polygon' })).toHaveLength(2)
    expect(await replayDeadLetters(db, { network: 'polygon' })).toEqual([])
    const sent = await db.query('SELECT topic, payload FROM system.outbox_events ORDER BY seq')
    expect(sent).toHaveLength(2)
    expect(sent).toEqual(
      expect.arrayContaining([
        { topic: 't', payload: { n: 1 } },
        { topic: 'u', payload: { n: 3 } },
      ]),
    )
    expect(await deadLetterDepth(db)).toBe(1)
    const resolved = await listDeadLetters(db, { network: 'polygon' }, { resolved: true })
    expect(resolved.map(({ resolution }) => resolution)).toEqual(['replayed', 'replayed'])
    await putDeadLetters(db, [{ ...letter, payload: { n: 1 } }])
    expect(await deadLetterDepth(db)).toBe(2)
  })

  test('a dropped letter stays as a row and is not sent', async () => {
    const { db } = database
    const [row] = await listDeadLetters(db, { network: 'ton' })
    expect(await dropDeadLetters(db, { ids: [row?.dlqId ?? ''] })).toEqual([row?.dlqId])
    expect(await db.query('SELECT 1 FROM system.outbox_events')).toEqual([])
    expect(await showDeadLetter(db, row?.dlqId ?? '')).toMatchObject({ resolution: 'dropped' })
  })

  test('say the code and the whole chain of causes of what was thrown', () => {
    const message = { topic: 't', key: '9', payload: { network: 'ton' }, attempt: 5, enqueuedAt: new Date() }
    const error = new FtError('event_conflict', 'above\0', { cause: new Error('below') })
    expect(deadLetterOf('g', message, 5, error)).toEqual({
      topic: 't',
      group: 'g',
      network: 'ton',
      key: '9',
      payload: { network: 'ton' },
      code: 'event_conflict',
      reason: 'above ← below',
      attempts: 5,
    })
    const unique = Object.assign(new Error('duplicate key'), { code: '23505' })
    expect(deadLetterOf('g', { ...message, payload: [1] }, 1, unique)).toMatchObject({ code: '23505', network: null })
  })
})
