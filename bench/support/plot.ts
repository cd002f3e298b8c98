/** A point of a line: x and y in the units of the axes. */
export type Point = readonly [x: number, y: number]

export interface PlotSpec {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly points: readonly Point[]
}

const WIDTH = 720
const HEIGHT = 360
const LEFT = 72
const TOP = 40
const RIGHT = 24
const BOTTOM = 48
const STEPS = 5

/** A line as an SVG document; both axes begin at 0. */
export function plot({ title, x, y, points }: PlotSpec): string {
  const most = { x: ceiling(points.map(([value]) => value)), y: ceiling(points.map(([, value]) => value)) }
  const across = (value: number): number => LEFT + (value / most.x) * (WIDTH - LEFT - RIGHT)
  const up = (value: number): number => HEIGHT - BOTTOM - (value / most.y) * (HEIGHT - TOP - BOTTOM)
  const steps = Array.from({ length: STEPS + 1 }, (_, index) => index / STEPS)
  const grid = steps.flatMap((step) => [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(step * most.y)}" y2="${up(step * most.y)}" stroke="#ddd"/>`,
    label(LEFT - 8, up(step * most.y) + 4, 'end', short(step * most.y)),
    label(across(step * most.x), HEIGHT - BOTTOM + 18, 'middle', short(step * most.x)),
  ])
  const line = points.map(([px, py]) => `${across(px).toFixed(1)},${up(py).toFixed(1)}`).join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${title}</text>`,
    ...grid,
    label(WIDTH - RIGHT, HEIGHT - 8, 'end', x),
    label(LEFT, TOP - 6, 'start', y),
    `<polyline points="${line}" fill="none" stroke="#0b6" stroke-width="2"/>`,
    '</svg>\n',
  ].join('\n')
}

function label(x: number, y: number, anchor: string, text: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#555">${text}</text>`
}

/** The next round number above all values. */
function ceiling(values: readonly number[]): number {
  const largest = Math.max(1, ...values)
  const unit = 10 ** Math.floor(Math.log10(largest))
  return Math.ceil(largest / unit) * unit
}

function short(value: number): string {
  return value >= 1e6 ? `${value / 1e6} M` : value >= 1e3 ? `${value / 1e3} k` : String(Math.round(value * 100) / 100)
}
