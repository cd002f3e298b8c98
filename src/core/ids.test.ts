import { webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assetId, collectionId, itemAssetId, normalizedEventId, uuidv5 } from './ids.js'

const NAMESPACE = '6f9a2d0e-5c3b-5a8f-9d41-c7e2b80a1f36'
const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

/** RFC 9562, 5.5, written a second time: SHA-1 as one number, cut to 122 bits, version and variant put between. */
async function reference(namespace: string, name: string): Promise<string> {
  const input = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name, 'utf8')])
  const digest = Buffer.from(await webcrypto.subtle.digest('SHA-1', input)).toString('hex', 0, 16)
  const variant = ((Number.parseInt(digest.charAt(16), 16) % 4) + 8).toString(16)
  return `${digest}`.replace(
    /^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/,
    (_, a: string, b: string, c: string, d: string, e: string) => `${a}-${b}-5${c}-${variant}${d}-${e}`,
  )
}

describe('uuidv5', () => {
  test('the reference that it is compared with gives the vector of RFC 9562, A.4', async () => {
    expect(await reference(DNS, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  })

  test('is the RFC 9562 uuid of the parts joined by ":", in our namespace', async () => {
    const part = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.bigInt())
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
        expect(uuidv5(...parts)).toBe(await reference(NAMESPACE, parts.join(':')))
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})

describe('ids of what was indexed never change', () => {
  const contract = '0x2953399124f0cbb46d2cbacd8a89cf0599974963'

  test('a collection is its network and contract', () => {
    expect(collectionId('polygon', contract)).toBe('15f134a0-45a9-56bf-95c6-085a0a32705f')
  })

  test('an asset is its network, contract and token id, as bigint or as decimal string', () => {
    const id = '109c4c02-52bf-57e3-af90-b67e5eb34d5f'
    expect(assetId('polygon', contract, 2n ** 256n - 1n)).toBe(id)
    expect(assetId('polygon', contract, (2n ** 256n - 1n).toString())).toBe(id)
  })

  test('a TON item is its network and address', () => {
    expect(itemAssetId('ton', `0:${'ab'.repeat(32)}`)).toBe('853935dc-aed0-5d69-8f14-984ab51e41e0')
  })

  test('an entry of the ledger is its event, sub-index, incarnation and direction', () => {
    const source = uuidv5('polygon', 'x')
    expect(source).toBe('8b8b23ec-2a7e-5da1-ae88-05f500338c70')
    expect(normalizedEventId(source, 0, 1, 'apply')).toBe('2dfaf174-5aff-5b73-9d30-44efcb961c9d')
    expect(normalizedEventId(source, 0, 1, 'revert')).toBe('4114b3af-cfa5-59ef-934b-807d74618f48')
  })
})

test('no two entries of the ledger share an id: not those of two incarnations, nor an entry and its reversal', () => {
  const source = uuidv5('polygon', 'x')
  const ids = [0, 1, 11].flatMap((subIndex) =>
    [1, 2, 11].flatMap((incarnation) =>
      (['apply', 'revert'] as const).map((direction) => normalizedEventId(source, subIndex, incarnation, direction)),
    ),
  )
  expect(new Set(ids).size).toBe(ids.length)
})
