import { z } from 'zod'
import type { MarketDetails } from './market.js'
import { type Standard, standards } from './standards.js'

/*
 * Envelopes of the bus: one Zod schema per topic and version. A field, once here, is never removed or renamed; new fields are
 * optional. Block heights and positions are safe integers, quantities and token ids decimal strings, addresses canonical.
 */

const height = z.int().nonnegative()
const uuid = z.guid()
/** An unsigned or signed integer of up to 78 digits, as a decimal string. */
const integer = z.string().regex(/^-?(0|[1-9]\d{0,77})$/)

export { type Standard, standards }

export const eventKinds = [
  'mint',
  'transfer',
  'burn',
  'sale',
  'list',
  'cancel',
  'cancel_all',
  'counter',
  'opening_balance',
] as const
/**
 * What happened. `mint`, `transfer` and `burn` move ownership. `opening_balance` is no event of the chain: what an account held before the first
 * indexed block. The others are market events and carry no deltas.
 */
export type EventKind = (typeof eventKinds)[number]

/** The kinds that move ownership: they alone make assets known and decide owners. */
export const movementKinds = ['mint', 'transfer', 'burn'] as const satisfies readonly EventKind[]

/** Whether an event of this kind moves ownership. */
export function isMovement(kind: EventKind): boolean {
  return movementKinds.some((movement) => movement === kind)
}

/** A block as a place in the chain. `time` is in seconds since 1970. */
export const blockRef = z.object({ number: height, hash: z.string(), time: z.int() })
export type BlockRef = z.infer<typeof blockRef>

/**
 * A fact of the chain as it was read: one EVM log, one TON action.
 * `position` orders events inside a block and is unique there (EVM: log index; TON: the transaction's rank in its masterchain block); `fork` tells the competing blocks at one height
 * apart (0 for the first that was seen); `contract` is the emitter; `payload` is what the parser of the chain understands.
 */
export const rawEvent = z.object({
  sourceEventId: uuid,
  blockNumber: height,
  fork: z.int().nonnegative(),
  position: height,
  txHash: z.string(),
  contract: z.string(),
  payload: z.record(z.string(), z.unknown()),
})
export type RawEvent = z.infer<typeof rawEvent>

const blockSpan = z.object({ from: height, to: height })
/** Blocks `from` to `to`, both included. */
export type BlockSpan = z.infer<typeof blockSpan>

/** How many forks of the network had been followed when a message was written; 0 where a message does not say. */
const branch = z.int().nonnegative().optional()

/** Blocks that a message completes: after it, nothing of them is missing downstream. A fork of a later branch may undo that. */
const completedSpan = blockSpan.extend({ branch })
export type CompletedSpan = z.infer<typeof completedSpan>
const completes = z.array(completedSpan).readonly()

/** The forks (by branch) that a message completes: after it, nothing of what they orphaned is left downstream. */
const retracts = z.array(z.int().positive()).readonly().optional()

/** `chain.{network}.raw_events`: what ingestion read, in chain order. */
export const rawEventsMessage = z.object({
  v: z.literal(1),
  network: z.string(),
  completes,
  events: z.array(rawEvent).readonly(),
})
export type RawEventsMessage = z.infer<typeof rawEventsMessage>

/**
 * `chain.{network}.forks`: blocks that left the canonical chain. `blocks` names each by height and fork; `branch` counts the forks,
 * this one included.
 */
export const forkMessage = z.object({
  v: z.literal(1),
  network: z.string(),
  branch,
  ancestor: z.object({ number: height, hash: z.string() }),
  blocks: z.array(z.object({ number: height, fork: z.int().nonnegative() })).readonly(),
})
export type ForkMessage = z.infer<typeof forkMessage>

/**
 * `chain.{network}.heads`: how far the chain is, and how far it is final. `order` counts the network's messages of this topic. `safe` is on the branch
 * of `head`, and not above it.
 */
export const headsMessage = z.object({
  v: z.literal(1),
  network: z.string(),
  branch,
  order: z.int().positive().optional(),
  head: blockRef,
  finalized: blockRef.nullable(),
  safe: blockRef.optional(),
  state: z.enum(['backfilling', 'live', 'disputed']),
})
export type HeadsMessage = z.infer<typeof headsMessage>

/** A change of one account's holding of the event's asset. */
const delta = z.object({ account: z.string(), quantity: integer })
export type Delta = z.infer<typeof delta>

/**
 * One entry of the ledger. `reverts` marks the reversing entry of an orphaned inclusion (its deltas are the inverse of what was
 * stored). `assetId` is null for market events that name no asset.
 */
export const normalizedEvent = z.object({
  normalizedEventId: uuid,
  sourceEventId: uuid,
  subIndex: z.int().nonnegative(),
  incarnation: z.int().positive(),
  reverts: z.boolean(),
  kind: z.enum(eventKinds),
  standard: z.enum(standards).nullable(),
  assetId: uuid.nullable(),
  blockNumber: height,
  position: height,
  deltas: z.array(delta).readonly(),
})
export type NormalizedEvent = z.infer<typeof normalizedEvent>

/** `ledger.normalized` */
export const normalizedMessage = z.object({
  v: z.literal(1),
  network: z.string(),
  completes,
  retracts,
  events: z.array(normalizedEvent).readonly(),
})
export type NormalizedMessage = z.infer<typeof normalizedMessage>

/** `market.ownership`: which holdings, sales and listings changed. A doorbell: the reader takes the values from the tables. */
export const ownershipMessage = z.object({
  v: z.literal(1),
  network: z.string(),
  completes,
  retracts,
  holdings: z.array(z.object({ assetId: uuid, account: z.string() })).readonly(),
  assetIds: z.array(uuid).readonly(),
  saleIds: z.array(uuid).readonly().optional(),
  listingIds: z.array(uuid).readonly().optional(),
})
export type OwnershipMessage = z.infer<typeof ownershipMessage>

/** Every topic's schema. `{network}` in a name stands for the network's name. */
export const topicSchemas = {
  'chain.{network}.raw_events': rawEventsMessage,
  'chain.{network}.forks': forkMessage,
  'chain.{network}.heads': headsMessage,
  'ledger.normalized': normalizedMessage,
  'market.ownership': ownershipMessage,
} as const

export type TopicPattern = keyof typeof topicSchemas

const topicNames = Object.keys(topicSchemas).map((pattern) => {
  const [before = '', after = ''] = pattern.split('{network}')
  return { before, after, isPattern: pattern.includes('{network}') }
})

/** Whether a name is that of a topic, for any network. */
export function isTopic(name: string): boolean {
  return topicNames.some(({ before, after, isPattern }) =>
    isPattern
      ? name.startsWith(before) && name.endsWith(after) && name.length > before.length + after.length
      : name === before,
  )
}

/** The concrete topic of a pattern for one network. */
export function topicName(pattern: TopicPattern, network: string): string {
  return pattern.replace('{network}', network)
}

/*
 * What parsers give. It lives here because ingestion and pipeline share it and may not import each other.
 */

/** What one raw event says, before the ledger gave it ids of inclusion. Quantities and token ids are bigint in code. */
export interface Fact {
  readonly sourceEventId: string
  /** Position inside the source event: contiguous from 0, also for zero quantities and repeated ids. */
  readonly subIndex: number
  readonly kind: EventKind
  readonly standard: Standard | null
  /** Canonical address of the collection contract; null for market events that name no collection. */
  readonly contract: string | null
  readonly tokenId: bigint | null
  /** Canonical address of the asset itself, where an asset is a contract of its own (TON): then this names it, and not the other two. */
  readonly item?: string
  /** Canonical accounts; null on the minting and on the burning side. */
  readonly from: string | null
  readonly to: string | null
  readonly quantity: bigint
  /** Market facts in the words of `core/market.ts`; null for movements. */
  readonly details: MarketDetails | null
}

/** A raw event that its parser could not read: it goes to the dead letters with this reason. */
export interface ParseFailure {
  readonly sourceEventId: string
  readonly reason: string
}

export interface Parsed {
  readonly facts: readonly Fact[]
  readonly failures: readonly ParseFailure[]
}

/** Pure: reads raw events of whole blocks, in chain order, and says what they mean. Never throws for what a contract emitted. */
export type Parser = (events: readonly RawEvent[]) => Parsed

/** A question to a contract, to check the ledger against: who owns the asset, or what does `account` hold of it. */
export interface HoldingQuestion {
  /** Whom to ask: the collection; where an asset is a contract of its own (TON), the asset itself. */
  readonly contract: string
  /** null where it is not known: only where the asset itself is asked. */
  readonly tokenId: bigint | null
  /** null asks for the one owner; the answer is an address. Otherwise the answer is a balance as a decimal string. */
  readonly account: string | null
}

/** An asset whose metadata is asked for. */
export interface MetadataQuestion {
  /** Whom to ask, as in a `HoldingQuestion`. */
  readonly contract: string
  readonly tokenId: bigint | null
  readonly standard: Standard
}

/** Where a contract says that the metadata of an asset is, or the document itself where the chain's API gives it; null: nowhere. */
export type MetadataSource = { readonly uri: string } | { readonly document: Readonly<Record<string, unknown>> } | null

/** Tokens of a contract, by its own word, whose metadata has changed: those with ids from `first` to `last`. */
export interface MetadataUpdate {
  readonly contract: string
  readonly first: bigint
  readonly last: bigint
}

/** A question to a collection's contract: does it follow the standard that its events have? */
export interface StandardQuestion {
  readonly contract: string
  readonly standard: Standard
}
