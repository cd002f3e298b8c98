import { asXml, drawPanel, type Panel, type Series, type Span } from './panel.js'

const COLUMN = 54
const ROW = 34
const GAP = 8
const HEAD = 48

/** Size of the page in pixels. */
export const WIDTH = 24 * COLUMN + GAP
export const HEIGHT = (panels: readonly Panel[]): number =>
  HEAD + Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * ROW + GAP

/** The dashboard as one HTML page, its panels where Grafana puts them. */
export function page(
  title: string,
  panels: readonly { readonly panel: Panel; readonly series: readonly Series[] }[],
  span: Span,
): string {
  const drawn = panels.map(({ panel, series }) => {
    const { x, y, w, h } = panel.gridPos
    const [width, height] = [w * COLUMN - GAP, h * ROW - GAP]
    const place = `left:${x * COLUMN + GAP}px;top:${HEAD + y * ROW}px`
    return `<svg style="${place}" width="${width}" height="${height}">${drawPanel(panel, series, span, width, height)}</svg>`
  })
  return `<!doctype html><meta charset="utf-8"><title>${asXml(title)}</title>
<style>body{margin:0;background:#f4f5f5;font:12px sans-serif}h1{margin:0;padding:14px;font-size:18px}svg{position:absolute}</style>
<h1>${asXml(title)}</h1>
${drawn.join('\n')}
`
}
