import { execFile } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { createMetrics } from '../../src/observability/metrics.js'
import { type PrometheusTools, prometheusTools } from '../support/prometheus.js'
import { temporaryFolder } from '../support/temporaryFolder.js'

const root = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const read = (name: string): string => readFileSync(root(name), 'utf8')
const rules = read('docker/prometheus/alerts.yml')
const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)

let tools: PrometheusTools
beforeAll(async () => {
  tools = await prometheusTools()
}, 120_000)

/** What promtool says, with its exit code. */
async function promtool(...argv: string[]): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(tools.promtool, argv)
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

test('the unit tests of the alerts pass, and every alert has one', async () => {
  expect(await promtool('test', 'rules', root('docker/prometheus/alerts.test.yml'))).toMatchObject({ code: 0 })
  const tested = new Set([...read('docker/prometheus/alerts.test.yml').matchAll(/alertname: (\w+)/g)].map((m) => m[1]))
  expect([...tested].sort()).toEqual([...names].sort())
})

test('they fail when an alert is weakened', async () => {
  const folder = temporaryFolder()
  cpSync(root('docker/prometheus/alerts.test.yml'), path.join(folder, 'alerts.test.yml'))
  writeFileSync(path.join(folder, 'alerts.yml'), rules.replace('max(ft_dlq_depth) > 0', 'max(ft_dlq_depth) > 1'))
  const { code, output } = await promtool('test', 'rules', path.join(folder, 'alerts.test.yml'))
  expect(code).toBe(1)
  expect(output).toContain('FtDeadLetters')
})

test('alerts speak of metrics and labels that exist', () => {
  const known = createMetrics().docs.map(({ name }) => name)
  for (const [name] of rules.matchAll(/\bft_\w+/g)) {
    expect(known, name).toContain(name.replace(/_(count|sum|bucket)$/, ''))
  }
})

test('every alert links to a section of the runbook that exists', () => {
  const anchors = [...read('docs/runbook.md').matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title ?? ''))
  const links = [...rules.matchAll(/runbook_url: docs\/runbook\.md#(\S+)/g)].map(([, anchor]) => anchor)
  expect(links).toHaveLength(names.length)
  for (const link of links) expect(anchors).toContain(link)
})

/** As GitHub makes it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
