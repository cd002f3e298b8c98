import { table } from '../src/cli/table.js'

/** One line of what `npm run bench` prints in the end. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Which direction is better. */
  readonly better: 'more' | 'less'
  /** The same without our work, measured in the same run. */
  readonly floor?: number
  /** What the project asks of this figure on the 2-core machine; speeds depend on the machine, so read them beside the floor. */
  readonly bar?: number
}

/** Those whose name contains `part`; all without one. @throws Error when there are none, which would be a table of nothing */
export function named<T>(all: readonly T[], nameOf: (one: T) => string, part = ''): readonly T[] {
  const found = all.filter((one) => nameOf(one).includes(part))
  if (found.length === 0) throw new Error(`nothing is named --only "${part}"; there are: ${all.map(nameOf).join('; ')}`)
  return found
}

/** The figures of all benchmarks as one table. */
export function summary(figures: readonly (Figure & { readonly benchmark: string })[]): string {
  return table(
    figures.map(({ benchmark, name, value, unit, better, floor, bar }) => [
      ...[benchmark, name, `${short(value)} ${unit}`],
      floor === undefined ? '' : short(floor),
      floor === undefined ? '' : (better === 'more' ? value / floor : floor / value).toFixed(2),
      bar === undefined ? '' : `${better === 'more' ? '≥' : '≤'} ${short(bar)}`,
      bar === undefined ? '' : isMet(value, bar, better) ? 'met' : 'missed',
    ]),
    ['benchmark', 'figure', 'value', 'floor', 'of the floor', 'bar', ''],
  )
}

function isMet(value: number, bar: number, better: Figure['better']): boolean {
  return better === 'more' ? value >= bar : value <= bar
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value < 1000 ? 3 : 5 })
}

/** The value below which a share of the values lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
