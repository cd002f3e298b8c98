import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.js'
import { model } from '../support/world/model.js'
import { deliverAnyhow, fuse, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { allRows, snapshot } from '../support/world/snapshot.js'
import { randomChain } from '../support/world/world.js'

test('fused backfill and live stages leave the same rows in every table but those of transport and claims', async () => {
  const chain = randomChain(createRandom(7), 30, 4)
  const fused = await createTestDatabase()
  const live = await createTestDatabase()
  try {
    const fusedNetwork = await worldNetwork(fused.db)
    for (let i = 0; i < chain.length; i += 7) await fuse(fused.db, fusedNetwork, chain.slice(i, i + 7))
    const liveNetwork = await worldNetwork(live.db)
    const random = createRandom(8)
    for (const block of chain) await publishBlock(live.db, liveNetwork, block, random)
    await deliverAnyhow(live.db, liveNetwork, random)

    const rows = await allRows(fused.db)
    expect(rows.map(({ table }) => table)).toContain('ledger.normalized_event_deltas')
    expect(await allRows(live.db)).toEqual(rows)
    expect(await snapshot(fused.db)).toEqual(model('polygon', chain))
  } finally {
    await fused.drop()
    await live.drop()
  }
})

test('blocks that are fused twice change nothing the second time', async () => {
  const chain = randomChain(createRandom(9), 10, 4)
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    await fuse(db, network, chain)
    const once = await allRows(db)
    await fuse(db, network, chain.slice(3))
    expect(await allRows(db)).toEqual(once)
  } finally {
    await drop()
  }
})
