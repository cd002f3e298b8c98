import type { Output } from './context.js'

export interface ProgressOptions {
  /** What is done, `polygon backfill`. */
  readonly label: string
  /** How much there is to do, in the units that `update` counts; leave out what is not known, or not yet. */
  readonly total?: number
  readonly log: { info(fields: object, message: string): void }
  /** Where a terminal shows the line; when it is no terminal, log lines are written instead. */
  readonly stream: Output
  /** Milliseconds of any steady clock. */
  readonly clock?: () => number
}

export interface Progress {
  /** Says how much is done by now (and in all, once that is known), from the beginning of the whole work; the first call is where this run starts. */
  update(done: number, extra?: string, total?: number): void
  /** Ends the line, or logs the last one. */
  done(): void
}

/** The state that a line shows. */
export interface ProgressState {
  readonly label: string
  readonly done: number
  readonly total: number | undefined
  /** Per second; undefined until two moments have been seen. */
  readonly rate: number | undefined
  readonly extra: string | undefined
}

const REDRAW_MS = 100
const LOG_MS = 10_000
const RATE_WINDOW_MS = 30_000

/**
 * Progress of long work: in a terminal one line that is rewritten in place, otherwise a log line every 10 seconds. The rate is
 * that of the last 30 seconds, so the time left follows a slow endpoint.
 */
export function progress(options: ProgressOptions): Progress {
  const { label, log, stream, clock = () => performance.now() } = options
  const terminal = stream.isTTY === true
  const rate = rateOf(RATE_WINDOW_MS)
  const interval = terminal ? REDRAW_MS : LOG_MS
  let state: ProgressState = { label, done: 0, total: options.total, rate: undefined, extra: undefined }
  let shownAt: number | undefined
  const show = () => {
    const text = progressText(state)
    // The cursor goes back to the start of the line, so that a log line overwrites the progress instead of following it.
    if (terminal) stream.write(`${cut(text, stream.columns)}\u001b[K\r`)
    else log.info({ done: state.done, ...(state.total === undefined ? {} : { total: state.total }) }, text)
  }
  return {
    update: (done, extra, total = options.total) => {
      const now = clock()
      state = { label, done, total, rate: rate(now, done), extra }
      // Without a terminal the first line comes after an interval: short work needs none.
      if (shownAt === undefined && !terminal) shownAt = now
      if (shownAt !== undefined && now - shownAt < interval) return
      shownAt = now
      show()
    },
    done: () => {
      if (shownAt === undefined) return
      show()
      if (terminal) stream.write('\n')
    },
  }
}

/** A function that is told (milliseconds, count) and gives the rate per second over the last `windowMs`. */
function rateOf(windowMs: number): (now: number, done: number) => number | undefined {
  let samples: { readonly at: number; readonly done: number }[] = []
  return (now, done) => {
    const newest = samples.at(-1)
    if (newest === undefined || now - newest.at >= REDRAW_MS) samples.push({ at: now, done })
    // One sample from before the window stays: rare updates need two to tell a rate.
    const firstInside = samples.findIndex((sample) => sample.at >= now - windowMs)
    if (firstInside > 1) samples = samples.slice(firstInside - 1)
    const oldest = samples[0]
    if (oldest === undefined || now === oldest.at) return undefined
    return Math.max(0, ((done - oldest.done) / (now - oldest.at)) * 1000)
  }
}

/** One line of progress: `polygon backfill  1,200 of 9,000 (13.3 %)  250/s  31 s left  extra`. */
export function progressText({ label, done, total, rate, extra }: ProgressState): string {
  const count = total === undefined ? number(done) : `${number(done)} of ${number(total)} (${percent(done, total)} %)`
  const left = total === undefined || rate === undefined || rate === 0 ? undefined : (total - done) / rate
  const parts = [
    label,
    count,
    rate === undefined ? undefined : `${number(rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10)}/s`,
    left === undefined || left <= 0 ? undefined : `${durationText(left)} left`,
    extra,
  ]
  return parts.filter((part) => part !== undefined && part !== '').join('  ')
}

/** Seconds as `42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

/** Rounded down, so that 100.0 % is shown only when all is done. */
function percent(done: number, total: number): string {
  return total === 0 ? '100.0' : (Math.floor((done / total) * 1000) / 10).toFixed(1)
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function cut(text: string, columns: number | undefined): string {
  return columns === undefined || text.length < columns ? text : text.slice(0, Math.max(0, columns - 1))
}
