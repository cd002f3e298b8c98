import type { PlotSpec, Point } from '../support/plot.js'

/** After each batch: ledger entries so far, seconds so far, resident memory of Node. */
export type Progress = readonly (readonly [entries: number, seconds: number, memoryBytes: number])[]

const PARTS = 50

/** Entries per second in each fiftieth of the history. */
export function ratePlot(progress: Progress): PlotSpec {
  return {
    title: 'Backfill: throughput against size of the history',
    x: 'ledger entries so far',
    y: 'entries per second',
    points: rates(progress, PARTS),
  }
}

/** Resident memory of Node over time: the largest in each fiftieth of the history. */
export function memoryPlot(progress: Progress): PlotSpec {
  const size = Math.ceil(progress.length / PARTS)
  const points = Array.from({ length: Math.ceil(progress.length / size) }, (_, part): Point => {
    const batches = progress.slice(part * size, (part + 1) * size)
    return [batches.at(-1)?.[1] ?? 0, Math.max(...batches.map(([, , bytes]) => bytes)) / 1e6]
  })
  return { title: 'Backfill: memory of Node', x: 'seconds', y: 'MB', points }
}

/** Speed of the last tenth of the history divided by that of the first. */
export function lastAgainstFirst(progress: Progress): number {
  const tenths = rates(progress, 10)
  return (tenths.at(-1)?.[1] ?? Number.NaN) / (tenths[0]?.[1] ?? Number.NaN)
}

/** For each of `parts` equal parts of the history: where it ends, and its rate, between the nearest batches. */
function rates(progress: Progress, parts: number): Point[] {
  const total = progress.at(-1)?.[0] ?? 0
  const points: Point[] = []
  let from: readonly [entries: number, seconds: number, memoryBytes: number] = [0, 0, 0]
  for (let part = 1; part <= parts; part += 1) {
    const end = progress.find(([entries]) => entries >= (total * part) / parts)
    if (end === undefined || end[0] === from[0]) continue
    points.push([end[0], (end[0] - from[0]) / (end[1] - from[1])])
    from = end
  }
  return points
}
