import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool, type Db } from '../../src/core/db.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
let api: Db

beforeAll(async () => {
  database = await createTestDatabase()
  api = createPool({ url: database.url, role: 'ft_api' })
})

afterAll(async () => {
  await api.end()
  await database.drop()
})

test('the role of the API reads every relation of projection, and none of any other schema', async () => {
  const relations = await database.db.query<{ name: string; schema: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, n.nspname AS schema
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('ref', 'ingest', 'ledger', 'catalog', 'market', 'projection', 'system') AND c.relkind IN ('r', 'p', 'v')`,
  )
  const refused = new Set<string>()
  for (const { name, schema } of relations) {
    const allowed = await api.query(`SELECT FROM ${name} LIMIT 1`).then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code: '42501' })
        return false
      },
    )
    expect({ name, allowed }).toEqual({ name, allowed: schema === 'projection' })
    if (!allowed) refused.add(schema)
  }
  expect([...refused].sort()).toEqual(['catalog', 'ingest', 'ledger', 'market', 'ref', 'system'])
})

test('the role of the API cannot write what it reads', async () => {
  await expect(api.query('DELETE FROM projection.asset_cards')).rejects.toMatchObject({ code: '42501' })
})
