import { describe, expect, test } from 'vitest'
import { durationText, progress, progressText } from './progress.js'

/** A stream, a log and a clock that a test moves. */
function harness(options: { isTTY: boolean; columns?: number; total?: number }) {
  const written: string[] = []
  const logged: { fields: object; message: string }[] = []
  let now = 5_000
  const { isTTY, columns, total } = options
  return {
    written,
    logged,
    wait: (seconds: number) => {
      now += seconds * 1000
    },
    progress: progress({
      label: 'polygon backfill',
      ...(total === undefined ? {} : { total }),
      log: { info: (fields, message) => logged.push({ fields, message }) },
      stream: { write: (text) => written.push(text), isTTY, ...(columns === undefined ? {} : { columns }) },
      clock: () => now,
    }),
  }
}

const line = (text: string) => `${text}\u001b[K\r`

describe('in a terminal', () => {
  test('one line is rewritten in place and ended once', () => {
    const { progress, wait, written, logged } = harness({ isTTY: true, total: 9_000 })
    progress.update(1_000)
    wait(2)
    progress.update(3_000, '12 mints')
    progress.done()
    expect(written).toEqual([
      line('polygon backfill  1,000 of 9,000 (11.1 %)'),
      line('polygon backfill  3,000 of 9,000 (33.3 %)  1,000/s  6 s left  12 mints'),
      line('polygon backfill  3,000 of 9,000 (33.3 %)  1,000/s  6 s left  12 mints'),
      '\n',
    ])
    expect(logged).toEqual([])
  })

  test('a thousand updates in a second draw ten times, and the last one is not lost', () => {
    const { progress, wait, written } = harness({ isTTY: true })
    for (let done = 1; done <= 1_000; done += 1) {
      progress.update(done)
      wait(0.001)
    }
    expect(written).toHaveLength(10)
    progress.done()
    expect(written.at(-2)).toContain('polygon backfill  1,000  ')
  })

  test('a line longer than the terminal is cut, because a wrapped line cannot be rewritten', () => {
    const { progress, written } = harness({ isTTY: true, columns: 20 })
    progress.update(1_000_000, 'x'.repeat(100))
    expect(written).toEqual([line('polygon backfill  1')])
  })

  test('work that never started leaves no line behind', () => {
    const { progress, written } = harness({ isTTY: true })
    progress.done()
    expect(written).toEqual([])
  })
})

describe('without a terminal', () => {
  test('one log line every 10 seconds and one at the end, with numbers as fields', () => {
    const { progress, wait, written, logged } = harness({ isTTY: false, total: 100 })
    for (let done = 0; done <= 25; done += 1) {
      progress.update(done)
      wait(1)
    }
    progress.done()
    expect(written).toEqual([])
    expect(logged).toEqual([
      { fields: { done: 10, total: 100 }, message: 'polygon backfill  10 of 100 (10.0 %)  1/s  1 min 30 s left' },
      { fields: { done: 20, total: 100 }, message: 'polygon backfill  20 of 100 (20.0 %)  1/s  1 min 20 s left' },
      { fields: { done: 25, total: 100 }, message: 'polygon backfill  25 of 100 (25.0 %)  1/s  1 min 15 s left' },
    ])
  })
})

test('the rate is that of this run and of the last half minute, not of what was done before', () => {
  const { progress, wait, written } = harness({ isTTY: true })
  let done = 1_000_000
  const run = (seconds: number, perSecond: number) => {
    for (let second = 0; second < seconds; second += 1) {
      progress.update(done)
      done += perSecond
      wait(1)
    }
  }
  run(60, 100)
  expect(written.at(-1)).toContain('100/s')
  run(60, 10)
  expect(written.at(-1)).toContain('  10/s')
})

test('updates that are rarer than the window still have a rate', () => {
  const { progress, wait, written } = harness({ isTTY: true })
  for (const done of [0, 600, 1_200, 1_800]) {
    progress.update(done)
    wait(300)
  }
  expect(written.at(-1)).toContain('2/s')
})

test.each([
  [{ done: 0, total: 0 }, 'x  0 of 0 (100.0 %)'],
  [{ done: 9_999_999, total: 10_000_000 }, 'x  9,999,999 of 10,000,000 (99.9 %)'],
  [{ done: 5, total: undefined, rate: 0.25 }, 'x  5  0.3/s'],
  [{ done: 5, total: 10, rate: 0 }, 'x  5 of 10 (50.0 %)  0/s'],
  [{ done: 10, total: 10, rate: 1, extra: '' }, 'x  10 of 10 (100.0 %)  1/s'],
])('the line of %o', (state, text) => {
  expect(progressText({ label: 'x', rate: undefined, extra: undefined, ...state })).toBe(text)
})

test.each([
  [0.2, '1 s'],
  [59.5, '1 min 0 s'],
  [185, '3 min 5 s'],
  [3_599, '59 min 59 s'],
  [3_600, '1 h 0 min'],
  [7_830, '2 h 11 min'],
  [172_800, '2 d 0 h'],
  [360_000, '4 d 4 h'],
])('%s seconds are shown as %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text)
})
