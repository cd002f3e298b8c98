import { expect, test } from 'vitest'
import { createMetrics } from './metrics.js'

/** Names of all metrics with their types, as a scrape shows them. */
async function names(): Promise<string[]> {
  const text = await createMetrics().text()
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
}

test('the names that dashboards and alerts rely on do not change', async () => {
  expect(await names()).toEqual([
    'ft_head_block gauge',
    'ft_ingested_block gauge',
    'ft_finalized_block gauge',
    'ft_projected_block gauge',
    'ft_ingest_lag gauge',
    'ft_normalizer_lag gauge',
    'ft_projection_lag gauge',
    'ft_finalized_lag gauge',
    'ft_network_disputed gauge',
    'ft_history_complete gauge',
    'ft_leader_present gauge',
    'ft_outbox_unpublished gauge',
    'ft_outbox_oldest_seconds gauge',
    'ft_dlq_depth gauge',
    'ft_negative_ownership_rows gauge',
    'ft_collections_not_derivable gauge',
    'ft_partition_blocks_ahead gauge',
    'ft_partition_messages_ahead gauge',
    'ft_database_bytes gauge',
    'ft_data_disk_free_bytes gauge',
    'ft_data_disk_bytes gauge',
    'ft_monitored_at_seconds gauge',
    'ft_events_processed_total counter',
    'ft_reorgs_detected_total counter',
    'ft_reorg_depth histogram',
    'ft_endpoints_quarantined_total counter',
    'ft_metadata_looks_total counter',
    'ft_metadata_due gauge',
    'ft_metadata_oldest_due_seconds gauge',
    'ft_opening_balances_total counter',
    'ft_opening_blocks_waiting gauge',
    'ft_rpc_requests_total counter',
    'ft_rpc_seconds histogram',
    'ft_task_duration_seconds histogram',
    'ft_task_messages_total counter',
    'ft_task_failures_total counter',
    'ft_task_in_flight gauge',
    'ft_task_redeliveries_total counter',
    'ft_task_lag gauge',
    'ft_api_request_seconds histogram',
    'ft_api_local_limits_total counter',
  ])
})

test('every metric has a help text', async () => {
  const text = await createMetrics().text()
  expect(text.match(/^# HELP \S+ .{10,}$/gm)).toHaveLength((await names()).length)
})

test('alerts on depth and outbox see a 0 before anything happened, not a missing series', async () => {
  const text = await createMetrics().text()
  for (const name of ['ft_dlq_depth', 'ft_outbox_unpublished', 'ft_outbox_oldest_seconds']) {
    expect(text).toMatch(new RegExp(`^${name} 0$`, 'm'))
  }
})

test('two sets of metrics in one process do not see each other', async () => {
  const [one, other] = [createMetrics(), createMetrics()]
  one.eventsProcessed.inc({ network: 'polygon', stage: 'normalize' }, 3)
  one.reorgDepth.observe({ network: 'polygon' }, 5)
  expect(await one.text()).toContain('ft_events_processed_total{network="polygon",stage="normalize"} 3')
  expect(await one.text()).toContain('ft_reorg_depth_bucket{le="8",network="polygon"} 1')
  expect(await other.text()).not.toContain('polygon')
  expect(one.contentType).toMatch(/^text\/plain/)
})

test('labels are of few values: no metric is labelled with an id, an address or a URL', () => {
  const labels = new Set(createMetrics().docs.flatMap((doc) => doc.labels))
  expect([...labels].sort()).toEqual(['endpoint', 'method', 'network', 'outcome', 'route', 'stage', 'status', 'task'])
})
