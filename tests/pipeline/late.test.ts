import { afterEach, beforeEach, expect, test } from 'vitest'
import { replayDeadLetters } from '../../src/bus/deadLetters.js'
import type { Parser } from '../../src/core/events.js'
import type { Network } from '../../src/core/networks.js'
import { storeBlocks } from '../../src/ingest/store.js'
import { applyBlocks } from '../../src/pipeline/fused.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { deliverAnyhow, fuse, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { snapshot } from '../support/world/snapshot.js'
import { randomChain, worldParser } from '../support/world/world.js'

/* Events that a version could not read reach state and read models once another one can, however their block was read. */

const chain = randomChain(createRandom(8), 12, 4)
const span = { from: 0, to: chain.length - 1 }

/** Reads every other event. */
const earlier: Parser = (raws) => {
  const isRead = (sourceEventId: string) => Number.parseInt(sourceEventId[0] ?? '', 16) % 2 === 0
  const { facts, failures } = worldParser(raws)
  const unread = raws.filter((raw) => !isRead(raw.sourceEventId))
  return {
    facts: facts.filter((fact) => isRead(fact.sourceEventId)),
    failures: [...failures, ...unread.map(({ sourceEventId }) => ({ sourceEventId, reason: 'not understood' }))],
  }
}

let database: TestDatabase
let network: Network

beforeEach(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db, true)
})

afterEach(() => database.drop())

test('dead letters of blocks that were read in bulk are replayed into state and read models, once', async () => {
  const { db } = database
  await db.transaction(async (tx) => {
    await applyBlocks(tx, network, earlier, span, await storeBlocks(tx, network, chain))
  })
  const truth = await rowsOfReadingAtOnce()
  expect(await snapshot(db)).not.toEqual(truth)
  expect(await replayDeadLetters(db, { code: 'event_undecodable' })).not.toEqual([])
  await deliverAnyhow(db, network, createRandom(1))
  expect(await snapshot(db)).toEqual(truth)
})

async function rowsOfReadingAtOnce() {
  const other = await createTestDatabase()
  try {
    await fuse(other.db, await worldNetwork(other.db, true), chain)
    return await snapshot(other.db)
  } finally {
    await other.drop()
  }
}
