import type { NetworkConfig } from '../../core/config.js'
import { messageOf } from '../../core/errors.js'
import type { SyncState } from '../../ingest/cursor.js'
import type { IngestObserver } from '../../ingest/options.js'
import type { Logger } from '../../observability/logger.js'
import type { Metrics } from '../../observability/metrics.js'
import type { Output } from '../context.js'
import { type Progress, progress } from '../progress.js'

/** Turns what ingestion says into log lines, metrics and a progress line. */
export function createObserver(config: NetworkConfig, log: Logger, metrics: Metrics, stream: Output): IngestObserver {
  const network = config.name
  const ticker = createTicker(network, log, stream)
  // A series that begins with its first event has no increase: alerts and panels would miss it.
  metrics.eventsProcessed.inc({ network, stage: 'ingest' }, 0)
  metrics.reorgsDetected.inc({ network }, 0)
  metrics.reorgDepth.zero({ network })
  let finalized = 0
  let state: SyncState = 'live'
  let live = false
  let sure = true
  return {
    heads: (heads) => {
      state = heads.state
      finalized = heads.finalized?.number ?? finalized
    },
    stored: (blocks, events, mode) => {
      metrics.eventsProcessed.inc({ network, stage: 'ingest' }, events)
      // Blocks that are final at once are followed in short ranges, which are no stretch of history.
      if (mode === 'backfill' && state === 'backfilling') {
        ticker.backfilled(blocks.from, blocks.to, finalized)
        return
      }
      if (!live) log.info({ network, block: blocks.to }, 'following the head')
      live = true
      log.debug({ network, block: blocks.to, events }, 'block stored')
    },
    fork: (depth, ancestor) => {
      metrics.reorgsDetected.inc({ network })
      metrics.reorgDepth.observe({ network }, depth)
      log.warn({ network, block: ancestor, depth }, 'the chain forked: blocks were taken back')
    },
    disputed: (error) => {
      if (error === null) log.info({ network }, 'the network was rewound and is indexed again')
      else log.error({ network }, messageOf(error))
    },
    finality: (error) => {
      // Told when it begins and when it is over: it is looked at with every block.
      if (error !== null && sure) log.warn({ network }, `what is final follows from the depth: ${messageOf(error)}`)
      if (error === null && !sure) log.info({ network }, 'what is final is what the endpoints say again')
      sure = error === null
    },
    retry: (error, delayMs) => {
      log.warn({ network, delayMs: Math.round(delayMs) }, `waiting before another try: ${messageOf(error)}`)
    },
  }
}

/** One progress per stretch of backfill. */
function createTicker(network: string, log: Logger, stream: Output) {
  let current: Progress | null = null
  let from = 0
  return {
    backfilled: (first: number, last: number, target: number): void => {
      if (current === null) {
        from = first
        current = progress({ label: `${network} backfill`, total: Math.max(0, target - from + 1), log, stream })
        current.update(0)
      }
      current.update(last - from + 1, `block ${last}`)
      if (last < target) return
      current.done()
      current = null
      log.info({ network, from, to: last }, 'backfill is done')
    },
  }
}
