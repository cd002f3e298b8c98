import { expect, test, vi } from 'vitest'
import type { Db, Tx } from '../../src/core/db.js'
import { createTestDatabase } from '../support/database.js'
import { model } from '../support/world/model.js'
import { deliverAnyhow, deliverTopic, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { allRows, snapshot } from '../support/world/snapshot.js'
import { buildBlock, randomChain, randomTransaction, transactionsOf } from '../support/world/world.js'

/*
 * I1 to I3: the scenarios of the exit criteria. What is delivered again, at once to many, or broken off in the middle, leaves the rows of
 * reading the chain once.
 */

vi.setConfig({ testTimeout: 120_000 })

const TOPICS = ['chain.{network}.raw_events', 'chain.{network}.forks', 'ledger.normalized', 'market.ownership'] as const

async function applied(db: Db): Promise<unknown[]> {
  return await db.query('SELECT consumer_id, normalized_event_id FROM ledger.applied_events ORDER BY 1, 2')
}

/** What messages after this one say that happened: the entries, assets, holdings, sales and listings they name, per topic. */
async function named(db: Db, after: number): Promise<{ topic: string; things: number }[]> {
  const length = (list: string) => `coalesce(json_array_length(payload -> '${list}'), 0)`
  const lists = ['events', 'assetIds', 'holdings', 'saleIds', 'listingIds']
  return await db.query(
    `SELECT topic, sum(${lists.map(length).join(' + ')})::int AS things FROM system.outbox_events
     WHERE seq > $1 AND topic = ANY($2) GROUP BY topic ORDER BY topic`,
    [after, ['ledger.normalized', 'market.ownership']],
  )
}

async function lastMessage(db: Db): Promise<number> {
  const [row] = await db.query<{ seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM system.outbox_events')
  return row?.seq ?? 0
}

test('I1 single delivery: the same messages again change no row and send no event, asset or holding on', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    const random = createRandom(1)
    const chain = randomChain(random, 12, 4)
    for (const block of chain) await publishBlock(db, network, block, random)
    const deliverAll = async () => {
      const counts = new Map<string, number>()
      for (const topic of TOPICS) counts.set(topic, await deliverTopic(db, network, topic))
      return counts
    }
    const first = await deliverAll()
    const before = { rows: await allRows(db), applied: await applied(db) }
    const last = await lastMessage(db)
    expect((await named(db, 0)).map(({ things }) => things > 50)).toEqual([true, true])

    await db.query('UPDATE system.outbox_events SET published_at = NULL')
    const second = await deliverAll()
    for (const [topic, count] of first) expect(second.get(topic), topic).toBeGreaterThanOrEqual(count)
    expect({ rows: await allRows(db), applied: await applied(db) }).toEqual(before)
    // Which blocks are whole is said again; what happened in them is not.
    expect(await named(db, last)).toEqual([
      { topic: 'ledger.normalized', things: 0 },
      { topic: 'market.ownership', things: 0 },
    ])
    expect(await snapshot(db)).toEqual(model('polygon', chain))
  } finally {
    await drop()
  }
})

test('I2 concurrent delivery: 50 blocks, eight workers, shuffled and repeated: one applied row per event', async () => {
  const { db, drop } = await createTestDatabase({ max: 16 })
  try {
    const network = await worldNetwork(db)
    const random = createRandom(2)
    const chain = randomChain(random, 50, 3)
    for (const block of chain) await publishBlock(db, network, block, random)
    await deliverAnyhow(db, network, random, 8)
    expect(await snapshot(db)).toEqual(model('polygon', chain))
    const [events] = await db.query<{ count: number }>('SELECT count(*)::int AS count FROM ledger.normalized_events')
    expect(await applied(db)).toHaveLength(events?.count ?? -1)
  } finally {
    await drop()
  }
})

/** A database in which the n-th statement of the next transaction breaks its connection, as a kill does. */
function dying(db: Db, at: number): { readonly db: Db; readonly died: () => boolean } {
  let died = false
  const transaction = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    db.transaction((tx) => {
      let statements = 0
      const next = (): void => {
        statements += 1
        if (died || statements !== at) return
        died = true
        tx.send('SELECT pg_terminate_backend(pg_backend_pid())')
      }
      const query: Tx['query'] = (text, values) => {
        next()
        return tx.query(text, values)
      }
      const send: Tx['send'] = (text, values) => {
        next()
        tx.send(text, values)
      }
      const prepared: Tx['prepared'] = (name, text, values) => tx.prepared(name, text, values)
      return work({ transaction: true, query, prepared, send })
    })
  return { db: { ...db, transaction }, died: () => died }
}

test('I3 partial failure: a connection that breaks at any statement of any stage, then a restart', async () => {
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    const random = createRandom(3)
    let chain = randomChain(random, 6, 3)
    for (const block of chain) await publishBlock(db, network, block, random)
    let deaths = 0
    const survive = async (): Promise<void> => {
      for (const topic of TOPICS) {
        for (let at = 1; ; at += 1) {
          const fragile = dying(db, at)
          await deliverTopic(fragile.db, network, topic).catch((error: unknown) => {
            if (!fragile.died()) throw error
          })
          if (!fragile.died()) break
          deaths += 1
          // Marks of what was being delivered are lost with the process: all of it comes again.
          await db.query('UPDATE system.outbox_events SET published_at = NULL WHERE topic = $1', [
            topic.replace('{network}', 'polygon'),
          ])
        }
      }
    }
    await survive()
    const ancestor = chain[3]
    if (ancestor === undefined) throw new Error('the chain is too short')
    const again = chain.slice(4).flatMap(transactionsOf)
    const branch = [buildBlock(ancestor, again.slice(1), { salt: 'b' })]
    branch.push(buildBlock(branch[0] ?? ancestor, [randomTransaction(random, 99), ...again.slice(0, 1)], { salt: 'b' }))
    chain = [...chain.slice(0, 4), ...branch]
    await publishFork(db, network, ancestor.header)
    for (const block of branch) await publishBlock(db, network, block, random)
    await survive()
    for (const topic of TOPICS) await deliverTopic(db, network, topic)
    expect(deaths).toBeGreaterThan(20)
    expect(await snapshot(db)).toEqual(model('polygon', chain))
  } finally {
    await drop()
  }
})
