import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columns } from '../../src/core/db.js'
import { useTestDatabase } from '../support/database.js'

const database = useTestDatabase()

test('columns() gives the arrays that unnest turns back into the same rows', async () => {
  const items = [
    { id: 1, amount: 2n ** 255n, bytes: '\\x00ff' },
    { id: 2, amount: -1n, bytes: '\\x' },
  ]
  const arrays = columns(
    items,
    (item) => item.id,
    (item) => item.amount,
    (item) => item.bytes,
  )
  const rows = await database.db.query(
    'SELECT * FROM unnest($1::bigint[], $2::numeric[], $3::bytea[]) AS r (id, amount, bytes)',
    arrays,
  )
  expect(rows).toEqual([
    { id: 1, amount: 2n ** 255n, bytes: '0x00ff' },
    { id: 2, amount: -1n, bytes: '0x' },
  ])
})

test('columns() keeps every text, whatever is in it, NULL apart from "NULL", and times to the millisecond', async () => {
  const special = [
    '',
    'NULL',
    'null',
    '{}',
    'a,b',
    '"',
    String.raw`\\`,
    String.raw`\"`,
    ' ',
    '{"a": "\\n\\""}',
    '\n',
    'é🂡',
  ]
  const item = fc.record({
    text: fc.option(fc.oneof(fc.constantFrom(...special), fc.string({ unit: 'grapheme' }))),
    at: fc.option(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })),
    yes: fc.option(fc.boolean()),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 20 }), async (items) => {
      const clean = items.map(({ text, ...rest }) => ({ text: text?.replaceAll('\0', '') ?? null, ...rest }))
      const arrays = columns(
        clean,
        ({ text }) => text,
        ({ at }) => at,
        ({ yes }) => yes,
      )
      const rows = await database.db.query(
        'SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::boolean[]) AS r (text, at, yes)',
        arrays,
      )
      expect(rows).toEqual(clean)
    }),
    { seed: 1, numRuns: 200 },
  )
})
