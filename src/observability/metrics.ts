import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Handles of every metric of ft.supply, and their text for a scrape. */
export type Metrics = ReturnType<typeof createMetrics>

const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const LONG = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** What the reference says of a metric. */
export interface MetricDoc {
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

/**
 * All metrics on a registry of their own. This is the only place where a metric is named; every name gets the prefix `ft_`, and
 * its labels are of few values: network, task, topic, stage, route pattern, method, status, outcome; never an id or an address.
 * `text()` gives the Prometheus exposition, `contentType` its media type, `docs` what there is (docs/metrics.md).
 */
export function createMetrics() {
  const registry = new Registry()
  const docs: MetricDoc[] = []
  const make = factory(registry, docs)
  return {
    ...networkMetrics(make),
    ...storageMetrics(make),
    ...pipelineMetrics(make),
    ...askingMetrics(make),
    ...rpcMetrics(make),
    ...taskMetrics(make),
    apiRequestSeconds: make.histogram(
      'api_request_seconds',
      'Time to answer an API request, by route pattern',
      ['route', 'method', 'status'],
      SHORT,
    ),
    docs,
    apiLocalLimits: make.counter(
      'api_local_limits_total',
      'Times that rate limits were counted by this process alone because Redis did not answer',
    ),
    contentType: registry.contentType,
    text: () => registry.metrics(),
    /** Adds what Node tells of its process (CPU, memory, event loop), under the usual names of prom-client. */
    addProcessMetrics: () => collectDefaultMetrics({ register: registry }),
  }
}

type Factory = ReturnType<typeof factory>

/** Where each network stands: read from the database by the task `monitor`, so that they move while their stage is dead. */
function networkMetrics({ gauge }: Factory) {
  return {
    headBlock: gauge('head_block', 'Newest block of the chain that ingestion has seen', ['network']),
    ingestedBlock: gauge('ingested_block', 'Newest block that is stored', ['network']),
    finalizedBlock: gauge('finalized_block', 'Newest block that cannot be reorganized any more', ['network']),
    projectedBlock: gauge('projected_block', 'Block up to which the read models are whole', ['network']),
    ingestLag: gauge('ingest_lag', 'Seconds from the time of the newest ingested block to now', ['network']),
    normalizerLag: gauge('normalizer_lag', 'Seconds from the time of the newest normalized block to now', ['network']),
    projectionLag: gauge('projection_lag', 'Seconds from the time of the newest projected block to now', ['network']),
    finalizedLag: gauge('finalized_lag', 'Seconds from the time of the finalized block to now', ['network']),
    networkDisputed: gauge(
      'network_disputed',
      '1 when the chain forked below its finalized block and the writer stopped, else 0',
      ['network'],
    ),
    historyComplete: gauge('history_complete', '1 when nothing happened before the first indexed block, else 0', [
      'network',
    ]),
    leaderPresent: gauge('leader_present', '1 when a process holds the lock of a task that runs once, else 0', [
      'task',
    ]),
  }
}

/** What piles up, and how much room there is; read like the network metrics. */
function storageMetrics({ gauge }: Factory) {
  return {
    outboxUnpublished: gauge('outbox_unpublished', 'Outbox messages that wait to be published'),
    outboxOldestSeconds: gauge(
      'outbox_oldest_seconds',
      'Age of the oldest outbox message that waits; 0 when none does',
    ),
    dlqDepth: gauge('dlq_depth', 'Dead letters that are neither replayed nor dropped'),
    negativeOwnershipRows: gauge(
      'negative_ownership_rows',
      'Holdings below zero: a movement is missing from their history. At most 20,000 are counted over all networks',
      ['network'],
    ),
    collectionsNotDerivable: gauge(
      'collections_not_derivable',
      'Collections whose events do not tell who holds what, as ft reconcile has found out',
      ['network'],
    ),
    partitionBlocksAhead: gauge('partition_blocks_ahead', 'Blocks beyond the head for which partitions exist', [
      'network',
    ]),
    partitionMessagesAhead: gauge('partition_messages_ahead', 'Outbox messages to come for which partitions exist'),
    databaseBytes: gauge('database_bytes', 'Size of the database'),
    dataDiskFreeBytes: gauge('data_disk_free_bytes', 'Free room on the disk of FT_DATA_DIR, as this process sees it'),
    dataDiskBytes: gauge('data_disk_bytes', 'Size of the disk of FT_DATA_DIR, as this process sees it'),
    monitoredAt: gauge(
      'monitored_at_seconds',
      'When the metrics that are read from the database were read last, in seconds since 1970',
    ),
  }
}

function pipelineMetrics({ counter, histogram }: Factory) {
  return {
    eventsProcessed: counter('events_processed_total', 'Events that were stored; stage is always ingest', [
      'network',
      'stage',
    ]),
    reorgsDetected: counter('reorgs_detected_total', 'Forks of the chain that were followed', ['network']),
    reorgDepth: histogram(
      'reorg_depth',
      'Blocks that left the canonical chain in one reorg',
      ['network'],
      [1, 2, 4, 8, 16, 32, 64, 128, 256],
    ),
    endpointsQuarantined: counter(
      'endpoints_quarantined_total',
      'Endpoints that were left alone because the others contradict them',
      ['network', 'endpoint'],
    ),
  }
}

/** What is asked beside reading blocks, where it is switched on; the gauges are read like the network metrics. */
function askingMetrics({ gauge, counter }: Factory) {
  return {
    metadataLooks: counter(
      'metadata_looks_total',
      'Looks at the metadata of assets; outcome is found, no_uri, bad_uri, not_allowed, unreachable, http_error, bad_document, or unasked when the chain could not be asked',
      ['network', 'outcome'],
    ),
    metadataDue: gauge('metadata_due', 'Assets whose metadata is due to be looked at; at most 20,000 are counted', [
      'network',
    ]),
    metadataOldestDueSeconds: gauge(
      'metadata_oldest_due_seconds',
      'For how long the asset that waits for longest has been due; 0 when none is',
      ['network'],
    ),
    openingBalances: counter('opening_balances_total', 'Opening balances that were written', ['network']),
    openingBlocksWaiting: gauge(
      'opening_blocks_waiting',
      'Final blocks that were not looked through yet for accounts without an opening balance',
      ['network'],
    ),
  }
}

function rpcMetrics({ counter, histogram }: Factory) {
  return {
    rpcRequests: counter(
      'rpc_requests_total',
      'Requests to chain endpoints, and to the source of listings (methods collection, listings); outcome is ok, an error code, internal, or aborted when the process stopped',
      ['network', 'method', 'outcome'],
    ),
    rpcSeconds: histogram('rpc_seconds', 'Time of a request to a chain endpoint', ['network', 'method'], LONG),
  }
}

function taskMetrics({ gauge, counter, histogram }: Factory) {
  return {
    taskDurationSeconds: histogram('task_duration_seconds', 'Time of one run of a task', ['task'], LONG),
    taskMessages: counter('task_messages_total', 'Messages that a task has handled', ['task']),
    taskFailures: counter('task_failures_total', 'Runs of a task that failed', ['task']),
    taskInFlight: gauge('task_in_flight', 'Runs of a task that are under way', ['task']),
    taskRedeliveries: counter('task_redeliveries_total', 'Messages that were delivered to a task again', ['task']),
    taskLag: gauge(
      'task_lag',
      'Seconds that the oldest message of the last run of a task had waited; 0 when none has come for 15 s',
      ['task'],
    ),
  }
}

function factory(registry: Registry, docs: MetricDoc[]) {
  const registers = [registry]
  const named = <L extends string>(type: MetricDoc['type'], name: string, help: string, labelNames: readonly L[]) => {
    docs.push({ name: `ft_${name}`, type, help, labels: labelNames })
    return { name: `ft_${name}`, help, labelNames, registers }
  }
  return {
    gauge: <L extends string = never>(name: string, help: string, labels: readonly L[] = []) =>
      new Gauge<L>(named('gauge', name, help, labels)),
    counter: <L extends string = never>(name: string, help: string, labels: readonly L[] = []) =>
      new Counter<L>(named('counter', name, help, labels)),
    histogram: <L extends string>(name: string, help: string, labels: readonly L[], buckets: number[]) =>
      new Histogram<L>({ ...named('histogram', name, help, labels), buckets }),
  }
}
