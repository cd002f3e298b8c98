import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { page } from '../../docs/dashboard/page.js'
import { panelSchema } from '../../docs/dashboard/panel.js'

const file = fileURLToPath(new URL('../../docker/grafana/dashboards/ft.json', import.meta.url))
const { panels } = z.object({ panels: z.array(panelSchema) }).parse(JSON.parse(readFileSync(file, 'utf8')))

test('the picture of the dashboard has every panel of it, with its lines, its names and its last values', () => {
  const series = [
    {
      name: 'a <b>',
      points: [
        [1_000, 2],
        [1_060, 7],
      ],
    },
  ] as const
  const html = page(
    'ft',
    panels.map((panel) => ({ panel, series })),
    { start: 1_000, end: 1_060 },
  )
  const drawn = html.split('<svg ').slice(1)
  expect(drawn).toHaveLength(panels.length)
  for (const [index, panel] of panels.entries()) {
    expect(drawn[index]).toContain(`>${panel.title}</text>`)
    if (panel.type === 'timeseries') {
      expect(drawn[index]).toMatch(/<polyline points="[\d.]+,[\d.]+ [\d.]+,[\d.]+"/)
      expect(drawn[index]).toContain('a &lt;b>')
    } else {
      expect(drawn[index]).toMatch(/>(7|7 s|700 %)<\/text>/)
    }
  }
})

test('what has no value says so', () => {
  const [stat] = panels.filter(({ type }) => type === 'stat')
  if (stat === undefined) throw new Error('the dashboard has no such panel')
  expect(page('ft', [{ panel: stat, series: [] }], { start: 0, end: 60 })).toContain('no data')
})
