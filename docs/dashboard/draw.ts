import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { z } from 'zod'
import { HEIGHT, page, WIDTH } from './page.js'
import { type Panel, panelSchema, type Series } from './panel.js'

/*
 * npm run docs:dashboard -- http://127.0.0.1:9090 --minutes 15
 *
 * The Grafana dashboard as it looks on what a Prometheus has just scraped, without Grafana: every query of the dashboard's file is asked
 * over the last minutes, and a headless Chromium (CHROMIUM, or chromium on the PATH) makes the picture of the page.
 */

const DASHBOARD = fileURLToPath(new URL('../../docker/grafana/dashboards/ft.json', import.meta.url))
const PICTURE = fileURLToPath(new URL('../dashboard.png', import.meta.url))
const POINTS = 240
const matrix = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
})

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '15' }, out: { type: 'string', default: PICTURE } },
})
const [prometheus = 'http://127.0.0.1:9090'] = positionals
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: must be a number above 0`)

const dashboard = z
  .object({ title: z.string(), panels: z.array(panelSchema) })
  .parse(JSON.parse(await readFile(DASHBOARD, 'utf8')))
const end = Date.now() / 1000
const start = end - minutes * 60
const drawn = await Promise.all(
  dashboard.panels.map(async (panel) => ({ panel, series: (await Promise.all(panel.targets.map(ask))).flat() })),
)
const empty = drawn.filter(({ series }) => series.length === 0).map(({ panel }) => panel.title)
if (empty.length > 0) throw new Error(`no data for ${empty.join(', ')}: is the system scraped by ${prometheus}?`)
await photograph(page(dashboard.title, drawn, { start, end }), resolve(values.out))
process.stdout.write(`${drawn.length} panels of ${minutes} minutes in ${values.out}\n`)

/** The lines of a query over the time of the picture. @throws Error when Prometheus refuses it */
async function ask({ expr, legendFormat }: Panel['targets'][number]): Promise<Series[]> {
  const step = Math.max(1, Math.round((end - start) / POINTS))
  const query = new URLSearchParams({ query: expr, start: String(start), end: String(end), step: String(step) })
  const answer = await fetch(`${prometheus}/api/v1/query_range?${query}`)
  if (!answer.ok) throw new Error(`${expr}: ${answer.status} ${await answer.text()}`)
  const { result } = matrix.parse(await answer.json()).data
  return result.map(({ metric, values: points }) => ({
    name: legendFormat.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: points.map(([at, value]) => [at, Number(value)] as const).filter(([, value]) => Number.isFinite(value)),
  }))
}

async function photograph(html: string, file: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ft-dashboard-'))
  try {
    await writeFile(join(folder, 'page.html'), html)
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run']
    await promisify(execFile)(process.env['CHROMIUM'] ?? 'chromium', [
      ...flags,
      `--user-data-dir=${join(folder, 'profile')}`,
      `--window-size=${WIDTH},${HEIGHT(dashboard.panels)}`,
      `--screenshot=${file}`,
      `file://${join(folder, 'page.html')}`,
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
