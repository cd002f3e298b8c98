import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Db } from '../../core/db.js'
import { topicSchemas } from '../../core/events.js'
import type { Metrics } from '../../observability/metrics.js'
import { lagOf, type NetworkState, type Place } from '../../observability/networkState.js'
import { defineTasks } from '../../worker/define.js'
import type { Provider } from '../../worker/dependency.js'
import type { Task } from '../../worker/task.js'
import { readState, type SystemState } from './state.js'

const { task, Trigger } = defineTasks(topicSchemas)

export interface MonitorOptions {
  readonly db: Provider<Db>
  readonly metrics: Metrics
  /** The tasks that have a beat. */
  readonly once: readonly string[]
  /** The folder whose disk is looked at. */
  readonly dataDir: string
  /** Default 5,000. */
  readonly intervalMs?: number
}

/**
 * Reads where the system stands and sets the metrics that no stage can set itself: a stage that is dead would leave its lag as it
 * was. One read serves all scrapes, so that scraping costs the database nothing.
 */
export function monitorTask({ db, metrics, once, dataDir, intervalMs = 5_000 }: MonitorOptions): Task {
  return task({
    name: 'monitor',
    trigger: Trigger.every(intervalMs),
    deps: { db },
    run: async (deps) => {
      recordState(metrics, await readState(deps.db, once))
      const disk = await statfs(existingFolder(dataDir))
      metrics.dataDiskBytes.set(disk.blocks * disk.bsize)
      metrics.dataDiskFreeBytes.set(disk.bavail * disk.bsize)
    },
  })
}

/** The folder, or the nearest one above it that exists: with a server of one's own nobody makes the data folder. */
export function existingFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingFolder(dirname(folder))
}

/** Sets the gauges to a state. */
export function recordState(metrics: Metrics, state: SystemState): void {
  for (const network of state.networks) recordNetwork(metrics, network, state)
  for (const [task, held] of state.leaders) metrics.leaderPresent.set({ task }, held ? 1 : 0)
  metrics.outboxUnpublished.set(state.outbox.pending)
  metrics.outboxOldestSeconds.set(state.outbox.oldestSeconds)
  metrics.dlqDepth.set(state.deadLetters)
  metrics.partitionMessagesAhead.set(state.storage.messagesAhead)
  metrics.databaseBytes.set(state.storage.databaseBytes)
  metrics.monitoredAt.set(state.at.getTime() / 1000)
}

function recordNetwork(metrics: Metrics, state: NetworkState, { at, storage, asking }: SystemState): void {
  const network = state.name
  type Gauge = Metrics['ingestLag']
  // What is not known any more, after a rewind to the beginning, must not go on as it was.
  const record = (gauge: Gauge, value: number | null): void => {
    if (value === null) gauge.remove({ network })
    else gauge.set({ network }, value)
  }
  const lag = (gauge: Gauge, place: Place | null): void => record(gauge, lagOf(place, at))
  const height = (gauge: Gauge, place: Place | null): void => record(gauge, place?.number ?? null)
  height(metrics.headBlock, state.head)
  height(metrics.ingestedBlock, state.ingested)
  height(metrics.finalizedBlock, state.finalized)
  height(metrics.projectedBlock, state.projected)
  lag(metrics.ingestLag, state.ingested)
  lag(metrics.normalizerLag, state.normalized)
  lag(metrics.projectionLag, state.projected)
  lag(metrics.finalizedLag, state.finalized)
  metrics.networkDisputed.set({ network }, state.state === 'disputed' ? 1 : 0)
  metrics.historyComplete.set({ network }, state.historyComplete ? 1 : 0)
  metrics.partitionBlocksAhead.set({ network }, storage.blocksAhead.get(network) ?? 0)
  record(metrics.metadataDue, asking.metadata.get(network)?.due ?? null)
  record(metrics.metadataOldestDueSeconds, asking.metadata.get(network)?.oldestSeconds ?? null)
  record(metrics.openingBlocksWaiting, asking.openings.get(network)?.blocks ?? null)
  metrics.negativeOwnershipRows.set({ network }, storage.negativeHoldings.get(network) ?? 0)
  metrics.collectionsNotDerivable.set({ network }, storage.notDerivable.get(network) ?? 0)
}
