import { z } from 'zod'

/** What the picture needs of a panel of Grafana's file. Places are in a grid of 24 columns. */
export const panelSchema = z.object({
  type: z.enum(['stat', 'timeseries']),
  title: z.string(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }),
})
export type Panel = z.infer<typeof panelSchema>

/** A line: times in seconds since 1970, and values. */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [at: number, value: number])[]
}

export interface Span {
  readonly start: number
  readonly end: number
}

const COLOURS = [
  '#3274d9',
  '#56a64b',
  '#e0b400',
  '#e02f44',
  '#8f3bb8',
  '#ff780a',
  '#19a7a1',
  '#777777',
  '#c4162a',
  '#1f60c4',
]
const MOST_NAMES = 8
const LONGEST_NAME = 27

/** The panel as SVG of this size in pixels. */
export function drawPanel(panel: Panel, series: readonly Series[], span: Span, width: number, height: number): string {
  const title = `<text x="10" y="20" font-weight="600">${asXml(panel.title)}</text>`
  const frame = `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="3" fill="#fff" stroke="#d8d9da"/>`
  const inside = panel.type === 'stat' ? stat(panel, series, width, height) : lines(panel, series, span, width, height)
  return `${frame}${title}${inside}`
}

function stat(panel: Panel, series: readonly Series[], width: number, height: number): string {
  const last = series[0]?.points.at(-1)?.[1] ?? Number.NaN
  return `<text x="${width / 2}" y="${height / 2 + 22}" text-anchor="middle" font-size="32" fill="#3274d9">${inUnit(last, unitOf(panel))}</text>`
}

function lines(panel: Panel, series: readonly Series[], span: Span, width: number, height: number): string {
  const shown = series.filter(({ points }) => points.length > 0)
  const names = shown.slice(0, MOST_NAMES)
  const [left, top, right, bottom] = [64, 34, width - 12, height - 24 - 16 * Math.ceil(names.length / 3)]
  const all = shown.flatMap(({ points }) => points.map(([, value]) => value))
  const smallest = Math.min(...all)
  // What is always far above zero (a block's height) is drawn from its own least value, as Grafana does.
  const low = smallest > 0.5 * Math.max(...all) ? smallest : Math.min(0, smallest)
  const high = Math.max(...all) > low ? Math.max(...all) : low + 1
  const across = (at: number): number => left + ((at - span.start) / (span.end - span.start)) * (right - left)
  const up = (value: number): number => bottom - ((value - low) / (high - low)) * (bottom - top)
  const grid = [0, 0.5, 1].map((part) => {
    const value = low + part * (high - low)
    const y = up(value).toFixed(1)
    return `<line x1="${left}" x2="${right}" y1="${y}" y2="${y}" stroke="#eee"/><text x="${left - 6}" y="${up(value) + 4}" text-anchor="end" fill="#777">${inUnit(value, unitOf(panel))}</text>`
  })
  const times = [span.start, (span.start + span.end) / 2, span.end].map(
    (at, index) =>
      `<text x="${across(at)}" y="${bottom + 16}" text-anchor="${['start', 'middle', 'end'][index]}" fill="#777">${new Date(at * 1000).toISOString().slice(11, 16)}</text>`,
  )
  const drawn = shown.map(({ points }, index) => {
    const path = points.map(([at, value]) => `${across(at).toFixed(1)},${up(value).toFixed(1)}`).join(' ')
    return `<polyline points="${path}" fill="none" stroke="${colour(index)}" stroke-width="1.5"/>`
  })
  const legend = names.map(({ name }, index) => {
    const x = left + (index % 3) * ((right - left) / 3)
    const y = bottom + 34 + 16 * Math.floor(index / 3)
    const others = shown.length - MOST_NAMES
    const text = index === MOST_NAMES - 1 && others > 0 ? `and ${others + 1} more` : cut(name)
    return `<rect x="${x}" y="${y - 7}" width="12" height="3" fill="${colour(index)}"/><text x="${x + 17}" y="${y}">${asXml(text)}</text>`
  })
  return [...grid, ...times, ...drawn, ...legend].join('')
}

function cut(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name
}

function unitOf(panel: Panel): string {
  return panel.fieldConfig.defaults.unit
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#777777'
}

function inUnit(value: number, unit: string): string {
  if (Number.isNaN(value)) return 'no data'
  if (unit === 's') return Math.abs(value) < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`
  if (unit === 'percentunit') return `${short(value * 100)} %`
  if (unit === 'bytes') return `${short(value / 1024 ** 2)} MiB`
  return short(value)
}

function short(value: number): string {
  if (Math.abs(value) >= 1e6) return `${short(value / 1e6)} M`
  if (Math.abs(value) >= 1e4) return `${short(value / 1e3)} k`
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 })
}

/** Text in XML. */
export function asXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
