import { describe, expect, test } from 'vitest'
import { enqueue, MESSAGE_BYTES, outboxDepth, splitBySize } from '../../src/bus/outbox.js'
import { useTestDatabase } from '../support/database.js'

describe('outbox', () => {
  const database = useTestDatabase()

  test('messages are said when the transaction commits, in order, and not when it does not', async () => {
    const { db } = database
    const texts = [{ text: 'a "quoted" \\ back' }, { text: '{},\n' }, { text: 'ünïcode 🎨' }]
    await db.transaction((tx) => enqueue(tx, 't', texts))
    const failed = db.transaction(async (tx) => {
      await enqueue(tx, 't', [{ text: 'never' }])
      throw new Error('planned')
    })
    await expect(failed).rejects.toThrow('planned')
    const rows = await db.query<{ topic: string; payload: unknown }>(
      'SELECT topic, payload FROM system.outbox_events ORDER BY seq',
    )
    expect(rows).toEqual(texts.map((payload) => ({ topic: 't', payload })))
  })

  test('the depth counts what waits and says how long the oldest has waited', async () => {
    const { db } = database
    await db.query("UPDATE system.outbox_events SET created_at = now() - interval '100 s' WHERE topic = 't'")
    const depth = await outboxDepth(db)
    expect(depth.pending).toBe(3)
    expect(depth.oldestSeconds).toBeGreaterThanOrEqual(100)
    await db.query('UPDATE system.outbox_events SET published_at = now()')
    expect(await outboxDepth(db)).toEqual({ pending: 0, oldestSeconds: 0 })
  })
})

describe('splitBySize', () => {
  test('keeps every item once, in order, in parts that fit', () => {
    const items = Array.from({ length: 1_000 }, (_, n) => ({ n, text: 'x'.repeat((n * 37) % 200) }))
    const parts = splitBySize(items, 2_000)
    expect(parts.flat()).toEqual(items)
    for (const part of parts) expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThanOrEqual(2_001)
    expect(parts.length).toBeLessThan(100)
  })

  test('an item that is too large alone is a part of its own; nothing makes no part', () => {
    const large = 'x'.repeat(MESSAGE_BYTES + 1)
    expect(splitBySize(['a', large, 'b'])).toEqual([['a'], [large], ['b']])
    expect(splitBySize([])).toEqual([])
  })
})
