import type { PlotSpec, Point } from '../support/plot.js'

/** Ledger entries so far, and seconds so far, after each batch. */
export type Progress = readonly (readonly [entries: number, seconds: number])[]

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

/** Speed of the last tenth of the history divided by that of the first. */
export function lastAgainstFirst(progress: Progress): number {
  const tenths = rates(progress, 10)
  return (tenths.at(-1)?.[1] ?? Number.NaN) / (tenths[0]?.[1] ?? Number.NaN)
}

/** For each of `parts` equal parts of the history: where it ends, and its rate, between the nearest batches. */
function rates(progress: Progress, parts: number): Point[] {
  const total = progress.at(-1)?.[0] ?? 0
  const points: Point[] = []
  let from: readonly [number, number] = [0, 0]
  for (let part = 1; part <= parts; part += 1) {
    const end = progress.find(([entries]) => entries >= (total * part) / parts)
    if (end === undefined || end[0] === from[0]) continue
    points.push([end[0], (end[0] - from[0]) / (end[1] - from[1])])
    from = end
  }
  return points
}
