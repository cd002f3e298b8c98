import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { startTestCluster, type TestCluster } from '../support/redisCluster.js'
import { useTestRedis } from '../support/redisServer.js'
import { redisHarness } from './redisHarness.js'
import { busSuite } from './suite.js'

describe('Redis bus', () => {
  const redis = useTestRedis()
  let database: TestDatabase | undefined
  afterEach(async () => {
    await database?.drop()
  })
  busSuite(async () => {
    database = await createTestDatabase()
    return redisHarness({ url: redis.url, db: database.db })
  })
})

describe('Redis bus on a cluster of three masters', () => {
  let cluster: TestCluster | undefined
  let database: TestDatabase | undefined
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterEach(async () => {
    await database?.drop()
  })
  afterAll(async () => {
    await cluster?.stop()
  })
  busSuite(async () => {
    database = await createTestDatabase()
    return redisHarness({ url: cluster?.url ?? '', db: database.db })
  })
})
