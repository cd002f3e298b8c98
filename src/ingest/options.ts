import type { Db, Tx } from '../core/db.js'
import type { BlockRef, BlockSpan, RawEvent } from '../core/events.js'
import type { Network } from '../core/networks.js'
import type { ChainAdapter } from './adapter.js'
import type { Lease, SyncState } from './cursor.js'

/** Where indexing starts when the network is new. `default`: the contracts' origin where known, else one day before finality. */
export type Start =
  | { readonly kind: 'height'; readonly height: number }
  | { readonly kind: 'finalized' | 'latest' | 'default' }

/** What ingestion tells the outside: for metrics, logs and progress. */
export interface IngestObserver {
  heads(heads: { head: BlockRef; finalized: BlockRef | null; state: SyncState }): void
  stored(blocks: BlockSpan, events: number, mode: 'backfill' | 'live', time: number): void
  fork(depth: number, ancestor: number): void
  retry(error: unknown, delayMs: number): void
  /** At each look: why the chain's own word on what is final could not be had, so that the depth rule stands in; null when it could. */
  finality?(error: unknown): void
  /** The chain contradicted its own finality; null when a rewind has repaired that. */
  disputed?(error: unknown): void
}

export interface IngestOptions {
  /** Pool whose role may write ingestion and pipeline tables (backfill runs both in one transaction). */
  readonly db: Db
  readonly network: Network
  readonly adapter: ChainAdapter
  /** Name of the set of contracts that is read, as in `ref.networks.scope`. */
  readonly scope: string
  readonly start: Start
  /** `tag`: what the chain calls final, or `depth` blocks below the head where it does not say; `depth`: always the latter. */
  readonly finality: { readonly rule: 'tag' | 'depth'; readonly depth: number }
  /** Time between looks at the head where the chain does not announce blocks, in ms: on average, and three times as long at most (`Cadence`). */
  readonly pollMs: number
  /** Pause after a first error that passes, in ms; doubled with each that follows at once. Default 500. */
  readonly retryMs?: number
  /** What one transaction of a backfill takes: about so many movements, or fewer where reading them takes longer. */
  readonly batch?: { readonly events: number; readonly ms: number }
  /**
   * The pipeline's stages in two steps, for final blocks: what concerns these blocks alone, and, once the blocks before have committed, the
   * function it gives: everything else. That gives how many ledger entries were made.
   */
  readonly recordBlocks: (tx: Tx, blocks: BlockSpan, events: readonly RawEvent[]) => Promise<() => Promise<number>>
  readonly observer: IngestObserver
}

/** Options and the lease under which they are carried out. */
export interface Writer extends IngestOptions {
  readonly lease: Lease
  readonly signal: AbortSignal
}
