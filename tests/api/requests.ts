import fc from 'fast-check'
import { z } from 'zod'
import { friendlyAddress } from '../../src/core/address.js'
import {
  alice,
  art,
  artAsset,
  artId,
  bob,
  carol,
  GREATEST,
  games,
  gamesId,
  item,
  jewel,
  jewels,
  jewelsId,
  nobody,
  potion,
  unknownId,
} from './seed.js'

/* What a caller may ask for: values by the name of a parameter, and keys of cursors by their schema. */

export const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  schema: z.object({ enum: z.array(z.string()).optional() }),
})
export type Parameter = z.output<typeof parameter>

/** Values that belong together: what is at this place is in the database. */
interface Place {
  readonly network: string
  readonly collection: string
  readonly contract: string
  readonly asset: string
  readonly token_id: string
  readonly address: string
}

const places: readonly Place[] = [
  { network: 'polygon', collection: artId, contract: art, asset: artAsset('2'), token_id: '2', address: alice },
  { network: 'polygon', collection: gamesId, contract: games, asset: potion, token_id: '7', address: bob },
  { network: 'ton', collection: jewelsId, contract: jewels, asset: jewel(1), token_id: '1', address: item(1) },
]

/** Items with an address of their own are there on TON only. */
export function placeOf(path: string): fc.Arbitrary<Place> {
  return fc.constantFrom(...places.filter(({ network }) => network === 'ton' || !path.includes('/items/')))
}

const addresses = [
  art,
  games,
  alice,
  carol,
  nobody,
  jewels,
  item(1),
  item(99),
  friendlyAddress(item(99), true) ?? '',
  '0x',
  '0:',
]
const numbers = ['0', '1', '2', '7', GREATEST, `${GREATEST}0`, '9'.repeat(78), '-1', '01', '1.5', '1e3']

/** Right values, and such as are nearly right, by the name of their parameter. Those that have a list of words in the document need none here. */
const values: Readonly<Record<string, readonly string[]>> = {
  network: ['polygon', 'ton', 'nowhere', 'Polygon'],
  id: [artId, gamesId, jewelsId, artAsset('2'), potion, jewel(1), unknownId, artId.toUpperCase(), artId.slice(1)],
  contract: addresses,
  address: addresses,
  owner: addresses,
  currency: [...addresses, `0x${'00'.repeat(20)}`, `0:${'00'.repeat(32)}`],
  token_id: numbers,
  min_price: numbers,
  max_price: numbers,
  search: [
    ...[
      'art',
      'Art 1',
      'two words',
      "it's",
      "'art",
      'art &',
      '(a | !b',
      ':*',
      'ä',
      '\u{0}',
      'x'.repeat(100),
      'x '.repeat(9),
    ],
    ...[art, '0x', '0xA1', '0:', '0:cc', '-1:', item(1)],
  ],
  limit: ['1', '2', '200', '0', '201', '-1', '1.5', '1e2', '0x10', ' 1', 'x'],
  cursor: ['x', 'W10', 'WzEsIngiLDFd', '', 'x'.repeat(1_001)],
  bogus: ['1'],
}

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map(encodeURIComponent),
  fc.constantFrom('%', '%00', '%ff', '%zz', '', '%2F', '..'),
)

/** A text for a parameter, as it stands in a URL: now and then anything at all. */
export function textFor({ name, schema }: Parameter, path: string, place: Place): fc.Arbitrary<string> {
  const known = schema.enum ?? values[name]
  if (known === undefined) throw new Error(`say in this file what may be asked for as ${name}`)
  const fitting = fitFor(name, path, place)
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fitting === undefined ? fc.constantFrom(...known) : fc.constant(fitting).map(encodeURIComponent),
    },
    { weight: 2, arbitrary: fc.constantFrom(...known).map(encodeURIComponent) },
    { weight: 1, arbitrary: anything },
  )
}

/** A few of these parameters of a query, or one that there is not. */
export function someOf(known: readonly Parameter[]): fc.Arbitrary<Parameter[]> {
  const unknown: Parameter = { name: 'bogus', in: 'query', schema: {} }
  if (known.length === 0) return fc.constantFrom<Parameter[]>([], [], [unknown])
  return fc.oneof(
    { weight: 9, arbitrary: fc.uniqueArray(fc.constantFrom(...known), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom<Parameter[]>([unknown], [...known.slice(0, 1), unknown]) },
  )
}

function fitFor(name: string, path: string, place: Place): string | undefined {
  if (name === 'id') return path.includes('/assets/{id}') ? place.asset : place.collection
  return { ...place }[name]
}

/** The part of JSON Schema that keys of cursors are described with. */
const shape = z.object({
  anyOf: z.array(z.unknown()).optional(),
  prefixItems: z.array(z.unknown()).optional(),
  type: z.string().optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
})

const integers = [-(2 ** 31) - 1, -1, 0, 1, 1_000, 2 ** 15, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]
const times = ['2026-01-31T12:00:00Z', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z']

/** Keys that a schema lets pass, its extremes among them, and a few that it does not. */
export function keyOf(schema: unknown): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: fitting(schema) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) })
}

function fitting(schema: unknown): fc.Arbitrary<unknown> {
  const { anyOf, prefixItems, type, format, pattern } = shape.parse(schema)
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(fitting))
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map(fitting))
  if (type === 'null') return fc.constant(null)
  if (type === 'integer') return fc.oneof(fc.constantFrom(...integers), fc.maxSafeInteger())
  if (type !== 'string' || pattern === undefined)
    throw new Error(`say in this file what a key of ${JSON.stringify(schema)} is`)
  const matching = fc.stringMatching(new RegExp(pattern))
  if (format === 'date-time') return fc.oneof(fc.constantFrom(...times), matching)
  const known = [...(values['id'] ?? []), ...addresses, ...numbers, `-${'9'.repeat(500)}`].filter((text) =>
    new RegExp(pattern).test(text),
  )
  return fc.oneof(fc.constantFrom(...known), matching)
}

/** Bodies of a request for many assets, and such as are none. */
export function bodyOf(): fc.Arbitrary<unknown> {
  const one = (name: string) => fc.constantFrom(...(values[name] ?? []))
  const wish = fc.oneof(
    fc.record({ asset_id: one('id') }),
    fc.record({ network: one('network'), contract: one('contract'), token_id: one('token_id') }),
    fc.record({ network: one('network'), address: one('address') }),
  )
  return fc.oneof(
    fc.json().map((text) => text.slice(0, 2_000)),
    fc.record({ assets: fc.array(wish) }),
    fc.record({
      assets: fc.array(fc.constantFrom({ asset_id: artAsset(0) }, { asset_id: unknownId }), { minLength: 1 }),
    }),
    fc.constantFrom('', '{', '[]', 'null'),
  )
}
