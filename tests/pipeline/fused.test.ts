import { expect, test } from 'vitest'
import { brokenRules } from '../sim/rules.js'
import { createTestDatabase } from '../support/database.js'
import { model } from '../support/world/model.js'
import { deliverAnyhow, fuse, publishBlock, publishFork, worldNetwork } from '../support/world/pipeline.js'
import { createRandom } from '../support/world/random.js'
import { allRows, snapshot } from '../support/world/snapshot.js'
import { buildBlock, randomChain, randomTransaction, transactionsOf } from '../support/world/world.js'

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

test('final blocks in place of forked ones leave what is still on the bus of those to be reverted', async () => {
  const random = createRandom(10)
  const chain = randomChain(random, 10, 4)
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    for (const block of chain) await publishBlock(db, network, block, random)
    await deliverAnyhow(db, network, random)
    const kept = chain.slice(0, 6)
    const ancestor = kept.at(-1)
    if (ancestor === undefined) throw new Error('the chain is too short')
    await publishFork(db, network, ancestor.header)
    const again = chain.slice(6).flatMap(transactionsOf).slice(2)
    const branch = [buildBlock(ancestor, [...again, randomTransaction(random, 77)], { salt: 'b' })]
    for (const salt of ['c', 'd', 'e']) branch.push(buildBlock(branch.at(-1) ?? ancestor, [], { salt }))
    await fuse(db, network, branch)
    await deliverAnyhow(db, network, random)
    expect(await snapshot(db)).toEqual(model('polygon', [...kept, ...branch]))
  } finally {
    await drop()
  }
})

test('a transaction that final blocks hold at another height than its forked block is recorded as applied there too', async () => {
  const random = createRandom(11)
  const { db, drop } = await createTestDatabase()
  try {
    const network = await worldNetwork(db)
    const moved = randomTransaction(random, 1)
    const first = buildBlock(null, [])
    const second = buildBlock(first, [])
    for (const block of [first, second, buildBlock(second, [moved])]) await publishBlock(db, network, block, random)
    await deliverAnyhow(db, network, random)
    await publishFork(db, network, first.header)
    await fuse(db, network, [buildBlock(first, [moved], { salt: 'b' })])
    await deliverAnyhow(db, network, random)
    expect(await brokenRules(db)).toEqual([])
  } finally {
    await drop()
  }
})
