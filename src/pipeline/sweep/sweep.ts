import { enqueue, splitBySize } from '../../bus/outbox.js'
import { currentBranch } from '../../core/branch.js'
import type { Tx } from '../../core/db.js'
import { type BlockSpan, type OwnershipMessage, type Parser, topicName } from '../../core/events.js'
import type { Network } from '../../core/networks.js'
import { SETTLED_MARGIN } from '../retire.js'
import { Suspects } from './suspects.js'
import { findUnapplied } from './unapplied.js'
import { findUnfinished, findUnretracted } from './unfinished.js'
import { findStaleAssets, findStaleListings, findStaleSales, type StaleAsset } from './unprojected.js'
import { findUnread, readSpan, readTransactions, splitByTransaction } from './unread.js'

/*
 * A last net under the bus: what it should have brought to a stage and has not. Nothing of it is expected ever to be needed.
 *
 * Looked at are all blocks that a fork or a message may still concern: from well below what is final and whole in the read models (further
 * down the records of delivery are gone, see `retire`) to the newest. One look takes a stretch of them, the next one goes on from there.
 */

export interface SweepOptions {
  /** How long something has to be missing; milliseconds. */
  readonly patienceMs: number
  /** Blocks of one look. */
  readonly blocks: number
  /** Monotonic clock in milliseconds; default that of the process. */
  readonly now?: () => number
}

/** What a look has sent again, by stage. */
export interface Sent {
  readonly raw: number
  readonly forks: number
  readonly normalized: number
  readonly projected: number
  readonly spans: number
}

/** Looks after one network, as long as the process has the beat. */
export class Sweep {
  readonly #network: Network
  readonly #parse: Parser
  readonly #blocks: number
  readonly #suspects: Suspects
  #next = 0

  constructor(network: Network, parse: Parser, { patienceMs, blocks, now }: SweepOptions) {
    this.#network = network
    this.#parse = parse
    this.#blocks = blocks
    this.#suspects = new Suspects(patienceMs, now ?? (() => performance.now()))
  }

  /** Looks at the next stretch of blocks, and sends again what was missing there before. */
  async look(tx: Tx): Promise<Sent> {
    const span = await this.#stretch(tx)
    const raw = await this.#raw(tx, span)
    const forks = await this.#forks(tx)
    const normalized = await this.#normalized(tx, span)
    const projected = await this.#projected(tx, span)
    return { raw, forks, normalized, projected, spans: await this.#spans(tx, span) }
  }

  async #stretch(tx: Tx): Promise<BlockSpan> {
    const [row] = await tx.query<{ floor: number; head: number }>(
      `SELECT greatest(0, coalesce(least(p.finalized_number, p.projected_number), 0) - $2) AS floor,
         coalesce((SELECT max(number) FROM ingest.blocks WHERE network_id = $1), 0) AS head
       FROM projection.network_status p WHERE p.network_id = $1`,
      [this.#network.id, SETTLED_MARGIN],
    )
    const { floor, head } = row ?? { floor: 0, head: 0 }
    const from = this.#next > head ? floor : Math.max(floor, this.#next)
    const to = Math.min(head, from + this.#blocks - 1)
    this.#next = to + 1
    return { from, to }
  }

  async #raw(tx: Tx, span: BlockSpan): Promise<number> {
    const found = await findUnread(tx, this.#network, this.#parse, span)
    const missing = this.#suspects.confirmed(found, ({ sourceEventId }) => `raw ${sourceEventId}`)
    const events = missing.length === 0 ? [] : await readTransactions(tx, this.#network, missing)
    await this.#send(tx, this.#topic('raw_events'), splitByTransaction(events))
    return missing.length
  }

  async #forks(tx: Tx): Promise<number> {
    const found = await findUnretracted(tx, this.#network)
    const missing = this.#suspects.confirmed(found, ({ branch }) => `fork ${branch}`)
    await enqueue(tx, this.#topic('forks'), missing)
    return missing.length
  }

  async #normalized(tx: Tx, span: BlockSpan): Promise<number> {
    const found = await findUnapplied(tx, this.#network, span)
    const missing = this.#suspects.confirmed(found, ({ normalizedEventId }) => `entry ${normalizedEventId}`)
    await this.#send(tx, 'ledger.normalized', splitBySize(missing))
    return missing.length
  }

  async #projected(tx: Tx, span: BlockSpan): Promise<number> {
    const suspects = this.#suspects
    const nameOf = ({ assetId, account, block }: StaleAsset) => `asset ${assetId} ${account} ${block}`
    const assets = suspects.confirmed(await findStaleAssets(tx, this.#network, span), nameOf)
    const saleIds = suspects.confirmed(await findStaleSales(tx, this.#network, span), (id) => `sale ${id}`)
    const listingIds = suspects.confirmed(await findStaleListings(tx, this.#network, span), (id) => `listing ${id}`)
    const count = assets.length + saleIds.length + listingIds.length
    if (count === 0) return 0
    const message: OwnershipMessage = {
      ...{ v: 1, network: this.#network.name, completes: [], saleIds, listingIds },
      assetIds: [...new Set(assets.map(({ assetId }) => assetId))],
      holdings: assets.flatMap(({ assetId, account }) => (account === null ? [] : [{ assetId, account }])),
    }
    await enqueue(tx, 'market.ownership', [message])
    return count
  }

  /** Blocks that nobody has called whole: with everything in them, from the first stage on, because any stage may lack it. */
  async #spans(tx: Tx, span: BlockSpan): Promise<number> {
    const found = await findUnfinished(tx, this.#network, span)
    const missing = this.#suspects.confirmed(found, ({ from }) => `span ${from}`)
    const branch = await currentBranch(tx, this.#network)
    for (const part of missing) {
      const parts = splitByTransaction(await readSpan(tx, this.#network, part))
      await this.#send(tx, this.#topic('raw_events'), parts.length === 0 ? [[]] : parts, { ...part, branch })
    }
    return missing.length
  }

  #topic(name: 'raw_events' | 'forks'): string {
    return topicName(`chain.{network}.${name}`, this.#network.name)
  }

  /** Sends events in parts; the last part completes `whole`. */
  async #send(tx: Tx, topic: string, parts: readonly (readonly object[])[], whole?: object): Promise<void> {
    const messages = parts.map((events, index) => {
      const completes = whole !== undefined && index === parts.length - 1 ? [whole] : []
      return { v: 1, network: this.#network.name, completes, events }
    })
    await enqueue(tx, topic, messages)
  }
}
