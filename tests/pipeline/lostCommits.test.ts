import { expect, test } from 'vitest'
import type { NormalizedMessage } from '../../src/core/events.js'
import { ownershipStage } from '../../src/pipeline/stages.js'
import { createTestDatabase } from '../support/database.js'
import { model } from '../support/world/model.js'
import { deliverAnyhow, deliverTopic, publishBlock, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { snapshot } from '../support/world/snapshot.js'
import { randomChain, worldParser } from '../support/world/world.js'

test('entries that a failover has undone, and that a process still has in hand, move nothing', async () => {
  const [primary, standby] = [await createTestDatabase(), await createTestDatabase()]
  try {
    const random = createRandom(7)
    const undone = await worldNetwork(primary.db)
    for (const block of randomChain(random, 8, 4)) await publishBlock(primary.db, undone, block, random)
    await deliverTopic(primary.db, undone, 'chain.{network}.raw_events')
    const inHand = await primary.db.query<{ payload: NormalizedMessage }>(
      `SELECT payload FROM system.outbox_events WHERE topic = 'ledger.normalized' ORDER BY seq`,
    )
    expect(inHand.flatMap(({ payload }) => payload.events).length).toBeGreaterThan(20)

    // The chain goes on with other blocks before anybody has read those again.
    const network = await worldNetwork(standby.db)
    const networks = new Map([[network.name, { network, parse: worldParser }]])
    const messages = inHand.map(({ payload }) => payload)
    await standby.db.transaction((tx) => ownershipStage(tx, networks, messages))
    const chain = randomChain(createRandom(8), 8, 4)
    for (const block of chain) await publishBlock(standby.db, network, block, random)
    await deliverAnyhow(standby.db, network, random, 1)
    expect(await snapshot(standby.db)).toEqual(model('polygon', chain))
  } finally {
    await primary.drop()
    await standby.drop()
  }
})
