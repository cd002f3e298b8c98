import type { Db } from '../../src/core/db.js'
import type { Fact, Parser } from '../../src/core/events.js'
import { uuidv5 } from '../../src/core/ids.js'
import type { SaleDetails } from '../../src/core/market.js'
import type { Network } from '../../src/core/networks.js'
import type { ChainBlock } from '../../src/ingest/adapter.js'
import { storeBlocks } from '../../src/ingest/store.js'
import { applyBlocks } from '../../src/pipeline/fused.js'

/* One collection of many items, read by the pipeline's own path from blocks that carry their facts. */

const CONTRACT = `0x${'ab'.repeat(20)}`
const MARKET = '0x0000000000000068f116a894984e2db1123eb395'
const NATIVE = `0x${'00'.repeat(20)}`
const account = (n: number): string => `0x${(n % 50_000).toString(16).padStart(40, '1')}`
const orderOf = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`

type Said = Omit<Fact, 'sourceEventId' | 'subIndex'>

/** Facts out of the payloads; bigint travels as text. */
export const parser: Parser = (events) => ({
  facts: events.map((event) => {
    const { quantity, tokenId, ...said } = event.payload['said'] as Said & { quantity: string; tokenId: string }
    return {
      ...said,
      sourceEventId: event.sourceEventId,
      subIndex: 0,
      quantity: BigInt(quantity),
      tokenId: BigInt(tokenId),
    }
  }),
  failures: [],
})

/** The mint of an item. */
export function mint(item: number): object {
  return { ...token(item), kind: 'mint', from: null, to: account(item), details: null }
}

/** An item that changes hands for money: its transfer and its sale. */
export function sale(item: number, n: number): object[] {
  const [seller, buyer] = [account(item + n), account(item + n + 1)]
  const details: SaleDetails = {
    ...{
      protocol: 'seaport-1.6',
      market: MARKET,
      marketplace: 'opensea',
      order: orderOf(n),
      side: 'listing',
      seller,
      buyer,
    },
    items: [{ standard: 'erc721', contract: CONTRACT, tokenId: String(item), quantity: '1' }],
    ...{
      bundleSize: 1,
      price: String(1_000 + n),
      currency: NATIVE,
      fees: '1',
      royalties: '1',
      payouts: [],
      confirmed: true,
    },
    ...{ fills: [{ order: orderOf(n), quantity: '1' }], saleType: 'fixed' },
  }
  return [
    { ...token(item), kind: 'transfer', from: seller, to: buyer, details: null },
    { ...token(item), kind: 'sale', from: seller, to: buyer, details },
  ]
}

function token(item: number) {
  return { standard: 'erc721', contract: CONTRACT, tokenId: String(item), quantity: '1' }
}

/** A block at a height with these facts. */
export function blockAt(number: number, facts: readonly object[]): ChainBlock {
  const hashOf = (height: number): string => `0x${(height + 1).toString(16).padStart(64, 'b')}`
  return {
    header: { number, hash: hashOf(number), parentHash: hashOf(number - 1), time: 1_760_000_000 + number * 60 },
    events: facts.map((said, position) => ({
      sourceEventId: uuidv5('bench-market', number, position),
      position,
      txHash: hashOf(number),
      contract: CONTRACT,
      payload: { said },
    })),
  }
}

/** Reads blocks as backfill does. */
export async function read(db: Db, network: Network, blocks: readonly ChainBlock[]): Promise<void> {
  const span = { from: blocks[0]?.header.number ?? 0, to: blocks.at(-1)?.header.number ?? 0 }
  await db.transaction(async (tx) => {
    await applyBlocks(tx, network, parser, span, await storeBlocks(tx, network, blocks))
  })
}
