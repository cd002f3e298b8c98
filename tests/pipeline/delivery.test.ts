import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Db } from '../../src/core/db.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { createTestDatabase } from '../support/database.js'
import { model } from '../support/world/model.js'
import { deliverAnyhow, fuse, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { replaceTip } from '../support/world/replaceTip.js'
import { allRows, snapshot } from '../support/world/snapshot.js'
import { randomChain } from '../support/world/world.js'

test('any batching, duplication, order and concurrency of deliveries gives the rows of the in-order read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 4 }), async (seed, workers) => {
      const random = createRandom(seed)
      const chain = randomChain(random, 12, 4)
      const { db, drop } = await createTestDatabase()
      try {
        const historyComplete = seed % 2 === 0
        const network = await worldNetwork(db, historyComplete)
        for (const block of chain) await publishBlock(db, network, block, random)
        await deliverAnyhow(db, network, random, workers)
        expect(await snapshot(db)).toEqual(model('polygon', chain, historyComplete))
      } finally {
        await drop()
      }
    }),
    { seed: 20260301, numRuns: 12 },
  )
}, 120_000)

test('forks, re-included transactions and deliveries in any order give the rows of the canonical chain read once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const random = createRandom(seed)
      const { db, drop } = await createTestDatabase()
      try {
        const historyComplete = seed % 2 === 0
        const network = await worldNetwork(db, historyComplete)
        let chain = randomChain(random, 10, 4)
        for (const block of chain) await publishBlock(db, network, block, random)
        for (let fork = 0; fork < 4; fork += 1) {
          if (random.chance(0.5)) await deliverAnyhow(db, network, random, 3)
          chain = await replaceTip(chain, random, String(fork), async (ancestor, branch) => {
            await publishFork(db, network, ancestor.header)
            for (const block of branch) await publishBlock(db, network, block, random)
          })
        }
        await deliverAnyhow(db, network, random, 3)
        expect(await snapshot(db)).toEqual(model('polygon', chain, historyComplete))
        expect(await readModels(db)).toEqual(await readModelsOf(chain, historyComplete))
        const [status] = await db.query('SELECT projected_number, projected_hash FROM projection.network_status')
        const tip = chain.at(-1)?.header
        expect(status).toEqual({ projected_number: tip?.number, projected_hash: tip?.hash })
      } finally {
        await drop()
      }
    }),
    { seed: 20260302, numRuns: 12 },
  )
}, 120_000)

/** The read models without the state of the network, which says when and under which branch things were read. */
async function readModels(db: Db) {
  const tables = await allRows(db)
  return tables.filter(({ table }) => table.startsWith('projection.') && table !== 'projection.network_status')
}

/** The read models of a database that reads the chain once, in order. */
async function readModelsOf(chain: readonly ChainBlock[], historyComplete: boolean) {
  const { db, drop } = await createTestDatabase()
  try {
    await fuse(db, await worldNetwork(db, historyComplete), chain)
    return await readModels(db)
  } finally {
    await drop()
  }
}
