import { Address, beginCell, Cell } from '@ton/core'
import { describe, expect, test } from 'vitest'
import type { RawEvent } from '../../src/core/events.js'
import { uuidv5 } from '../../src/core/ids.js'
import { detailsProblem } from '../../src/core/market.js'
import { receiverIn } from '../../src/ingest/ton/messages.js'
import { parseTon } from '../../src/ingest/ton/parse.js'
import type { Evidence, TonPayload } from '../../src/ingest/ton/payload.js'
import type { SaleState } from '../../src/ingest/ton/saleState.js'

/*
 * The rules one by one, on transactions that say exactly one thing; and what contracts and servers may say that means nothing.
 */

const at = (byte: string): string => `0:${byte.repeat(32)}`
const [item, collection, alice, bob, sale] = [at('11'), at('cc'), at('aa'), at('bb'), at('5a')]
const INDEX = (2n ** 256n - 1n).toString()
const known: Evidence = { item: { address: item, collection, index: INDEX }, sales: {} }

const body = (op: number, build: (cell: ReturnType<typeof beginCell>) => void = () => undefined): string => {
  const cell = beginCell().storeUint(op, 32).storeUint(7, 64)
  build(cell)
  return hex(cell.endCell())
}
const hex = (cell: Cell): string => cell.toBoc().toString('hex')
const address = (raw: string | null) => (raw === null ? null : Address.parse(raw))
const transfer = (to: string, forward = 0n): string =>
  body(0x5fcc3d14, (cell) =>
    cell.storeAddress(address(to)).storeAddress(null).storeBit(0).storeCoins(forward).storeBit(0),
  )
const assigned = (previous: string | null, bid?: bigint): string =>
  body(0x05138d91, (cell) => {
    cell.storeAddress(address(previous)).storeBit(0)
    if (bid !== undefined) cell.storeUint(0x38127de1, 32).storeCoins(bid).storeUint(1, 32)
  })

function event(
  change: Partial<TonPayload> & { from?: string; body?: string | null },
  evidence: Partial<Evidence> = {},
) {
  const { from = alice, body: text = null, ...rest } = change
  const payload: TonPayload = {
    ...{ lt: '1000', time: 1_700_000_000, status: ['active', 'active'], destroyed: false, out: [] },
    in: { source: from, destination: item, value: '500000000', body: text },
    evidence: { ...known, ...evidence },
    ...rest,
  }
  const raw: RawEvent = {
    ...{ sourceEventId: uuidv5('rule'), blockNumber: 1, fork: 0, position: 0, txHash: `0x${'00'.repeat(32)}` },
    ...{ contract: item, payload: { ...payload } },
  }
  return raw
}

/** `kind from → to` of the facts, which must all be about the item. */
function told(raw: RawEvent): string[] {
  const { facts, failures } = parseTon([raw])
  expect(failures).toEqual([])
  for (const fact of facts) {
    expect(fact).toMatchObject({ standard: 'tep62', item, quantity: 1n })
    expect(detailsProblem(fact)).toBeNull()
  }
  return facts.map(({ kind, from, to }) => `${kind} ${nameOf(from)} → ${nameOf(to)}`)
}

function nameOf(account: string | null): string {
  const names = { [alice]: 'alice', [bob]: 'bob', [sale]: 'sale', [collection]: 'collection' }
  return account === null ? 'nobody' : (names[account] ?? account)
}

const selling = (state: Partial<SaleState> = {}): Partial<Evidence> => ({
  sales: {
    [sale]: {
      ...{
        protocol: 'getgems-sale-v3r3',
        kind: 'fixed',
        marketplace: at('99'),
        nft: item,
        owner: alice,
        complete: false,
      },
      ...{ price: '1000000000', jettons: false, minBid: null, lastBid: null, endsAt: null },
      fee: { to: at('fe'), factor: 5, base: 100 },
      royalty: { to: at('70'), amount: '20000000', factor: 0, base: 1 },
      ...state,
    },
  },
})

describe('ownership', () => {
  test('a transfer that tells nobody moves the item all the same', () => {
    expect(told(event({ body: transfer(bob) }))).toEqual(['transfer alice → bob'])
  })

  test('an index beyond 2^63 and a missing collection are kept as they are', () => {
    const [fact] = parseTon([event({ body: transfer(bob) })]).facts
    expect(fact).toMatchObject({ tokenId: 2n ** 256n - 1n, contract: collection })
    const alone = { item: { address: item, collection: null, index: null } }
    expect(parseTon([event({ body: transfer(bob) }, alone)]).facts).toMatchObject([
      { contract: null, tokenId: null, item },
    ])
  })

  test('a deployment is a mint to its owner; without one (an auction runs) it is nothing yet', () => {
    const deployed = { status: ['nonexist', 'active'] as [string, string] }
    expect(told(event(deployed, { ownerAfter: bob }))).toEqual(['mint nobody → bob'])
    expect(told(event({ status: ['uninit', 'active'] }, { ownerAfter: bob }))).toEqual(['mint nobody → bob'])
    expect(told(event(deployed, { ownerAfter: null }))).toEqual([])
  })

  test('an item that was frozen for want of coins, and is paid for, is no mint: it has the owner that it had', () => {
    const thawed = { status: ['frozen', 'active'] as [string, string] }
    expect(told(event(thawed, { ownerAfter: bob }))).toEqual([])
    expect(told(event({ ...thawed, body: transfer(bob) }))).toEqual(['transfer alice → bob'])
  })

  test('a destroyed item, one sent to an account that nobody has, and a destroyed soul-bound item are burned', () => {
    expect(told(event({ destroyed: true, status: ['active', 'nonexist'] }, { ownerBefore: alice }))).toEqual([
      'burn alice → nobody',
    ])
    expect(told(event({ status: ['active', 'nonexist'] }, { ownerBefore: alice }))).toEqual(['burn alice → nobody'])
    expect(told(event({ body: transfer(at('00')) }))).toEqual(['burn alice → nobody'])
    expect(told(event({ body: transfer(at('11')) }))).toEqual(['burn alice → nobody'])
    expect(told(event({ body: body(0x1f04537a) }))).toEqual(['burn alice → nobody'])
  })

  test('a revoked soul-bound item keeps its owner, and an operation that nobody knows changes nothing', () => {
    expect(told(event({ body: body(0x6f89f5e3) }))).toEqual([])
    expect(told(event({ body: body(0xdeadbeef) }))).toEqual([])
    expect(told(event({ body: null }))).toEqual([])
  })
})

describe('domains', () => {
  const proceeds = { source: item, destination: collection, value: '9', body: body(0x370fec51) }

  test('the winner owns a name from the first message after the auction, whatever that is about', () => {
    expect(told(event({ body: body(0), out: [proceeds] }, { ownerAfter: bob }))).toEqual(['mint nobody → bob'])
    expect(told(event({ body: transfer(bob), out: [proceeds] }))).toEqual([
      'mint nobody → alice',
      'transfer alice → bob',
    ])
  })

  test('a released name is nobody’s: what it held goes to who owned it', () => {
    const refund = { source: item, destination: bob, value: '9', body: body(0x4ed14b65) }
    expect(told(event({ body: body(0x4ed14b65), out: [refund] }))).toEqual(['burn bob → nobody'])
  })
})

describe('Telegram items', () => {
  const start = (minBid: bigint, maxBid: bigint): string =>
    body(0x487a8e81, (cell) => {
      const config = beginCell().storeAddress(address(alice)).storeCoins(minBid).storeCoins(maxBid)
      cell.storeRef(config.storeUint(5, 8).storeUint(3600, 32).storeUint(604_800, 32))
    })
  const win = (previous: string | null, to: string, bid: bigint) => ({
    source: item,
    destination: to,
    value: '1',
    body: assigned(previous, bid),
  })

  test('an auction is a listing that leaves the item where it is; a highest bid is the price to buy at once', () => {
    expect(told(event({ body: start(5n, 0n) }))).toEqual(['list alice → nobody'])
    const [auction] = parseTon([event({ body: start(5n, 0n) })]).facts
    expect(auction?.details).toMatchObject({ price: null, holder: null, order: item, endsAt: 1_700_604_800 })
    const [fixed] = parseTon([event({ body: start(5n, 9n) })]).facts
    expect(fixed?.details).toMatchObject({ price: '9', auction: { minBid: '5' } })
  })

  test('a cancelled auction is a cancellation', () => {
    expect(told(event({ body: body(0x371638ae) }))).toEqual(['cancel alice → nobody'])
  })

  test('the end of an auction is a sale by the owner before, for the winning bid', () => {
    const raw = event({ from: bob, body: null, out: [win(alice, bob, 7n)] }, { ownerBefore: alice })
    expect(told(raw)).toEqual(['transfer alice → bob', 'sale alice → bob'])
    expect(parseTon([raw]).facts[1]?.details).toMatchObject({ price: '7', marketplace: 'fragment', saleType: 'fixed' })
    const late = event({ from: bob, out: [win(alice, bob, 10n ** 9n)] }, { ownerBefore: alice })
    expect(parseTon([late]).facts[1]?.details).toMatchObject({ saleType: 'auction' })
  })

  test('whoever transfers an item tells the new owner what he likes: no bid that was never made is a sale', () => {
    for (const to of [bob, alice]) {
      const claimed = event({ body: transfer(to, 1n), out: [win(alice, to, 10n ** 18n)] })
      expect(told(claimed)).toEqual([`transfer alice → ${nameOf(to)}`])
    }
    const cutOff = hex(beginCell().storeUint(0x05138d91, 32).storeUint(7, 64).storeUint(0, 2).storeBit(0).endCell())
    for (const text of [cutOff, hex(Cell.fromHex(cutOff).asBuilder().storeUint(0x38127de1, 32).endCell())]) {
      const notice = { source: item, destination: bob, value: '1', body: text }
      expect(told(event({ body: transfer(bob, 1n), out: [notice] }))).toEqual(['transfer alice → bob'])
    }
  })

  test('a notice without a bid is no sale, and the winner of an auction is not who transfers the item of another', () => {
    const notice = { source: item, destination: bob, value: '1', body: assigned(alice) }
    expect(told(event({ body: body(0), out: [notice] }, { ownerBefore: alice }))).toEqual([])
    const claimed = [win(alice, sale, 7n), notice]
    expect(told(event({ body: transfer(bob, 1n), out: claimed }))).toEqual(['transfer alice → bob'])
  })

  test('a winner who is told as the owner before bought from nobody who is known', () => {
    const early = event({ from: bob, out: [win(bob, bob, 7n)] })
    expect(told(early)).toEqual(['mint nobody → bob', 'sale collection → bob'])
  })

  test('an auction that is settled by the transfer of the winner is its sale, and then the transfer', () => {
    const settled = [win(bob, alice, 7n), { source: item, destination: sale, value: '1', body: assigned(alice) }]
    expect(told(event({ body: transfer(sale, 1n), out: settled }))).toEqual([
      'transfer bob → alice',
      'sale bob → alice',
      'transfer alice → sale',
    ])
    expect(told(event({ body: transfer(sale), out: [win(bob, alice, 7n)] }))).toHaveLength(3)
  })

  test('the first auction is a mint that the collection sold; a gift that is withdrawn is a mint, whatever its technical bid', () => {
    expect(told(event({ body: body(0), out: [win(null, bob, 7n)] }, { ownerBefore: null }))).toEqual([
      'mint nobody → bob',
      'sale collection → bob',
    ])
    const gift = { status: ['nonexist', 'active'] as [string, string], out: [win(null, bob, 60_000_000n)] }
    expect(told(event(gift, { ownerAfter: bob }))).toEqual(['mint nobody → bob'])
  })
})

describe('sale contracts', () => {
  test('an item that enters one is listed for its seller, at the contract’s price', () => {
    const raw = event({ body: transfer(sale) }, selling({ owner: null }))
    expect(told(raw)).toEqual(['transfer alice → sale', 'list alice → nobody'])
    expect(parseTon([raw]).facts[1]?.details).toMatchObject({ holder: sale, order: sale, price: '1000000000' })
  })

  test('an item that a deployer hands over is listed for the seller that the contract names', () => {
    expect(told(event({ from: at('de'), body: transfer(sale) }, selling())).at(-1)).toBe('list alice → nobody')
  })

  test('an item that leaves for somebody else is sold, to whom it went; back to its seller it is cancelled', () => {
    const sold = event({ from: sale, body: transfer(bob) }, selling())
    expect(told(sold)).toEqual(['transfer sale → bob', 'sale alice → bob'])
    expect(parseTon([sold]).facts[1]?.details).toMatchObject({
      ...{ price: '1000000000', fees: '50000000', royalties: '20000000' },
      payouts: [{ to: alice, amount: '930000000' }, { to: at('fe') }, { to: at('70') }],
    })
    expect(told(event({ from: sale, body: transfer(alice) }, selling()))).toEqual([
      'transfer sale → alice',
      'cancel alice → nobody',
    ])
  })

  test('an auction is sold for its last bid', () => {
    const auction = selling({ kind: 'auction', price: null, lastBid: '42', minBid: '1' })
    const { facts } = parseTon([event({ from: sale, body: transfer(bob) }, auction)])
    expect(facts[1]?.details).toMatchObject({ price: '42', saleType: 'auction' })
  })

  test('where jettons are taken, the price of a sale is not known rather than wrong', () => {
    const { facts } = parseTon([event({ from: sale, body: transfer(bob) }, selling({ jettons: true }))])
    expect(facts[1]?.details).toMatchObject({ price: null, currency: null, fees: null, royalties: null })
  })

  test('one that speaks of another item, or is complete, lists nothing', () => {
    expect(told(event({ body: transfer(sale) }, selling({ nft: at('77') })))).toEqual(['transfer alice → sale'])
    expect(told(event({ body: transfer(sale) }, selling({ complete: true })))).toEqual(['transfer alice → sale'])
  })

  const repriced = (op: number, build: (cell: ReturnType<typeof beginCell>) => void, state: Partial<SaleState> = {}) =>
    parseTon([{ ...event({ body: body(op, build) }, selling(state)), contract: sale }])
  const dollar = at('d0')
  const taking = {
    ...{ price: null, jettons: true },
    jettonPrices: [{ wallet: at('3a'), master: dollar, price: '5000000' }],
  }
  const paying = (from: string, op: number) => ({
    release: { source: from, destination: sale, value: '1', body: body(op) },
  })

  test('a changed price is the same order at another price; v4 is told its prices in jettons with it', () => {
    const older = repriced(0x6c6c2080, (cell) => cell.storeCoins(77).storeCoins(5).storeCoins(2))
    expect(older.facts).toMatchObject([{ kind: 'list', from: alice, details: { order: sale, price: '77' } }])
    const v4 = repriced(0xfd135f7b, (cell) => cell.storeCoins(77).storeBit(0), taking)
    expect(v4.facts).toMatchObject([
      { kind: 'list', from: alice, details: { order: sale, price: '77', currency: at('00') } },
    ])
    const none = repriced(0xfd135f7b, (cell) => cell.storeCoins(0).storeBit(0), taking)
    expect(none.facts).toMatchObject([{ details: { price: null } }])
    const short = repriced(0x6c6c2080, (cell) => cell.storeCoins(77))
    expect(short.failures).toMatchObject([{ reason: expect.stringContaining('no change of price') }])
  })

  test('one that takes jettons alone asks for the first; it sells for the jetton whose wallet announced the payment', () => {
    const [, listed] = parseTon([event({ body: transfer(sale) }, selling(taking))]).facts
    expect(listed?.details).toMatchObject({ price: '5000000', currency: dollar })
    const soldUpon = (release: object) =>
      parseTon([event({ from: sale, body: transfer(bob) }, { ...selling({ ...taking, price: '9' }), ...release })])
        .facts[1]
    expect(soldUpon(paying(at('3a'), 0x7362d09c))?.details).toMatchObject({
      ...{ price: '5000000', currency: dollar, fees: '250000' },
      payouts: [{ to: alice }, { to: at('fe'), amount: '250000' }, { to: at('70') }],
    })
    expect(soldUpon(paying(bob, 2))?.details).toMatchObject({ price: '9', currency: at('00') })
    expect(soldUpon(paying(at('3b'), 0x7362d09c))?.details).toMatchObject({ price: null, currency: null })
  })

  test('all amounts of an auction in jettons are in them; where it does not say in which, it has no price', () => {
    const auction = { kind: 'auction', price: '90', lastBid: '42', minBid: '1', jettons: true } as const
    const of = (state: Partial<SaleState>) => [
      parseTon([event({ body: transfer(sale) }, selling({ ...auction, ...state }))]).facts[1]?.details,
      parseTon([event({ from: sale, body: transfer(bob) }, selling({ ...auction, ...state }))]).facts[1]?.details,
    ]
    expect(of({ bidsIn: dollar })).toMatchObject([
      { price: '90', currency: dollar },
      { price: '42', currency: dollar },
    ])
    expect(of({})).toMatchObject([
      { price: null, currency: null },
      { price: null, currency: null },
    ])
  })

  test('an item that an offer passes on to who made it is sold by who sent it there; one that it sends back is not', () => {
    const offer = selling({ protocol: 'getgems-offer-v1r3', kind: 'offer', owner: bob, price: '3000000000' })
    const got = (previous: string) => ({
      release: { source: item, destination: sale, value: '500000000', body: assigned(previous) },
    })
    expect(told(event({ body: transfer(sale) }, offer))).toEqual(['transfer alice → sale'])
    const sold = event({ from: sale, body: transfer(bob) }, { ...offer, ...got(alice) })
    expect(told(sold)).toEqual(['transfer sale → bob', 'sale alice → bob'])
    expect(parseTon([sold]).facts[1]?.details).toMatchObject({
      ...{ side: 'offer', seller: alice, buyer: bob, order: sale, price: '3000000000', fees: '150000000' },
      saleType: 'fixed',
    })
    expect(told(event({ from: sale, body: transfer(alice) }, { ...offer, ...got(alice) }))).toEqual([
      'transfer sale → alice',
    ])
    expect(told(event({ from: sale, body: transfer(bob) }, offer))).toEqual(['transfer sale → bob'])
  })

  test('one that has given its item away sells nothing more, whatever it sends on later', () => {
    const later = { ...selling({ complete: true }), ...paying(at('99'), 555) }
    expect(told(event({ from: sale, body: transfer(bob) }, later))).toEqual(['transfer sale → bob'])
  })
})

describe('bad input is kept with its reason', () => {
  const reasonOf = (raw: RawEvent): string | undefined => {
    const { facts, failures } = parseTon([raw])
    expect(facts).toEqual([])
    return failures[0]?.reason
  }

  test.each([
    ['a transfer that ends too early', body(0x5fcc3d14), 'no nft_transfer'],
    ['a transfer to nobody', body(0x5fcc3d14, (cell) => cell.storeAddress(null)), 'addr_none'],
    ['a transfer to an account of another workchain', transfer(`1:${'bb'.repeat(32)}`), 'workchain 1'],
    ['an auction without terms', body(0x487a8e81), 'no teleitem_start_auction'],
  ])('%s', (_, text, reason) => {
    expect(reasonOf(event({ body: text }))).toContain(reason)
  })

  test('a transfer that a contract sends is read as far as it is one, and never fails the contract that sent it', () => {
    const sent = (text: string) => receiverIn({ source: sale, destination: item, value: '1', body: text })
    expect(sent(transfer(bob))).toBe(bob)
    for (const text of [body(0x5fcc3d14), transfer(at('00')).slice(0, 40), body(0), 'ffff'])
      expect(sent(text)).toBeNull()
  })

  test('an ownership_assigned that is cut off', () => {
    const cut = {
      source: item,
      destination: bob,
      value: '1',
      body: hex(beginCell().storeUint(0x05138d91, 32).endCell()),
    }
    expect(reasonOf(event({ body: body(0), out: [cut] }))).toContain('no ownership_assigned')
  })

  test('a payload that is none, or names an account of another workchain', () => {
    expect(reasonOf({ ...event({}), payload: { lt: 5 } })).toContain('payload')
    const deployed = { status: ['nonexist', 'active'] as [string, string] }
    expect(reasonOf(event(deployed, { ownerAfter: `1:${'bb'.repeat(32)}` }))).toContain('payload')
  })

  test.each(['ffff', 'b5ee9c72', 'b5ee9c7201', ''])('a body that is no cell (%s) is no operation', (text) => {
    expect(told(event({ body: text }))).toEqual([])
  })

  test('an item that its collection denies says nothing, and one bad event spoils no other', () => {
    const lie = event({ body: transfer(bob) }, { item: null, reason: 'the collection has another item at index 1' })
    const bad = event({ body: body(0x5fcc3d14) })
    const { facts, failures } = parseTon([lie, bad, event({ body: transfer(bob) })])
    expect([facts.length, failures.length]).toEqual([1, 1])
  })
})
