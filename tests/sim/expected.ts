import { isMovement, topicName } from '../../src/core/events.js'
import { assetId, openingBalanceId } from '../../src/core/ids.js'
import type { BlockHeader, ChainBlock } from '../../src/ingest/adapter.js'
import { heldBefore } from '../support/world/heldBefore.js'
import { model, movedBy, type Opened } from '../support/world/model.js'
import { factsOf, isBroken } from '../support/world/world.js'

/** What is true of the simulated chain at a quiet point. */
export interface Truth {
  readonly network: string
  /** Canonical blocks from 0 to the tip. */
  readonly chain: readonly ChainBlock[]
  readonly finalized: BlockHeader
  /** First block that is indexed. */
  readonly start: number
  /** Blocks that were canonical at some time. */
  readonly everSeen: readonly ChainBlock[]
  /** Contracts are asked what was held before the first block that is indexed. */
  readonly openings: boolean
}

/** Rows of one table, or of one part of it, as text. */
export type Rows = Readonly<Record<string, readonly string[]>>

/**
 * What the seven schemas must hold, told as plainly as possible: the canonical chain is read once, in order. `reader.ts` reads the
 * same rows from the tables.
 */
export function expectedRows(truth: Truth): Rows {
  const indexed = truth.chain.slice(truth.start)
  const complete = truth.start <= 1
  const opened = truth.openings ? movedBy(indexed.filter(({ header }) => header.number <= truth.finalized.number)) : []
  const holdings = model(truth.network, indexed, complete, opened)
  return {
    'ref.networks': [
      `${truth.network} from ${truth.start} complete ${complete} genesis ${truth.chain[0]?.header.hash}`,
    ],
    'ingest.blocks': indexed.filter((block) => isKept(block, truth)).map(({ header }) => place(header)),
    'ingest.raw_events': indexed.flatMap(rawEvents),
    'ingest.indexed_ranges': [span(truth)],
    'ledger (live entries)': [
      ...indexed.flatMap((block) => entries(truth.network, block)),
      ...opened.map((pair) => openingEntry(truth.network, pair)),
    ],
    'catalog.collections': holdings.collections,
    'catalog.assets': holdings.assets,
    'market.ownership_current': holdings.ownershipCurrent,
    'market.sales_history': holdings.sales,
    'market.listings_current': holdings.listings,
    'projection.ownership_view': holdings.ownershipView,
    'projection.asset_cards': holdings.assetCards,
    'projection.collection_owners': holdings.collectionOwners,
    'projection.collection_stats': holdings.collectionStats,
    'projection.network_status': [status(truth, complete)],
    'system.sync_cursors': [`${place(tip(truth))} final ${place(truth.finalized)} live`],
    'system.outbox_events (pending)': [],
    'system.dlq (canonical)': deadLetters(truth),
  }
}

/** Dead letters that must be there: of every indexed event that nobody can read. */
export function deadLetters(truth: Truth): string[] {
  return truth.chain.slice(truth.start).flatMap((block) => unreadable(truth.network, block))
}

/** Dead letters that may be there: of every event that was ever read, and that nobody can read. */
export function possibleDeadLetters(truth: Truth): ReadonlySet<string> {
  return new Set(truth.everSeen.flatMap((block) => unreadable(truth.network, block)))
}

/** Which canonical headers are kept for sure: those with events, those not yet final, and the last one. */
function isKept({ header, events }: ChainBlock, { finalized }: Truth): boolean {
  return events.length > 0 || header.number > finalized.number
}

function tip({ chain }: Truth): BlockHeader {
  const block = chain.at(-1)
  if (block === undefined) throw new Error('the chain is empty')
  return block.header
}

function place(header: BlockHeader): string {
  return `${header.number} ${header.hash}`
}

function span(truth: Truth): string {
  return `{[${truth.start},${tip(truth).number + 1})}`
}

function rawEvents({ header, events }: ChainBlock): string[] {
  return events.map(
    (event) => `${place(header)} ${event.position} ${event.sourceEventId} ${event.txHash} ${event.contract}`,
  )
}

/** Live entries: each fact once, in the block it is in, with what it moves. */
function entries(network: string, block: ChainBlock): string[] {
  const positions = new Map(block.events.map((event) => [event.sourceEventId, event.position]))
  return factsOf(block).map((fact) => {
    const asset = fact.contract === null || fact.tokenId === null ? null : assetId(network, fact.contract, fact.tokenId)
    const moves = !isMovement(fact.kind)
      ? []
      : [
          ...(fact.from === null ? [] : [`${fact.from} ${-fact.quantity}`]),
          ...(fact.to === null ? [] : [`${fact.to} ${fact.quantity}`]),
        ]
    const position = positions.get(fact.sourceEventId)
    return `${place(block.header)} ${position} ${fact.sourceEventId} ${fact.subIndex} ${fact.kind} ${fact.standard} ${asset} [${moves.join(', ')}]`
  })
}

/** It has a height, below all blocks that are read, but no block. */
function openingEntry(network: string, pair: Opened): string {
  const asset = assetId(network, pair.contract, pair.tokenId)
  const id = openingBalanceId(asset, pair.account)
  return `null null 0 ${id} 0 opening_balance erc1155 ${asset} [${pair.account} ${heldBefore(pair)}]`
}

function status(truth: Truth, complete: boolean): string {
  const head = tip(truth)
  return `live from ${truth.start} complete ${complete} head ${place(head)} final ${place(truth.finalized)} projected ${span(truth)} ${place(head)}`
}

function unreadable(network: string, { events }: ChainBlock): string[] {
  const topic = topicName('chain.{network}.raw_events', network)
  return events.filter(isBroken).map(({ sourceEventId }) => `${topic} normalizer ${sourceEventId} event_undecodable`)
}
