import { afterEach, describe } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { embeddedHarness } from './embeddedHarness.js'
import { busSuite } from './suite.js'

describe('embedded bus', () => {
  let database: TestDatabase | undefined
  afterEach(async () => {
    await database?.drop()
  })
  busSuite(async () => {
    database = await createTestDatabase()
    return embeddedHarness(database.db)
  })
})
