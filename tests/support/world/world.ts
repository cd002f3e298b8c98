import { createHash } from 'node:crypto'
import type { EventKind, Fact, Parser, Standard } from '../../../src/core/events.js'
import { uuidv5 } from '../../../src/core/ids.js'
import type { MarketDetails } from '../../../src/core/market.js'
import type { ChainBlock, ChainEvent } from '../../../src/ingest/adapter.js'
import { randomMarketEvent } from './marketEvents.js'
import type { Random } from './random.js'

/*
 * A chain that needs no node: blocks whose events carry their facts in the payload, for tests of everything behind the adapter.
 */

export const ACCOUNTS = Array.from({ length: 6 }, (_, i) => address(0xa0 + i))
export const SINGLES = [address(0x10), address(0x11)]
export const MULTIS = [address(0x20), address(0x21)]
const TOKENS = 6

function address(last: number): string {
  return `0x${last.toString(16).padStart(40, '0')}`
}

/** A movement of one token. */
export interface Leg {
  readonly kind: EventKind
  readonly standard: Standard
  readonly contract: string | null
  readonly tokenId: string | null
  /** The asset's own address, where an asset is a contract (TON). */
  readonly item?: string
  readonly from: string | null
  readonly to: string | null
  readonly quantity: string
  readonly details?: MarketDetails
}

/** One transaction's events; `legs` of one event share a source event (a batch). */
export interface Transaction {
  readonly hash: string
  readonly events: readonly (readonly Leg[])[]
}

/** Movements in which tokens also leave accounts that never had them: history may start in the middle. */
export function randomTransaction(random: Random, nonce: number): Transaction {
  const events = Array.from({ length: 1 + random.int(3) }, () => randomEvent(random))
  return { hash: `0x${createHash('sha256').update(`tx ${nonce}`).digest('hex')}`, events }
}

function randomEvent(random: Random): Leg[] {
  if (random.chance(0.3)) return [marketLeg(random)]
  if (random.chance(0.5)) return [leg(random, 'erc721', random.pick(SINGLES), 1)]
  const contract = random.pick(MULTIS)
  return Array.from({ length: random.chance(0.3) ? 1 + random.int(4) : 1 }, () =>
    leg(random, 'erc1155', contract, random.int(4)),
  )
}

/** An event of the market. */
export function marketLeg(random: Random): Leg {
  const world = { accounts: ACCOUNTS, singles: SINGLES, multis: MULTIS, tokens: TOKENS }
  const { kind, details } = randomMarketEvent(random, world)
  const items = 'items' in details ? details.items : []
  const [only] = items.length === 1 ? items : []
  return {
    kind,
    standard: only?.standard ?? 'erc721',
    contract: only?.contract ?? null,
    tokenId: only?.tokenId ?? null,
    from: 'seller' in details ? details.seller : details.maker,
    to: 'buyer' in details ? details.buyer : null,
    quantity: String(items.reduce((sum, item) => sum + BigInt(item.quantity), 0n)),
    details,
  }
}

function leg(random: Random, standard: Standard, contract: string, quantity: number): Leg {
  const kind = random.pick(['mint', 'transfer', 'transfer', 'transfer', 'burn'] as const)
  return {
    kind,
    standard,
    contract,
    tokenId: String(random.int(TOKENS)),
    from: kind === 'mint' ? null : random.pick(ACCOUNTS),
    to: kind === 'burn' ? null : random.pick(ACCOUNTS),
    quantity: String(quantity),
  }
}

/** A block on top of `parent` (null: the first one). `salt` makes competing blocks with the same transactions differ. */
export function buildBlock(
  parent: ChainBlock | null,
  transactions: readonly Transaction[],
  { number = 0, salt = '' }: { number?: number; salt?: string } = {},
): ChainBlock {
  const height = parent === null ? number : parent.header.number + 1
  const parentHash = parent?.header.hash ?? `0x${'00'.repeat(32)}`
  const digest = createHash('sha256')
    .update(JSON.stringify([height, parentHash, salt, transactions]))
    .digest()
  let position = 0
  const events = transactions.flatMap((transaction) =>
    transaction.events.map((legs, rank): ChainEvent => {
      position += 1
      return {
        sourceEventId: uuidv5('world', transaction.hash, rank),
        position: position - 1,
        txHash: transaction.hash,
        contract: legs[0]?.item ?? legs[0]?.contract ?? address(0),
        payload: { legs },
      }
    }),
  )
  return {
    header: {
      number: height,
      hash: `0x${digest.toString('hex')}`,
      parentHash,
      // competing blocks of one height have times of their own, as on real chains
      time: 1_700_000_000 + height * 2 + ((digest[0] ?? 0) % 2),
    },
    events,
  }
}

/** A chain of `length` blocks with random transactions. */
export function randomChain(random: Random, length: number, transactionsPerBlock = 3): ChainBlock[] {
  const blocks: ChainBlock[] = []
  for (let i = 0; i < length; i += 1) {
    const count = random.int(transactionsPerBlock + 1)
    const transactions = Array.from({ length: count }, (_, t) => randomTransaction(random, i * 1000 + t))
    blocks.push(buildBlock(blocks.at(-1) ?? null, transactions))
  }
  return blocks
}

/** Reads the facts out of the payload. An event whose payload says `broken` cannot be read. */
export const worldParser: Parser = (events) => ({
  facts: events.flatMap((event) =>
    legsOf(event.payload).map((item, subIndex) => toFact(event.sourceEventId, subIndex, item)),
  ),
  failures: events.filter(isBroken).map(({ sourceEventId }) => ({ sourceEventId, reason: 'the event is broken' })),
})

/** Whether nobody can read the event. */
export function isBroken(event: Pick<ChainEvent, 'payload'>): boolean {
  return event.payload['broken'] === true
}

/** The facts of a block, in chain order. */
export function factsOf(block: ChainBlock): Fact[] {
  return block.events.flatMap((event) =>
    legsOf(event.payload).map((item, subIndex) => toFact(event.sourceEventId, subIndex, item)),
  )
}

/** The movements in an event's payload. */
export function legsOf(payload: Readonly<Record<string, unknown>>): Leg[] {
  return payload['legs'] as Leg[]
}

function toFact(sourceEventId: string, subIndex: number, item: Leg): Fact {
  return {
    sourceEventId,
    subIndex,
    kind: item.kind,
    standard: item.standard,
    contract: item.contract,
    tokenId: item.tokenId === null ? null : BigInt(item.tokenId),
    ...(item.item === undefined ? {} : { item: item.item }),
    from: item.from,
    to: item.to,
    quantity: BigInt(item.quantity),
    details: item.details === undefined ? null : inOrder(item.details),
  }
}

/** The transactions of a block, to include them again elsewhere. */
export function transactionsOf(block: ChainBlock): Transaction[] {
  const transactions = new Map<string, (readonly Leg[])[]>()
  for (const event of block.events) {
    const events = transactions.get(event.txHash) ?? []
    events.push(legsOf(event.payload))
    transactions.set(event.txHash, events)
  }
  return [...transactions].map(([hash, events]) => ({ hash, events }))
}

/** The same value with its keys in order, as a parser gives it: the database keeps JSON in an order of its own. */
function inOrder<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return (Array.isArray(value) ? value.map(inOrder) : value) as T
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)])) as T
}
