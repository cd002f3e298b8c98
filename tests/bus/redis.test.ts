import { afterEach, describe } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
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
