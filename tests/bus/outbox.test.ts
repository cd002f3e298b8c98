import { describe, expect, test } from 'vitest'
import { enqueue, MESSAGE_BYTES, outboxDepth, splitBySize } from '../../src/bus/outbox.js'
import { tendPartitions } from '../../src/bus/pending.js'
import { createPool, type Db } from '../../src/core/db.js'
import { silentLog } from '../../src/worker/log.js'
import { useTestDatabase } from '../support/database.js'

describe('outbox', () => {
  const database = useTestDatabase()

  test('messages are said when the transaction commits, in order, and not when it does not', async () => {
    const { db } = database
    const texts = [{ text: 'a "quoted" \\ back' }, { text: '{},\n' }, { text: 'ünïcode 🎨' }]
    await db.transaction((tx) => enqueue(tx, 'ledger.normalized', texts))
    const failed = db.transaction(async (tx) => {
      await enqueue(tx, 'ledger.normalized', [{ text: 'never' }])
      throw new Error('planned')
    })
    await expect(failed).rejects.toThrow('planned')
    const rows = await db.query<{ topic: string; payload: unknown }>(
      'SELECT topic, payload FROM system.outbox_events ORDER BY seq',
    )
    expect(rows).toEqual(texts.map((payload) => ({ topic: 'ledger.normalized', payload })))
  })

  test('a topic that nobody can read is refused, a topic of any network is not', async () => {
    const { db } = database
    const refused = db.transaction((tx) => enqueue(tx, 'ledger.normalised', [{}]))
    await expect(refused).rejects.toMatchObject({ code: 'message_invalid' })
    await expect(db.transaction((tx) => enqueue(tx, 'chain..heads', [{}]))).rejects.toThrow('chain..heads is no topic')
    await db.transaction((tx) => enqueue(tx, 'chain.polygon.heads', []))
  })

  test('the depth counts what waits and says how long the oldest has waited', async () => {
    const { db } = database
    await db.query(
      "UPDATE system.outbox_events SET created_at = now() - interval '100 s' WHERE topic = 'ledger.normalized'",
    )
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

describe('partitions of the outbox', () => {
  const database = useTestDatabase()
  const WIDTH = 250_000

  /** A message with this seq, published so many hours ago (null: pending). */
  async function put(db: Db, seq: number, hours: number | null, topic = 't'): Promise<void> {
    await db.query(
      `INSERT INTO system.outbox_events (seq, topic, payload, published_at)
       VALUES ($1, $2, '{}', now() - make_interval(hours => $3))`,
      [seq, topic, hours],
    )
  }

  test('are dropped when all in them was published long ago and acknowledged by every group, and not before', async () => {
    const { db, url } = database
    await db.query('SELECT setval($1, $2)', ['system.outbox_seq', 4.5 * WIDTH])
    await db.query('SELECT system.ensure_outbox_partitions()')
    await put(db, 1, 30)
    await put(db, WIDTH, 30)
    await put(db, WIDTH + 1, null)
    await put(db, 2 * WIDTH, 30)
    await put(db, 2 * WIDTH + 1, 20)
    await put(db, 3 * WIDTH, 30, 'streamed')
    await put(db, 4 * WIDTH, 30)
    await db.query(`INSERT INTO system.streams VALUES ('streamed', now(), now() - interval '31 h')`)
    const pipeline = createPool({ url, max: 1, role: 'ft_pipeline' })
    const left = async () => {
      await tendPartitions(pipeline, silentLog)
      return (await db.query<{ seq: number }>('SELECT seq FROM system.outbox_events ORDER BY seq')).map(
        ({ seq }) => seq,
      )
    }
    expect(await left()).toEqual([WIDTH, WIDTH + 1, 2 * WIDTH, 2 * WIDTH + 1, 3 * WIDTH, 4 * WIDTH])
    await db.query('UPDATE system.outbox_events SET published_at = now() WHERE published_at IS NULL')
    await db.query('UPDATE system.streams SET acknowledged_to = now()')
    expect(await left()).toEqual([WIDTH, WIDTH + 1, 2 * WIDTH, 2 * WIDTH + 1, 4 * WIDTH])
    await db.query(`UPDATE system.outbox_events SET published_at = now() - interval '25 h'`)
    expect(await left()).toEqual([4 * WIDTH])
    await pipeline.end()
  })

  test('that somebody writes to are left for the next time, without keeping anybody waiting', async () => {
    const { db } = database
    await db.query('SELECT setval($1, $2)', ['system.outbox_seq', 5.5 * WIDTH])
    await db.query('SELECT system.ensure_outbox_partitions()')
    await db.transaction(async (tx) => {
      await tx.query('LOCK TABLE system.outbox_events IN ROW EXCLUSIVE MODE')
      const start = performance.now()
      await tendPartitions(db, silentLog)
      expect(performance.now() - start).toBeLessThan(10_000)
    })
    expect(await db.query('SELECT seq FROM system.outbox_events')).toHaveLength(1)
    await tendPartitions(db, silentLog)
    expect(await db.query('SELECT seq FROM system.outbox_events')).toHaveLength(0)
  })

  test('that the database refuses to tend end no delivery; that it is gone does', async () => {
    const { db, url } = database
    const refused = createPool({ url, max: 1, role: 'ft_api' })
    const said: string[] = []
    await tendPartitions(refused, { ...silentLog, error: (_, message) => void said.push(message) })
    expect(said).toEqual(['the partitions of the outbox could not be tended'])
    await refused.end()
    const session = await db.session(() => undefined)
    const [own] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await db.query('SELECT pg_terminate_backend($1)', [own?.pid])
    await expect(tendPartitions(session, silentLog)).rejects.toThrow()
  })
})
