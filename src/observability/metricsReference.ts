import { createMetrics, type MetricDoc } from './metrics.js'

const HEAD = `# Metrics

Every process serves \`/metrics\` on its \`FT_METRICS_PORT\`. Written from \`src/observability/metrics.ts\`; do not edit. After a change:
\`UPDATE_SNAPSHOT=1 npx vitest run tests/observability\`. The alerts on them are in \`docker/prometheus/alerts.yml\`, the dashboard in
\`docker/grafana\`, what to do about them in [runbook.md](runbook.md).

Lags are in seconds. What is read from the database (lags, blocks, outbox, dead letters, partitions) comes from the task \`monitor\`,
every 5 seconds: a process that does not run it shows no network there, and 0 for what has no label. Beside these come the metrics of
the Node process itself (\`process_*\`, \`nodejs_*\`).
`

/** The text of `docs/metrics.md`. */
export function metricsReference(): string {
  const rows = createMetrics().docs.map(({ name, type, labels, help }: MetricDoc) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${shown} | ${help} |`
  })
  return [HEAD, '| Metric | Type | Labels | What it says |', '|---|---|---|---|', ...rows, ''].join('\n')
}
