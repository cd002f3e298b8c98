import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FtError } from '../core/errors.js'
import type { ChainRange } from './adapter.js'
import { type ReadRangesOptions, readRanges } from './ranges.js'

interface Node {
  /** The error for a range, or null when it is answered. */
  readonly refuse: (from: number, to: number) => FtError | null
  readonly events?: (from: number, to: number) => number
}

function scripted({ refuse, events = () => 0 }: Node) {
  const asked: [number, number][] = []
  const range = async (from: number, to: number): Promise<ChainRange> => {
    asked.push([from, to])
    await new Promise((resolve) => setImmediate(resolve))
    const error = refuse(from, to)
    if (error !== null) throw error
    const last = { number: to, hash: '0x', parentHash: '0x', time: 0 }
    const event = { sourceEventId: '', position: 0, txHash: '', contract: '', payload: {} }
    return { from, to, blocks: [{ header: last, events: Array(events(from, to)).fill(event) }], last }
  }
  return { asked, adapter: { range } }
}

const tooLarge = (hint?: unknown) =>
  new FtError('range_too_large', 'too large', hint === undefined ? {} : { details: { hint } })

async function read(node: ReturnType<typeof scripted>, options: ReadRangesOptions): Promise<[number, number][]> {
  const ranges: [number, number][] = []
  for await (const { from, to } of readRanges(node.adapter, options)) ranges.push([from, to])
  return ranges
}

function expectGapless(ranges: readonly [number, number][], from: number, to: number): void {
  let next = from
  for (const [start, end] of ranges) {
    expect(start).toBe(next)
    expect(end).toBeGreaterThanOrEqual(start)
    next = end + 1
  }
  expect(next).toBe(to + 1)
}

describe('ranges are contiguous, in order and complete', () => {
  test('whatever limit the endpoint has, hinted or not', async () => {
    const scenario = fc.record({
      from: fc.nat(50),
      length: fc.integer({ min: 1, max: 400 }),
      limit: fc.integer({ min: 1, max: 60 }),
      hint: fc.constantFrom('none', 'range', 'blocks', 'wrong'),
      prefetch: fc.nat(2),
      initial: fc.integer({ min: 1, max: 500 }),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ from, length, limit, hint, prefetch, initial }) => {
        const to = from + length - 1
        const node = scripted({
          refuse: (start, end) => {
            if (end - start < limit) return null
            if (hint === 'range') return tooLarge({ from: start, to: start + limit - 1 })
            if (hint === 'blocks') return tooLarge({ maxBlocks: limit })
            return tooLarge(hint === 'wrong' ? { from: start, to: end + 5 } : undefined)
          },
        })
        expectGapless(await read(node, { from, to, initial, prefetch }), from, to)
        expect(node.asked.length).toBeLessThan(40 + 8 * length)
      }),
      { numRuns: 150, seed: 20_261_124 },
    )
  })

  test('an empty span gives nothing', async () => {
    expect(await read(scripted({ refuse: () => null }), { from: 5, to: 4 })).toEqual([])
  })

  test('requests grow by a fifth after each success, up to the most', async () => {
    const node = scripted({ refuse: () => null })
    const ranges = await read(node, { from: 0, to: 99, initial: 10, max: 15, prefetch: 0 })
    expect(ranges.map(([start, end]) => end - start + 1).slice(0, 5)).toEqual([10, 12, 14, 15, 15])
  })

  test('a limit on blocks is not run into again', async () => {
    const node = scripted({ refuse: (from, to) => (to - from >= 7 ? tooLarge({ maxBlocks: 7 }) : null) })
    await read(node, { from: 0, to: 200, initial: 50, prefetch: 0 })
    expect(node.asked.filter(([from, to]) => to - from >= 7)).toHaveLength(1)
  })

  test('blocks full of events shrink the requests', async () => {
    const node = scripted({ refuse: () => null, events: (from, to) => (to - from + 1) * 10 })
    const ranges = await read(node, { from: 0, to: 999, initial: 400, targetEvents: 100, prefetch: 0 })
    expect(ranges.at(-2)?.[0]).toBeGreaterThan(0)
    const sizes = ranges.map(([start, end]) => end - start + 1)
    expect(Math.min(...sizes.slice(0, -1))).toBeLessThan(sizes[0] ?? 0)
  })
})

describe('what cannot be read is an error, and the reader decides when to stop', () => {
  test('a single block that is refused is the error as it was', async () => {
    const error = tooLarge()
    const node = scripted({ refuse: (from, to) => (from <= 12 && to >= 12 ? error : null) })
    const ranges: number[] = []
    const reading = (async () => {
      for await (const range of readRanges(node.adapter, { from: 10, to: 20, initial: 8 })) ranges.push(range.to)
    })()
    await expect(reading).rejects.toBe(error)
    expect(ranges).toEqual([11])
  })

  test('another error is thrown at once', async () => {
    const error = new FtError('rpc_fatal', 'no')
    const node = scripted({ refuse: () => error })
    await expect(read(node, { from: 1, to: 9 })).rejects.toBe(error)
  })

  test('an abort ends the wait for an answer that never comes', async () => {
    const stop = new AbortController()
    const adapter = { range: () => new Promise<ChainRange>(() => undefined) }
    const next = readRanges(adapter, { from: 1, to: 9, signal: stop.signal }).next()
    stop.abort(new Error('stopped'))
    await expect(next).rejects.toThrow('stopped')
  })

  test('no more is read ahead than asked for', async () => {
    const node = scripted({ refuse: () => null })
    const ranges = readRanges(node.adapter, { from: 1, to: 100, initial: 5, max: 5, prefetch: 2 })
    await ranges.next()
    expect(node.asked).toHaveLength(3)
    await ranges.return()
    expect(node.asked).toHaveLength(3)
  })
})
