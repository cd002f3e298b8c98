import { afterAll, beforeAll, expect, test } from 'vitest'
import { assetId } from '../../src/core/ids.js'
import type { Network } from '../../src/core/networks.js'
import { plannedOnce } from '../../src/pipeline/plannedOnce.js'
import { projectHoldings } from '../../src/pipeline/project/holdings.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { chainOf, moves, nft, seller } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'

let database: TestDatabase
let network: Network
beforeAll(async () => {
  database = await createTestDatabase()
  network = await worldNetwork(database.db, true)
  await fuse(database.db, network, chainOf([moves(null, seller, '1')]))
})
afterAll(() => database.drop())

const holding = { assetId: assetId('polygon', nft, '1'), account: seller }

test('the statement of a small batch is planned once by a connection, however often it runs', async () => {
  await database.db.transaction(async (tx) => {
    const changes = { holdings: [holding], assetIds: [holding.assetId] }
    for (let round = 0; round < 3; round += 1) await projectHoldings(tx, network, changes)
    const planned = await tx.query(
      `SELECT generic_plans::int AS once, custom_plans::int AS each FROM pg_prepared_statements WHERE name = 'project_holdings'`,
    )
    expect(planned).toEqual([{ once: 3, each: 0 }])
  })
})

test('what comes after it is planned as usual', async () => {
  await database.db.transaction(async (tx) => {
    const mode = async () => await tx.query(`SELECT current_setting('plan_cache_mode') AS mode`)
    expect(await plannedOnce(tx, mode)).toEqual([{ mode: 'force_generic_plan' }])
    expect(await mode()).toEqual([{ mode: 'auto' }])
  })
})
