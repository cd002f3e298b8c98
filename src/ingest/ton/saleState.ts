import type { Cell, Slice } from '@ton/core'
import { z } from 'zod'
import { ifReadable, loadRaw } from './cells.js'
import { firstEntries } from './dictionary.js'

/*
 * What a sale or auction contract says of itself, from its data cell. The layout follows from the hash of the code, and nothing else
 * identifies a contract: anybody can answer get_sale_data. Layouts: getgems-io/nft-contracts, and the sale of ton-blockchain's
 * token-contract; tests compare them with what the contracts' own get-methods gave.
 */

const amount = z.string().regex(/^\d+$/)
/** A part of the price that somebody else than the seller gets: an amount, or `factor` / `base` of the price. */
const share = z.object({ to: z.string().nullable(), amount: amount.optional(), factor: z.int(), base: z.int() })
export type Share = z.infer<typeof share>

/** What the item costs in a jetton, in its smallest unit, and the sale's own wallet of that jetton: only that announces a payment. */
const jettonPrice = z.object({ wallet: z.string(), master: z.string(), price: amount })

export const saleState = z.object({
  protocol: z.string(),
  /** `offer`: somebody's money waits in it for the item; whoever sends the item there takes it. */
  kind: z.enum(['fixed', 'auction', 'offer']),
  marketplace: z.string().nullable(),
  nft: z.string().nullable(),
  /** Who gets the money, or the item back; null until the item has arrived, in contracts that are deployed before it. Of an offer, who made it. */
  owner: z.string().nullable(),
  /** Sold, cancelled or over: it trades nothing more. */
  complete: z.boolean(),
  /** The fixed price in nanotons, that for which an auction's item can be bought at once, or what is offered; null: there is none. */
  price: amount.nullable(),
  /** Whether jettons are taken. */
  jettons: z.boolean(),
  /** Fixed price: what it costs in jettons. Events read before this was known lack it. */
  jettonPrices: z.array(jettonPrice).readonly().optional(),
  /** Auction: the jetton that all bids are in, its master contract. Missing when they are in TON, and as above. */
  bidsIn: z.string().optional(),
  minBid: amount.nullable(),
  lastBid: amount.nullable(),
  endsAt: z.int().nullable(),
  fee: share,
  royalty: share,
})
export type SaleState = z.infer<typeof saleState>

type Layout = (data: Cell) => Omit<SaleState, 'protocol'>

/** Code hash → protocol and layout. */
const FAMILIES: ReadonlyMap<string, readonly [string, Layout]> = new Map<string, readonly [string, Layout]>([
  ['dd24e54caaa1a2b8e70514fc39bfc4cbc4b1543ca74d2cc6fc0eb35429e1b9d5', ['nft-sale-v1', basicSale]],
  ['8278f4c5233de6fbedc969af519344a7a9bffc544856dba986a95c0bcf8571c9', ['getgems-sale-v2', fixedSale]],
  ['32050dfac44f64866bcc86f2cd9e1305fe9dcadb3959c002237cfb0902d44323', ['getgems-sale-v3', fixedSale]],
  ['deb53b6c5765c1e6cd238bf47bc5e83ba596bdcc04b0b84cd50ab1e474a08f31', ['getgems-sale-v3r2', fixedSale]],
  ['24221fa571e542e055c77bedfdbf527c7af460cfdc7f344c450787b4cfa1eb4d', ['getgems-sale-v3r3', fixedSale]],
  ['6b95a6418b9c9d2359045d1e7559b8d549ae0e506f24caab58fa30c8fb1feb86', ['getgems-sale-v4', fixedSale4]],
  ['fc00a29dd0205bcdcc0d3ffb9ca38cc3c8c159ec60d8aa543240a92f10592d40', ['getgems-auction-v1', auction1]],
  ['6668872fa79705443ffd47523e8e9ea9f76ab99f9a0b59d27de8f81a1c27b9d4', ['getgems-auction-v2', auction2]],
  ['1bd9c5a39bffb7a0f341588b5dd92b813a842bf65ef14109382200ceaf8f72df', ['getgems-auction-v3r2', auction2]],
  ['bb6f62ade0feb2d79fab3b8aebf0930af98553df60093b2027f0a8bf169bfcec', ['getgems-auction-v3r3', auction3]],
  ['ce5a78534eaaa6ceed8dafd486d076eb60a9b0d6dbfb53676f662649c0689956', ['getgems-auction-v4', auction4]],
  ['6e5d667fa6efa8187c6d029efd4015601232fd2e36c291dbc346dedab6dc8024', ['getgems-offer-v1r3', offer1]],
])

/** The state of a sale contract; null for other code, and for data that is not what the code would have written. */
export function readSaleState(codeHash: string, data: Cell): SaleState | null {
  const family = FAMILIES.get(codeHash)
  if (family === undefined) return null
  const [protocol, layout] = family
  try {
    return { protocol, ...layout(data) }
  } catch {
    return null
  }
}

const fixed = { kind: 'fixed', jettons: false, minBid: null, lastBid: null, endsAt: null } as const
const NONE: Share = { to: null, amount: '0', factor: 0, base: 1 }

function basicSale(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const [marketplace, nft, owner] = [loadRaw(s), loadRaw(s), loadRaw(s)]
  const price = positive(s.loadCoins())
  const fees = s.loadRef().beginParse()
  const fee = exactly(marketplace, fees.loadCoins())
  const royalty = exactly(loadRaw(fees), fees.loadCoins())
  return { ...fixed, marketplace, nft, owner, complete: false, price, fee, royalty }
}

/** Versions 2 to 3r3: later ones append fields. */
function fixedSale(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const complete = s.loadBit()
  s.skip(32)
  const [marketplace, nft, owner] = [loadRaw(s), loadRaw(s), loadRaw(s)]
  const price = positive(s.loadCoins())
  const fees = s.loadRef().beginParse()
  const fee = exactly(loadRaw(fees), fees.loadCoins())
  const royalty = exactly(loadRaw(fees), fees.loadCoins())
  return { ...fixed, marketplace, nft, owner, complete, price, fee, royalty }
}

/** Percentages are of 100,000; a price in jettons may stand beside the one in TON, or alone. */
function fixedSale4(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const complete = s.loadBit()
  const [marketplace, owner] = [loadRaw(s), loadRaw(s)]
  const price = positive(s.loadCoins())
  s.skip(32 + 64)
  const constant = s.loadRef().beginParse()
  const taken = jettonPricesIn(s)
  const [feeTo, royaltyTo] = [loadRaw(constant), loadRaw(constant)]
  const fee = { to: feeTo, factor: constant.loadUint(17), base: 100_000 }
  const royalty = { to: royaltyTo, factor: constant.loadUint(17), base: 100_000 }
  return { ...fixed, ...taken, marketplace, nft: loadRaw(constant), owner, complete, price, fee, royalty }
}

/** Anybody can deploy a sale that takes any number; whoever sells in earnest takes one. */
const MOST_JETTONS = 16

/** The prices in jettons that come next, the first of them: a dictionary by the hash of the sale's wallet, which is on the base workchain. */
export function jettonPricesIn(s: Slice): Pick<SaleState, 'jettons' | 'jettonPrices'> {
  const root = s.loadMaybeRef()
  const prices = root === null ? [] : firstEntries(root, 256, MOST_JETTONS, jettonPriceIn)
  const jettonPrices = prices.flatMap(([wallet, { price, master }]) =>
    master === null ? [] : [{ wallet: `0:${wallet.toString(16).padStart(64, '0')}`, master, price }],
  )
  return { jettons: prices.length > 0, jettonPrices }
}

function jettonPriceIn(s: Slice) {
  return { price: s.loadCoins().toString(), master: ifReadable(() => loadRaw(s)) }
}

function auction1(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const complete = s.loadBit()
  const marketplace = loadRaw(s)
  const shares = factorShares(s.loadRef().beginParse())
  const bids = s.loadRef().beginParse()
  const [minBid, price] = [bids.loadCoins().toString(), positive(bids.loadCoins())]
  bids.loadCoins()
  loadRaw(bids)
  const lastBid = positive(bids.loadCoins())
  bids.skip(32)
  const endsAt = bids.loadUint(32)
  const nfts = s.loadRef().beginParse()
  const [owner, nft] = [loadRaw(nfts), loadRaw(nfts)]
  return {
    kind: 'auction',
    jettons: false,
    marketplace,
    nft,
    owner,
    complete,
    price,
    minBid,
    lastBid,
    endsAt,
    ...shares,
  }
}

/** Versions 2 and 3r2. */
function auction2(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const complete = s.loadBit()
  s.skip(2)
  const bids = bidsOf(s)
  const shares = factorShares(s.loadRef().beginParse())
  const constant = s.loadRef().beginParse()
  constant.skip(32)
  const marketplace = loadRaw(constant)
  const [minBid, price] = [constant.loadCoins().toString(), positive(constant.loadCoins())]
  constant.loadCoins()
  constant.skip(32)
  return {
    kind: 'auction',
    jettons: false,
    marketplace,
    nft: loadRaw(constant),
    complete,
    price,
    minBid,
    ...bids,
    ...shares,
  }
}

function auction3(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const complete = s.loadBit()
  s.skip(1)
  const bids = bidsOf(s)
  s.skip(64)
  const shares = factorShares(s.loadRef().beginParse())
  return { kind: 'auction', jettons: false, complete, ...bids, ...shares, ...constantsOf(s.loadRef().beginParse()) }
}

/** Has both addresses before the factors. In jetton mode bids are in jettons. */
function auction4(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const complete = s.loadBit()
  s.skip(1)
  const bids = bidsOf(s)
  s.skip(64)
  const fees = s.loadRef().beginParse()
  const [feeTo, royaltyTo] = [loadRaw(fees), loadRaw(fees)]
  const fee = { to: feeTo, factor: fees.loadUint(32), base: fees.loadUint(32) }
  const royalty = { to: royaltyTo, factor: fees.loadUint(32), base: fees.loadUint(32) }
  const constants = constantsOf(s.loadRef().beginParse())
  const jettonCell = s.loadBit() ? s.loadRef().beginParse() : null
  const jettons = jettonCell !== null && loadRaw(jettonCell) !== null
  const master = jettonCell === null ? null : loadRaw(jettonCell)
  const bidsIn = jettons && master !== null ? { bidsIn: master } : {}
  return { kind: 'auction', jettons, ...bidsIn, complete, ...bids, fee, royalty, ...constants }
}

/** The price is what came with the deployment, and stands in the data from then on. */
function offer1(data: Cell): Omit<SaleState, 'protocol'> {
  const s = data.beginParse()
  const complete = s.loadBit()
  s.skip(32)
  const endsAt = s.loadUint(32)
  s.skip(32)
  const [marketplace, nft, owner] = [loadRaw(s), loadRaw(s), loadRaw(s)]
  const price = positive(s.loadCoins())
  const shares = factorShares(s.loadRef().beginParse())
  const isDeployed = !s.loadBit()
  return {
    ...fixed,
    ...shares,
    kind: 'offer',
    marketplace,
    nft,
    owner,
    complete,
    price: isDeployed ? price : null,
    endsAt,
  }
}

function bidsOf(s: Slice): Pick<SaleState, 'lastBid' | 'endsAt' | 'owner'> {
  loadRaw(s)
  const lastBid = positive(s.loadCoins())
  s.skip(32)
  return { lastBid, endsAt: s.loadUint(32), owner: loadRaw(s) }
}

function constantsOf(s: Slice): Pick<SaleState, 'marketplace' | 'minBid' | 'price' | 'nft'> {
  const marketplace = loadRaw(s)
  const [minBid, price] = [s.loadCoins().toString(), positive(s.loadCoins())]
  s.skip(7 + 17)
  return { marketplace, minBid, price, nft: loadRaw(s) }
}

function factorShares(s: Slice): Pick<SaleState, 'fee' | 'royalty'> {
  const one = (): Share => ({ to: loadRaw(s), factor: s.loadUint(32), base: s.loadUint(32) })
  return { fee: one(), royalty: one() }
}

/** A share that is an amount of nanotons. */
export function exactly(to: string | null, value: bigint): Share {
  return value === 0n ? { ...NONE, to } : { to, amount: value.toString(), factor: 0, base: 1 }
}

/** An amount of a cell; null for 0, which says that there is none. */
export function positive(value: bigint): string | null {
  return value > 0n ? value.toString() : null
}

/** What a share comes to at this price: nothing where nobody is named to get it. */
export function shareOf({ to, amount: exact, factor, base }: Share, price: bigint): bigint {
  if (to === null || base === 0) return 0n
  return exact === undefined ? (price * BigInt(factor)) / BigInt(base) : BigInt(exact)
}
