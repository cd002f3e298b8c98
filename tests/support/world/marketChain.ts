import type { ListDetails, SaleDetails } from '../../../src/core/market.js'
import type { ChainBlock } from '../../../src/ingest/adapter.js'
import { MARKET, NATIVE } from './marketEvents.js'
import { ACCOUNTS, buildBlock, MULTIS, SINGLES, type Transaction } from './world.js'

/* Chains in which one order is listed, filled, cancelled, and its items move. */

export type Event = Transaction['events'][number]

export const [seller = '', buyer = '', other = ''] = ACCOUNTS
export const nft = SINGLES[0] ?? ''
const sft = MULTIS[0] ?? ''
export const order = `0x${'0d'.repeat(32)}`
export const USDC = '0x3c499c542cef5e3811e1192ce70d8cc03d5c3359'
const place = { protocol: 'seaport-1.6', market: MARKET, marketplace: 'seaport' }
export const item = { standard: 'erc721', contract: nft, tokenId: '1', quantity: '1' } as const
export const units = (quantity: string) => ({ standard: 'erc1155', contract: sft, tokenId: '2', quantity }) as const

export function moves(from: string | null, to: string | null, tokenId = '1'): Event {
  const kind = from === null ? 'mint' : 'transfer'
  return [{ kind, standard: 'erc721', contract: nft, tokenId, from, to, quantity: '1' }]
}

export function gives(from: string | null, to: string, quantity: string): Event {
  const kind = from === null ? 'mint' : 'transfer'
  return [{ kind, standard: 'erc1155', contract: sft, tokenId: '2', from, to, quantity }]
}

export function lists(more: Partial<ListDetails> = {}): Event {
  const details: ListDetails = {
    ...{ ...place, order, side: 'listing', seller, holder: null, items: [item], bundleSize: 1, price: '100' },
    ...{ endPrice: null, currency: NATIVE, startsAt: null, endsAt: null, partial: false, taker: null, auction: null },
    ...more,
  }
  const only = details.items.length === 1 ? details.items[0] : undefined
  const token = { contract: only?.contract ?? null, tokenId: only?.tokenId ?? null }
  return [{ kind: 'list', standard: 'erc721', ...token, from: seller, to: null, quantity: '1', details }]
}

export function sells(more: Partial<SaleDetails> = {}): Event {
  const details: SaleDetails = {
    ...{
      ...place,
      order,
      side: 'listing',
      seller,
      buyer,
      items: [item],
      bundleSize: 1,
      price: '100',
      currency: NATIVE,
    },
    ...{ fees: '0', royalties: '0', payouts: [], confirmed: true, saleType: 'fixed' },
    fills: [{ order, quantity: '1' }],
    ...more,
  }
  const only = details.items.length === 1 ? details.items[0] : undefined
  const token = { contract: only?.contract ?? null, tokenId: only?.tokenId ?? null }
  return [{ kind: 'sale', standard: 'erc721', ...token, from: seller, to: buyer, quantity: '1', details }]
}

export const cancels: Event = [
  { ...noToken(), kind: 'cancel', from: seller, details: { ...place, order, maker: seller } },
]
export const voids: Event = [
  { ...noToken(), kind: 'cancel_all', from: seller, details: { ...place, maker: seller, counter: '1' } },
]

function noToken() {
  return { standard: 'erc721', contract: null, tokenId: null, to: null, quantity: '0' } as const
}

/** One block per list of events, each list one transaction. */
export function chainOf(...blocks: readonly (readonly Event[])[]): ChainBlock[] {
  const chain: ChainBlock[] = []
  blocks.forEach((events, n) => {
    const hash = `0x${String(n).padStart(64, '0')}`
    chain.push(buildBlock(chain.at(-1) ?? null, events.length === 0 ? [] : [{ hash, events }]))
  })
  return chain
}
