import { enqueue, splitBySize } from '../bus/outbox.js'
import type { Tx } from '../core/db.js'
import { FtError } from '../core/errors.js'
import {
  type CompletedSpan,
  type ForkMessage,
  type HeadsMessage,
  type NormalizedEvent,
  type NormalizedMessage,
  type OwnershipMessage,
  type Parser,
  type RawEventsMessage,
  topicName,
} from '../core/events.js'
import { claim, claimBlocks, claimedBlocks } from '../core/idempotency.js'
import type { Network } from '../core/networks.js'
import { CONSUMERS, OPENING_BALANCES } from './consumers.js'
import { storeFailures } from './failures.js'
import { applyEntries } from './fused.js'
import { toMessage } from './ledger.js'
import { lockLedger, lockProjection } from './locks.js'
import { normalize } from './normalize.js'
import { reopen } from './openings.js'
import { projectHoldings } from './project/holdings.js'
import { projectMarket } from './project/market.js'
import { projectHeads, projectProgress } from './project/status.js'
import { revertLowest, TAKEN_AT_ONCE } from './reorg.js'
import { isLetter, normalizeLetters } from './replayed.js'
import { applyMarket } from './state/market.js'
import { applyOwnership } from './state/ownership.js'

/*
 * The stages as the bus drives them: each takes a batch of messages in the caller's transaction and puts what follows from them
 * into the outbox. Delivered twice, or in another order, they come to the same rows.
 */

/** The networks of this process and how to read their events. */
export type Networks = ReadonlyMap<string, { readonly network: Network; readonly parse: Parser }>

interface OfNetwork {
  readonly network: string
}

/** Runs `work` for each network's messages of a batch, in the order of their names. */
async function perNetwork<M extends OfNetwork>(
  networks: Networks,
  messages: readonly M[],
  work: (known: { network: Network; parse: Parser }, messages: readonly M[]) => Promise<void>,
): Promise<void> {
  const groups = new Map<string, M[]>()
  for (const message of messages) {
    const group = groups.get(message.network)
    if (group === undefined) groups.set(message.network, [message])
    else group.push(message)
  }
  for (const [name, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = networks.get(name)
    if (known === undefined) {
      throw new FtError('message_invalid', `a message of network ${name}, which this process is not configured for`)
    }
    await work(known, group)
  }
}

/** `chain.{network}.raw_events` → `ledger.normalized` */
export async function normalizeStage(tx: Tx, networks: Networks, messages: readonly RawEventsMessage[]): Promise<void> {
  await perNetwork(networks, messages, async ({ network, parse }, group) => {
    const letters = group.filter(isLetter).flatMap((message) => message.events)
    const raws = group.filter((message) => !isLetter(message)).flatMap((message) => message.events)
    const blocks = new Set([...letters, ...raws].map((raw) => raw.blockNumber))
    await lockLedger(tx, network)
    const [read, isClaimed] = await Promise.all([
      normalize(tx, network, parse, raws),
      claimedBlocks(tx, network, [CONSUMERS.ownership, OPENING_BALANCES], blocks),
    ])
    const replayed = await normalizeLetters(tx, network, parse, letters)
    const events = [...read.events, ...replayed.events]
    await storeFailures(tx, network, [...read.failures, ...replayed.failures])
    for (const span of spans(group)) await claimBlocks(tx, network, CONSUMERS.normalizer, span)
    // An event that was read late, like a dead letter of a block that was read in bulk: the next stage would take it for a duplicate.
    const late = events.filter((event) => isClaimed(CONSUMERS.ownership, event.blockNumber))
    const looked = events.filter((event) => isClaimed(OPENING_BALANCES, event.blockNumber))
    late.push(...(await reopen(tx, network, looked)))
    if (late.length > 0) await applyEntries(tx, network, late)
    const onTime = events.filter((event) => !isClaimed(CONSUMERS.ownership, event.blockNumber))
    await sendNormalized(tx, network, onTime.map(toMessage), { completes: spans(group), retracts: [] })
  })
}

/** `chain.{network}.forks` → `ledger.normalized`; what is left of a deep fork → `chain.{network}.forks` */
export async function reorgStage(
  tx: Tx,
  networks: Networks,
  messages: readonly ForkMessage[],
  atOnce = TAKEN_AT_ONCE,
): Promise<void> {
  await perNetwork(networks, messages, async ({ network }, group) => {
    for (const fork of group) {
      const { events, rest } = await revertLowest(tx, network, fork.blocks, atOnce)
      const retracts = fork.branch === undefined || rest.length > 0 ? [] : [fork.branch]
      await sendNormalized(tx, network, events.map(toMessage), { completes: [], retracts })
      if (rest.length > 0) {
        await enqueue(tx, topicName('chain.{network}.forks', network.name), [{ ...fork, blocks: rest }])
      }
    }
  })
}

/** `ledger.normalized` → `market.ownership` */
export async function ownershipStage(
  tx: Tx,
  networks: Networks,
  messages: readonly NormalizedMessage[],
): Promise<void> {
  await perNetwork(networks, messages, async ({ network }, group) => {
    const events = await claim(
      tx,
      network,
      CONSUMERS.ownership,
      group.flatMap((message) => message.events),
    )
    const touched = await applyOwnership(tx, events)
    const traded = await applyMarket(tx, network, events, touched)
    const progress = { completes: spans(group), retracts: forks(group) }
    const isIdle = touched.assetIds.length + traded.saleIds.length + traded.listingIds.length === 0
    if (isIdle && isNothing(progress)) return
    const message: OwnershipMessage = { v: 1, network: network.name, ...progress, ...touched, ...traded }
    await enqueue(tx, 'market.ownership', [message])
  })
}

/** `market.ownership` → read models */
export async function projectStage(tx: Tx, networks: Networks, messages: readonly OwnershipMessage[]): Promise<void> {
  await perNetwork(networks, messages, async ({ network }, group) => {
    await projectHoldings(tx, network, {
      holdings: group.flatMap((message) => message.holdings),
      assetIds: group.flatMap((message) => message.assetIds),
    })
    await projectMarket(tx, network, {
      saleIds: group.flatMap((message) => message.saleIds ?? []),
      listingIds: group.flatMap((message) => message.listingIds ?? []),
    })
    await projectProgress(tx, network, { completes: spans(group), retracts: forks(group) })
  })
}

/** `chain.{network}.heads` → network_status */
export async function headsStage(tx: Tx, networks: Networks, messages: readonly HeadsMessage[]): Promise<void> {
  await perNetwork(networks, messages, async ({ network }, group) => {
    await lockProjection(tx, network)
    for (const heads of group) await projectHeads(tx, network, heads)
    // Finality may have passed blocks that a fork replaced, and whose reversing entries are still on their way.
    await projectProgress(tx, network, { completes: [], retracts: [] })
  })
}

/** What a message says is whole from now on. */
interface Progress {
  readonly completes: readonly CompletedSpan[]
  readonly retracts: readonly number[]
}

function isNothing({ completes, retracts }: Progress): boolean {
  return completes.length === 0 && retracts.length === 0
}

/** The blocks a batch completes, neighbours of one branch joined. */
function spans(messages: readonly { readonly completes: readonly CompletedSpan[] }[]): CompletedSpan[] {
  const sorted = messages
    .flatMap((message) => message.completes.map((span) => ({ ...span, branch: span.branch ?? 0 })))
    .sort((a, b) => a.branch - b.branch || a.from - b.from)
  const joined: Required<CompletedSpan>[] = []
  for (const span of sorted) {
    const last = joined.at(-1)
    const continues = last !== undefined && last.branch === span.branch && span.from <= last.to + 1
    if (continues) last.to = Math.max(last.to, span.to)
    else joined.push(span)
  }
  return joined
}

/** The forks a batch completes. */
function forks(messages: readonly { readonly retracts?: readonly number[] | undefined }[]): number[] {
  return messages.flatMap((message) => message.retracts ?? [])
}

async function sendNormalized(
  tx: Tx,
  network: Network,
  events: readonly NormalizedEvent[],
  progress: Progress,
): Promise<void> {
  const parts = splitBySize(events)
  if (parts.length === 0 && !isNothing(progress)) parts.push([])
  const messages = parts.map(
    (part, index): NormalizedMessage => ({
      v: 1,
      network: network.name,
      ...(index === parts.length - 1 ? progress : { completes: [] }),
      events: part,
    }),
  )
  await enqueue(tx, 'ledger.normalized', messages)
}
