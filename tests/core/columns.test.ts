import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressToBytea } from '../../src/core/address.js'
import {
  bigint,
  boolean,
  bytea,
  type Column,
  columns,
  integer,
  json,
  jsonb,
  numeric,
  smallint,
  text,
  timestamptz,
  uuid,
} from '../../src/core/columns.js'
import { useTestDatabase } from '../support/database.js'

const database = useTestDatabase()

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
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
const anyText = fc
  .oneof(fc.constantFrom(...special), fc.string({ unit: 'grapheme' }))
  .map((t) => t.replaceAll('\0', ''))
const row = fc.record({
  uuid: fc.option(fc.uuid()),
  big: fc.option(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, 1 - 2 ** 53))),
  huge: fc.option(int64),
  whole: fc.option(fc.integer()),
  small: fc.option(fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 })),
  yes: fc.option(fc.boolean()),
  bytes: fc.option(fc.uint8Array({ maxLength: 40 }).map(hex)),
  amount: fc.option(
    fc.oneof(fc.bigInt({ min: -(2n ** 256n), max: 2n ** 256n }), fc.bigInt({ min: -20_000n, max: 20_000n })),
  ),
  json: fc.option(fc.jsonValue()),
  kept: fc.option(fc.jsonValue().map((value) => JSON.stringify({ z: value, a: ' é🂡' }))),
  text: fc.option(anyText),
  at: fc.option(fc.date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })),
})

test('columns() gives the arrays that unnest turns back into the same rows, NULL where there is nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const found = await database.db.query(
        `SELECT uuid, big, huge::numeric AS huge, whole, small, yes, bytes, amount, json::text AS json, text, at,
           kept::text AS kept
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::boolean[], $7::bytea[], $8::numeric[],
           $9::jsonb[], $10::text[], $11::timestamptz[], $12::json[])
           AS r (uuid, big, huge, whole, small, yes, bytes, amount, json, text, at, kept)`,
        columns(
          rows,
          uuid((r) => r.uuid),
          bigint((r) => r.big),
          bigint((r) => r.huge),
          integer((r) => r.whole),
          smallint((r) => r.small),
          boolean((r) => r.yes),
          bytea((r) => r.bytes),
          numeric((r) => r.amount),
          jsonb((r) => (r.json === null ? null : JSON.stringify(r.json).replaceAll('\\u0000', ''))),
          text((r) => r.text),
          timestamptz((r) => r.at),
          json((r) => r.kept),
        ),
      )
      const plain = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll('\\u0000', ''))
      expect(found.map((r) => ({ ...r, json: r['json'] === null ? null : JSON.parse(String(r['json'])) }))).toEqual(
        rows.map((r) => ({ ...r, json: r.json === null ? null : plain(r.json) })),
      )
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('numeric() takes decimal digits as token ids have them, with leading zeros or without', async () => {
  const digits = ['0', '-0', '7', '0007', '12345678', '-100000000', '1'.repeat(78)]
  const rows = await database.db.query<{ n: bigint }>('SELECT n FROM unnest($1::numeric[]) AS r (n)', [
    ...columns(
      digits,
      numeric((value) => value),
    ),
  ])
  expect(rows.map(({ n }) => n)).toEqual(digits.map(BigInt))
})

test('bytea() writes addresses of both chains as addressToBytea() does', async () => {
  const addresses = [`0x${'ab'.repeat(20)}`, `0:${'0f'.repeat(32)}`, `-1:${'c3'.repeat(32)}`]
  const rows = await database.db.query('SELECT a = b AS same FROM unnest($1::bytea[], $2::bytea[]) AS r (a, b)', [
    ...columns(
      addresses,
      bytea((value) => value),
      text(addressToBytea),
    ),
  ])
  expect(rows).toEqual([{ same: true }, { same: true }, { same: true }])
})

test.each<[string, Column<null>, RegExp]>([
  ['a UUID with another letter', uuid(() => '6f9a2d0e-5c3b-5a8f-9d41-c7e2b80a1g36'), /not a UUID/],
  ['a UUID in upper case', uuid(() => '6F9A2D0E-5C3B-5A8F-9D41-C7E2B80A1F36'), /not a UUID/],
  ['a UUID that is too short', uuid(() => '6f9a2d0e5c3b5a8f9d41c7e2b80a1f36'), /not a UUID/],
  ['bytes with half a byte', bytea(() => '0xabc'), /not a text of bytes/],
  ['bytes of a letter beyond ASCII', bytea(() => '0xaİ'), /not a text of bytes/],
  [
    'an address in friendly form',
    bytea(() => 'EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N'),
    /not a canonical address/,
  ],
  ['an address of another workchain', bytea(() => `1:${'0f'.repeat(32)}`), /not a canonical address/],
  ['a number with a point', numeric(() => '1.5'), /not a whole number/],
  ['a number in hexadecimal', numeric(() => '0xff'), /not a whole number/],
  ['no number', numeric(() => ''), /not a whole number/],
  ['a sign alone', numeric(() => '-'), /not a whole number/],
  ['a bigint with a fraction', bigint(() => 1.5), /not a whole number/],
  ['a bigint beyond 2^53 as a number', bigint(() => 2 ** 53), /not a whole number/],
  ['a bigint beyond 64 bits', bigint(() => 2n ** 63n), /not a whole number of/],
  ['an integer beyond 32 bits', integer(() => 2 ** 31), /not a whole number of/],
  ['a smallint beyond 16 bits', smallint(() => 2 ** 15), /not a whole number of/],
  ['a time that is none', timestamptz(() => new Date(Number.NaN)), /not a time/],
])('a column refuses what PostgreSQL would not have read as it was meant: %s', (_, column, message) => {
  expect(() => columns([null], column)).toThrow(message)
})

test('a column of another type than the statement says is refused by PostgreSQL', async () => {
  const query = database.db.query(
    'SELECT FROM unnest($1::bigint[])',
    columns(
      [1],
      integer((n) => n),
    ),
  )
  await expect(query).rejects.toThrow(/element type/)
})
