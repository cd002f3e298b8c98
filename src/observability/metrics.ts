import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Handles of every metric of ft.supply, and their text for a scrape. */
export type Metrics = ReturnType<typeof createMetrics>

const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const LONG = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/**
 * All metrics on a registry of their own. This is the only place where a metric is named; every name gets the prefix `ft_`.
 * `text()` gives the Prometheus exposition, `contentType` its media type.
 */
export function createMetrics() {
  const registry = new Registry()
  const make = factory(registry)
  return {
    ...pipelineMetrics(make),
    ...rpcMetrics(make),
    ...taskMetrics(make),
    apiRequestSeconds: make.histogram(
      'api_request_seconds',
      'Time to answer an API request, by route pattern',
      ['route', 'method', 'status'],
      SHORT,
    ),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}

type Factory = ReturnType<typeof factory>

function pipelineMetrics({ gauge, counter, histogram }: Factory) {
  return {
    ingestLag: gauge('ingest_lag', 'Seconds from the time of the newest ingested block to now', ['network']),
    normalizerLag: gauge('normalizer_lag', 'Seconds from the time of the newest normalized block to now', ['network']),
    projectionLag: gauge('projection_lag', 'Seconds from the time of the newest projected block to now', ['network']),
    outboxUnpublished: gauge('outbox_unpublished', 'Outbox messages that wait to be published'),
    outboxOldestSeconds: gauge(
      'outbox_oldest_seconds',
      'Age of the oldest outbox message that waits; 0 when none does',
    ),
    dlqDepth: gauge('dlq_depth', 'Dead letters that are neither replayed nor dropped'),
    eventsProcessed: counter('events_processed_total', 'Events that a stage committed', ['network', 'stage']),
    reorgsDetected: counter('reorgs_detected_total', 'Forks of the chain that were followed', ['network']),
    reorgDepth: histogram(
      'reorg_depth',
      'Blocks that left the canonical chain in one reorg',
      ['network'],
      [1, 2, 4, 8, 16, 32, 64, 128, 256],
    ),
    negativeOwnershipRows: gauge('negative_ownership_rows', 'Holdings below zero: their history is not whole', [
      'network',
    ]),
  }
}

function rpcMetrics({ counter, histogram }: Factory) {
  return {
    rpcRequests: counter('rpc_requests_total', 'Requests to chain endpoints; outcome is ok or the error code', [
      'network',
      'method',
      'outcome',
    ]),
    rpcSeconds: histogram('rpc_seconds', 'Time of a request to a chain endpoint', ['network', 'method'], LONG),
  }
}

function taskMetrics({ gauge, counter, histogram }: Factory) {
  return {
    taskDurationSeconds: histogram('task_duration_seconds', 'Time of one run of a task', ['task'], LONG),
    taskFailures: counter('task_failures_total', 'Runs of a task that failed', ['task']),
    taskInFlight: gauge('task_in_flight', 'Runs of a task that are under way', ['task']),
    taskRedeliveries: counter('task_redeliveries_total', 'Messages that a task got once more', ['task']),
    taskLag: gauge('task_lag', 'Seconds that the newest message handled by a task had waited; 0 when none waits', [
      'task',
    ]),
  }
}

function factory(registry: Registry) {
  const registers = [registry]
  return {
    gauge: <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Gauge<L>({ name: `ft_${name}`, help, labelNames, registers }),
    counter: <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter<L>({ name: `ft_${name}`, help, labelNames, registers }),
    histogram: <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
      new Histogram<L>({ name: `ft_${name}`, help, labelNames, buckets, registers }),
  }
}
