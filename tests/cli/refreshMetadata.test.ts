import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { chainOf, moves, nft, seller } from '../support/world/marketChain.js'
import { fuse, worldNetwork } from '../support/world/pipeline.js'
import { cliHarness } from './harness.js'

const { ft } = cliHarness()

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  const network = await worldNetwork(database.db)
  await fuse(database.db, network, chainOf([moves(null, seller, '1'), moves(null, seller, '2')]))
})
afterAll(() => database.drop())

const refresh = (metadata: string, ...argv: readonly string[]) =>
  ft(['refresh-metadata', '--network', 'polygon', '--contract', nft, ...argv], {
    ...{ DATABASE_URL: database.url, POLYGON_RPC_URL: 'http://127.0.0.1:1', FT_LOG_LEVEL: 'silent' },
    POLYGON_METADATA: metadata,
  })

test('ft refresh-metadata makes the assets of a collection due, or one of them, and says how many', async () => {
  expect(await refresh('on', '--token', '2')).toEqual({ code: 0, stdout: '1 asset is read again\n', stderr: '' })
  expect(await refresh('on')).toMatchObject({ code: 0, stdout: '2 assets are read again\n' })
  const [row] = await database.db.query<{ due: number }>(
    'SELECT count(*)::int AS due FROM catalog.metadata_looks WHERE due_at <= now()',
  )
  expect(row?.due).toBe(2)
})

test('what cannot be read again is said: an asset that is not known, an id that is none, a network that is not read', async () => {
  expect(await refresh('on', '--token', '7')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no such asset'),
  })
  expect(await refresh('on', '--token', '0x7')).toMatchObject({ code: 2, stderr: expect.stringContaining('decimal') })
  expect(await refresh('off')).toMatchObject({ code: 2, stderr: expect.stringContaining('switch it on') })
})
