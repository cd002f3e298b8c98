import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Probes, serveProbes } from '../../src/observability/probes.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { freePort } from '../support/ports.js'
import { prometheusTools } from '../support/prometheus.js'
import { buildChain } from '../support/replay/chain.js'
import { type Replay, startReplay } from '../support/replay/server.js'
import { address, transfer721, ZERO } from '../support/replay/specs.js'
import { type RunningSystem, startSystem } from '../support/system.js'
import { temporaryFolder } from '../support/temporaryFolder.js'

/*
 * A running system, scraped by a real Prometheus: the metrics are what their documentation says, move with the work, and every query
 * of the dashboard and every series of the alerts has data.
 */

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8')
const dashboard = z
  .object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })) })
  .parse(JSON.parse(read('docker/grafana/dashboards/ft.json')))
const alerts = z
  .object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })) })
  .parse(parse(read('docker/prometheus/alerts.yml')))
  .groups.flatMap(({ rules }) => rules)

const account = address('account', 1)
const chain = buildChain(
  Array.from({ length: 20 }, (_, i) => [
    transfer721({ contract: address('nft', 1), from: ZERO, to: account, tokenId: BigInt(i) }),
  ]),
)

let database: TestDatabase
let node: Replay
let env: Record<string, string>
let system: RunningSystem
let probes: Probes

beforeAll(async () => {
  database = await createTestDatabase()
  node = await startReplay(chain, { head: 20, finalized: 10 })
  env = {
    ...{ DATABASE_URL: database.url, POLYGON_RPC_URL: node.url, POLYGON_START_BLOCK: '0' },
    // The node refuses what they ask, which is an outcome like others.
    ...{ POLYGON_METADATA: 'on', POLYGON_OPENING_BALANCES: 'on' },
  }
})

afterAll(async () => {
  await probes?.close()
  await system?.stop()
  await node.close()
  await database.drop()
})

/** The value of a series in a scrape, NaN where there is none. */
async function scraped(series: string): Promise<number> {
  const line = (await system.metrics.text()).split('\n').find((text) => text.startsWith(`${series} `))
  return line === undefined ? Number.NaN : Number(line.slice(series.length))
}

test('the lag of a stopped stage rises above that of ingestion, and falls to it when the stage runs', async () => {
  const lagBehind = async () =>
    (await scraped('ft_normalizer_lag{network="polygon"}')) - (await scraped('ft_ingest_lag{network="polygon"}'))
  system = await startSystem(env, ['ingest-polygon', 'monitor'])
  // Blocks are two seconds apart, and ten of them are not final: they wait for the normalizer.
  await expect.poll(lagBehind, { timeout: 60_000, interval: 250 }).toBe(20)
  await system.stop()
  system = await startSystem(env)
  await expect.poll(lagBehind, { timeout: 60_000, interval: 250 }).toBe(0)
  await expect.poll(() => scraped('ft_outbox_unpublished'), { timeout: 60_000, interval: 250 }).toBe(0)
}, 150_000)

test('a scrape shows the metrics with the types and labels that the documentation names', async () => {
  probes = await serveProbes({
    host: '127.0.0.1',
    port: 0,
    health: () => ({ ready: true, reason: null }),
    metrics: system.metrics,
  })
  const text = await (await fetch(`${probes.url}/metrics`)).text()
  for (const { name, type, labels } of system.metrics.docs) {
    expect(text).toContain(`# TYPE ${name} ${type}\n`)
    const allowed = new Set([...labels, ...(type === 'histogram' ? ['le'] : [])])
    const series = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, 'gm'))
    for (const [, written = ''] of series) {
      for (const [, label = ''] of written.matchAll(/(\w+)="/g)) expect(allowed, name).toContain(label)
    }
  }
})

test('in Prometheus every query of the dashboard has data, and so has every series of the alerts', async () => {
  const prometheus = await startPrometheus(probes.url)
  try {
    const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })))
    const open = new Map(queries.map(({ title, expr }) => [expr, title]))
    // A panel over time has data after two scrapes with work between them, so the API is asked until all have.
    await expect
      .poll(
        async () => {
          await system.get('/api/v1/networks')
          for (const expr of open.keys()) if (await prometheus.hasData(expr)) open.delete(expr)
          return [...open]
        },
        { timeout: 90_000, interval: 500 },
      )
      .toEqual([])
    for (const { alert, expr } of alerts) {
      await prometheus.query(expr)
      // no task has failed and no request was refused: what an alert compares is there all the same
      for (const [series] of expr.matchAll(/\bft_\w+/g))
        expect((await prometheus.query(series)).length, `${alert}: ${series}`).toBeGreaterThan(0)
    }
    expect(await prometheus.query('ALERTS{alertname="FtDeadLetters"}')).toEqual([])
  } finally {
    await prometheus.stop()
  }
}, 150_000)

const answer = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }).optional(),
})

interface RunningPrometheus {
  /** The values of an instant query. @throws Error when Prometheus refuses it */
  query(expr: string): Promise<number[]>
  hasData(expr: string): Promise<boolean>
  stop(): Promise<void>
}

/** A Prometheus with the alerts of the repository that scrapes a process every second. */
async function startPrometheus(target: string): Promise<RunningPrometheus> {
  const { prometheus } = await prometheusTools()
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'alerts.yml'), read('docker/prometheus/alerts.yml'))
  const config = `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [alerts.yml]
scrape_configs: [{ job_name: ft, static_configs: [{ targets: ['${new URL(target).host}'] }] }]
`
  writeFileSync(path.join(folder, 'prometheus.yml'), config)
  const port = await freePort()
  const child: ChildProcess = spawn(
    prometheus,
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const exited = once(child, 'exit')
  const query = async (expr: string): Promise<number[]> => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`
    const { status, error, data } = answer.parse(await (await fetch(url)).json())
    if (status !== 'success') throw new Error(`${expr}: ${error}`)
    return (data?.result ?? []).map(({ value }) => Number(value[1]))
  }
  const up = () => query('up').catch(() => [])
  await expect.poll(up, { timeout: 60_000, interval: 250 }).toEqual([1])
  return {
    query,
    hasData: async (expr) => (await query(expr)).some((value) => Number.isFinite(value)),
    stop: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
