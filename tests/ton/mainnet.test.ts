import { describe, expect, test } from 'vitest'
import { TON_ZERO } from '../../src/core/address.js'
import { type Fact, isMovement } from '../../src/core/events.js'
import { detailsProblem, type SaleDetails } from '../../src/core/market.js'
import { type Expected, factsOf, type Recording, recordedSale, recordings, statesOf } from './recordings.js'

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
    const eventOf = new Map(events.map((event) => [event.sourceEventId, event]))
    const found = facts.map((fact) => {
      const { txHash, payload } = eventOf.get(fact.sourceEventId) ?? {}
      return { fact, hash: txHash?.slice(2) ?? '', lt: payload?.['lt'], utime: payload?.['time'] }
    })
    const wanted = file.expect.filter(({ kind }) => kind !== 'ignored')
    for (const entry of wanted) {
      const match = found.find(({ fact, hash }) => hash === entry.tx_hash && fact.kind === entry.kind)
      if (match === undefined && entry.optional === true) continue
      expect(match && told(match), `${entry.kind} in ${entry.tx_hash}`).toMatchObject(wants(entry))
    }
    const unexpected = found.filter((one) => !isExpected(one, file, found))
    expect(unexpected.map(({ fact }) => fact)).toEqual([])
    expect(ownersAfter(facts)).toMatchObject(ownersWanted(wanted))
  })
})

async function recorded(id: string) {
  const file = files.find((one) => one.id === id)
  if (file === undefined) throw new Error(`${id} was not recorded`)
  const { facts } = await factsOf(file)
  return { file, facts }
}

test('the auction of a user name ends when the item says, and begins with the bid that it asks for', async () => {
  const { facts } = await recorded('list-fragment-auction-emulated')
  const [list] = facts.filter(({ kind }) => kind === 'list')
  const said = statesOf(list?.item ?? '')[0]?.get_methods['get_telemint_auction_state']
  expect(list?.details).toMatchObject({ endsAt: Number(said?.['end_time']), auction: { minBid: said?.['min_bid'] } })
})

describe('the money of a recorded sale', () => {
  const sale = async (id: string) => {
    const { file, facts } = await recorded(id)
    return { file, details: facts.find(({ kind }) => kind === 'sale')?.details as SaleDetails }
  }
  const sentTo = ({ transactions }: Recording, account: string, from: string) =>
    transactions
      .filter((one) => one.account.address === from)
      .flatMap(({ out_msgs }) => out_msgs)
      .filter(({ destination }) => destination?.address === account)
      .reduce((sum, { value }) => sum + value, 0n)

  test('at GetGems is shared as the contract then shared it', async () => {
    const { file, details } = await sale('sale-getgems-v3r3-ton-domain-emulated')
    const state = recordedSale(details.order)
    expect(details).toMatchObject({ protocol: 'getgems-sale-v3r3', fees: '9000000', royalties: '0' })
    expect(sentTo(file, state?.fee.to ?? '', details.order)).toBe(BigInt(details.fees ?? 0))
    expect(details.payouts.reduce((sum, { amount }) => sum + BigInt(amount), 0n)).toBe(BigInt(details.price ?? 0))
    // What came for gas and was not used goes to the seller as well.
    expect(sentTo(file, details.seller, details.order)).toBeGreaterThanOrEqual(BigInt(details.payouts[0]?.amount ?? 0))
  })

  test('of a user name is what the item paid out, less than the bid by what sending it costs', async () => {
    const { file, details } = await sale('sale-fragment-username')
    const nft = details.order
    expect(details.payouts.map(({ to, amount }) => [to, BigInt(amount)])).toEqual(
      details.payouts.map(({ to }) => [to, sentTo(file, to, nft)]),
    )
    const missing = details.payouts.reduce((left, { amount }) => left - BigInt(amount), BigInt(details.price ?? 0))
    expect(details.payouts.map(({ to }) => to)).toContain(details.seller)
    expect(missing > 0n && missing < 50_000_000n).toBe(true)
  })
})

interface Found {
  readonly fact: Fact
  readonly hash: string
  readonly lt: unknown
  readonly utime: unknown
}

/** A change of owner comes along with what a marketplace did to the item. */
function isExpected({ fact, hash }: Found, { expect: entries }: Recording, all: readonly Found[]): boolean {
  if (entries.some(({ kind, tx_hash }) => kind === fact.kind && tx_hash === hash)) return true
  return isMovement(fact.kind) && all.some((other) => other.hash === hash && !isMovement(other.fact.kind))
}

function told({ fact, lt, utime }: Found): object {
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
    currency: details['currency'],
    // while an item is for sale it is its seller's, and its contract's on the chain
    beneficiary: fact.kind === 'list' ? details['seller'] : fact.kind === 'cancel' ? fact.from : fact.to,
    ...{ lt, utime },
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
    ...(entry.currency === undefined ? {} : { currency: TON_ZERO }),
    ...(entry.beneficial_owner_after === undefined ? {} : { beneficiary: entry.beneficial_owner_after }),
    ...(entry.lt === undefined ? {} : { lt: entry.lt }),
    ...(entry.utime === undefined ? {} : { utime: entry.utime }),
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
