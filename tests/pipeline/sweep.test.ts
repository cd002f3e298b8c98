import { describe, expect, test } from 'vitest'
import { deadLetterOf, putDeadLetters } from '../../src/bus/dlq.js'
import type { Db } from '../../src/core/db.js'
import type { Network } from '../../src/core/networks.js'
import { type Suspects, sweep } from '../../src/pipeline/sweep.js'
import { createTestDatabase } from '../support/database.js'
import { model } from '../support/world/model.js'
import { deliverAnyhow, deliverTopic, fuse, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { snapshot } from '../support/world/snapshot.js'
import { randomChain, worldParser } from '../support/world/world.js'

const CHAIN = randomChain(createRandom(5), 8, 4)

async function open(): Promise<{ db: Db; network: Network; drop: () => Promise<void> }> {
  const { db, drop } = await createTestDatabase()
  return { db, drop, network: await worldNetwork(db) }
}

/** Looks once; gives what was sent. */
function look(db: Db, network: Network, suspects: Suspects): Promise<{ raw: number; normalized: number }> {
  return db.transaction((tx) => sweep(tx, network, worldParser, suspects))
}

const NOTHING = { raw: 0, normalized: 0 }

describe('sweeper', () => {
  test('sends raw events that the bus has lost again, at the second look, and the rows are those of the in-order read', async () => {
    const { db, network, drop } = await open()
    const random = createRandom(6)
    for (const block of CHAIN) await publishBlock(db, network, block, random)
    // every second message of raw events is lost; what completes blocks is not, because nothing else would tell the projection
    await db.query(`DELETE FROM system.outbox_events WHERE payload->'completes' #>> '{}' = '[]'`)
    await deliverAnyhow(db, network, random)
    expect(await snapshot(db)).not.toEqual(model('polygon', CHAIN))
    const suspects: Suspects = new Map()
    expect(await look(db, network, suspects)).toEqual(NOTHING)
    expect((await look(db, network, suspects)).raw).toBeGreaterThan(0)
    expect(await look(db, network, suspects)).toEqual(NOTHING)
    await deliverAnyhow(db, network, random)
    expect(await snapshot(db)).toEqual(model('polygon', CHAIN))
    await drop()
  })

  test('sends ledger entries that the ownership stage has not applied again', async () => {
    const { db, network, drop } = await open()
    const random = createRandom(7)
    for (const block of CHAIN) await publishBlock(db, network, block, random)
    await deliverTopic(db, network, 'chain.{network}.raw_events')
    await db.query(`DELETE FROM system.outbox_events WHERE topic = 'ledger.normalized' AND seq % 2 = 0`)
    await deliverTopic(db, network, 'ledger.normalized')
    await deliverTopic(db, network, 'market.ownership')
    const suspects: Suspects = new Map()
    expect(await look(db, network, suspects)).toEqual(NOTHING)
    const sent = await look(db, network, suspects)
    expect(sent.raw).toBe(0)
    expect(sent.normalized).toBeGreaterThan(0)
    await deliverTopic(db, network, 'ledger.normalized')
    await look(db, network, suspects)
    expect([...suspects.values()].map((ids) => ids.size)).toEqual([0, 0])
    const sums = `SELECT asset_id, account_address, sum(qty_delta) AS qty FROM ledger.normalized_event_deltas
      JOIN ledger.normalized_events USING (normalized_event_id, block_number, network_id) GROUP BY 1, 2 HAVING sum(qty_delta) <> 0`
    const owned = 'SELECT asset_id, account_address, quantity FROM market.ownership_current'
    expect(await db.query(`(${sums}) EXCEPT (${owned})`)).toEqual([])
    await drop()
  })

  test('finds nothing after a read in order, fused or live, and nothing in what dead letters hold', async () => {
    const { db, network, drop } = await open()
    const random = createRandom(8)
    await fuse(db, network, CHAIN.slice(0, 4))
    for (const block of CHAIN.slice(4)) await publishBlock(db, network, block, random)
    const [lost] = await db.query<{ seq: number; topic: string; payload: unknown }>(
      `SELECT seq, topic, payload FROM system.outbox_events WHERE json_array_length(payload->'events') > 0 LIMIT 1`,
    )
    if (lost === undefined) throw new Error('the chain of the test has no events')
    const message = {
      topic: lost.topic,
      key: String(lost.seq),
      payload: lost.payload,
      attempt: 5,
      enqueuedAt: new Date(),
    }
    await putDeadLetters(db, [deadLetterOf('normalizer', message, 5, new Error('planned'))])
    await db.query('DELETE FROM system.outbox_events WHERE seq = $1', [lost.seq])
    await deliverAnyhow(db, network, random)
    const suspects: Suspects = new Map()
    await look(db, network, suspects)
    expect([...suspects.values()].map((ids) => ids.size)).toEqual([0, 0])
    await drop()
  })
})
