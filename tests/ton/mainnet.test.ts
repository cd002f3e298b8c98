import { describe, expect, test } from 'vitest'
import { type Fact, isMovement } from '../../src/core/events.js'
import { detailsProblem } from '../../src/core/market.js'
import { type Expected, factsOf, type Recording, recordings } from './recordings.js'

/*
 * Real transactions: everything that a file expects is found, and nothing else.
 */

const files = recordings()

test('every recording is read', () => {
  expect(files).toHaveLength(23)
})

describe('a recorded case', () => {
  test.each(files.map((file) => [file.id, file] as const))('%s', async (_, file) => {
    const { events, facts, failures } = await factsOf(file)
    expect(failures).toEqual([])
    expect(facts.map(detailsProblem)).toEqual(facts.map(() => null))
    const hashOf = new Map(events.map(({ sourceEventId, txHash }) => [sourceEventId, txHash.slice(2)]))
    const found = facts.map((fact) => ({ fact, hash: hashOf.get(fact.sourceEventId) ?? '' }))
    const wanted = file.expect.filter(({ kind }) => kind !== 'ignored')
    for (const entry of wanted) {
      const match = found.find(({ fact, hash }) => hash === entry.tx_hash && fact.kind === entry.kind)
      if (match === undefined && entry.optional === true) continue
      expect(match && told(match.fact), `${entry.kind} in ${entry.tx_hash}`).toMatchObject(wants(entry))
    }
    const unexpected = found.filter((one) => !isExpected(one, file, found))
    expect(unexpected.map(({ fact }) => fact)).toEqual([])
    expect(ownersAfter(facts)).toMatchObject(ownersWanted(wanted))
  })
})

interface Found {
  readonly fact: Fact
  readonly hash: string
}

/** A change of owner comes along with what a marketplace did to the item. */
function isExpected({ fact, hash }: Found, { expect: entries }: Recording, all: readonly Found[]): boolean {
  if (entries.some(({ kind, tx_hash }) => kind === fact.kind && tx_hash === hash)) return true
  return isMovement(fact.kind) && all.some((other) => other.hash === hash && !isMovement(other.fact.kind))
}

function told(fact: Fact): object {
  const details: Readonly<Record<string, unknown>> = fact.details ?? {}
  const auction = details['auction'] as { minBid?: string } | null | undefined
  const holder = details['holder']
  return {
    nft: fact.item,
    collection: fact.contract,
    index: String(fact.tokenId),
    from: fact.from,
    // `to` of a list is the sale contract, of a cancel the owner
    to: fact.kind === 'list' ? (holder ?? null) : fact.kind === 'cancel' ? fact.from : fact.to,
    price: details['price'] ?? auction?.minBid ?? null,
    marketplace: details['marketplace'] ?? null,
    order: details['order'] ?? null,
    saleType: details['saleType'] ?? (fact.kind === 'list' ? (auction == null ? 'fixed' : 'auction') : null),
    market: details['market'],
  }
}

function wants(entry: Expected): object {
  const isMarket = ['list', 'sale', 'cancel'].includes(entry.kind)
  return {
    nft: entry.nft,
    ...(entry.collection == null ? {} : { collection: entry.collection }),
    ...(entry.index == null ? {} : { index: entry.index }),
    from: entry.kind === 'cancel' ? entry.to : entry.from,
    to: entry.to,
    ...(isMarket ? { price: entry.price_nanoton, marketplace: entry.marketplace } : {}),
    ...(entry.sale_contract == null ? {} : { order: entry.sale_contract }),
    ...(entry.marketplace_address == null ? {} : { market: entry.marketplace_address }),
    ...(entry.kind === 'list' || entry.kind === 'sale' ? { saleType: entry.sale_type } : {}),
  }
}

/** Item → owner by the last movement. */
function ownersAfter(facts: readonly Fact[]): Record<string, string | null> {
  const owners: Record<string, string | null> = {}
  for (const fact of facts) if (isMovement(fact.kind) && fact.item !== undefined) owners[fact.item] = fact.to
  return owners
}

/** What get_nft_data said afterwards, of the items that moved. */
function ownersWanted(entries: readonly Expected[]): Record<string, string | null> {
  const moved = entries.filter(({ kind, to }) => kind !== 'list' || to !== null)
  return Object.fromEntries(moved.flatMap(({ nft, owner_after }) => (owner_after == null ? [] : [[nft, owner_after]])))
}
