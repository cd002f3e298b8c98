import { expect, test } from 'vitest'
import { createPrng } from '../../src/devnet/prng.js'
import { Cadence } from '../../src/ingest/cadence.js'

const INTERVAL_MS = 1000
const BLOCKS = 2000
/** Blocks before the ones that count: the cadence has to learn of them first. */
const FIRST_BLOCKS = 100

interface Watched {
  /** From a block being there to the look that finds it, in ms. */
  readonly meanWaitMs: number
  readonly longestWaitMs: number
  readonly looksPerBlock: number
}

/** Looks at a chain whose blocks have these distances, in ms, each look as long after the last as `waitMs` says. */
function watch(distances: readonly number[], waitMs: (head: number, now: number) => number): Watched {
  const times: number[] = []
  for (const distance of distances) times.push((times.at(-1) ?? 0) + distance)
  const waits: number[] = []
  let looks = 0
  for (let now = 0, head = 0; head < times.length; ) {
    looks += 1
    for (let time = times[head]; time !== undefined && time <= now; time = times[head]) {
      if (head >= FIRST_BLOCKS) waits.push(now - time)
      head += 1
    }
    now += waitMs(head, now)
  }
  return {
    meanWaitMs: waits.reduce((sum, wait) => sum + wait, 0) / waits.length,
    longestWaitMs: Math.max(...waits),
    looksPerBlock: looks / times.length,
  }
}

function withCadence(distances: readonly number[]): Watched {
  const cadence = new Cadence(INTERVAL_MS)
  return watch(distances, (head, now) => {
    cadence.looked(head, now)
    return cadence.waitMs(now)
  })
}

function atEqualSteps(distances: readonly number[]): Watched {
  return watch(distances, () => INTERVAL_MS)
}

function distances(next: (random: number) => number): readonly number[] {
  const prng = createPrng(1)
  return Array.from({ length: BLOCKS }, () => next(prng.below(1_000_000) / 1_000_000))
}

test('blocks that come every two seconds are found in less than half the time, with no more looks', () => {
  const chain = distances((random) => 1900 + 200 * random)
  const [ours, plain] = [withCadence(chain), atEqualSteps(chain)]
  expect(plain.meanWaitMs).toBeGreaterThan(450)
  expect(ours.meanWaitMs).toBeLessThan(200)
  expect(ours.looksPerBlock).toBeLessThanOrEqual(plain.looksPerBlock * 1.02)
})

test('blocks whose distances vary by half are found sooner, with no more looks', () => {
  const chain = distances((random) => 3000 + 3000 * random)
  const [ours, plain] = [withCadence(chain), atEqualSteps(chain)]
  expect(ours.meanWaitMs).toBeLessThan(plain.meanWaitMs * 0.8)
  expect(ours.looksPerBlock).toBeLessThanOrEqual(plain.looksPerBlock * 1.02)
})

test.each([
  ['at random', (random: number) => -2000 * Math.log(1 - random)],
  ['faster than they are looked for', (random: number) => 300 + 200 * random],
])('blocks that come %s wait hardly longer on average than at equal steps, and three intervals at most', (_, next) => {
  const chain = distances(next)
  const [ours, plain] = [withCadence(chain), atEqualSteps(chain)]
  expect(ours.meanWaitMs).toBeLessThan(plain.meanWaitMs * 1.1)
  expect(ours.longestWaitMs).toBeLessThanOrEqual(3 * INTERVAL_MS)
  expect(ours.looksPerBlock).toBeLessThanOrEqual(plain.looksPerBlock * 1.02)
})

test('a chain that has stopped is looked at once per interval', () => {
  const cadence = new Cadence(INTERVAL_MS)
  let now = 0
  for (let head = 0; head < 100; head += 1) {
    now += 2000
    cadence.looked(head, now - 300)
    cadence.looked(head + 1, now)
  }
  let looks = 0
  for (const end = now + 100_000; now < end; looks += 1) {
    now += cadence.waitMs(now)
    cadence.looked(100, now)
  }
  expect(looks).toBeGreaterThan(99)
  expect(looks).toBeLessThan(125)
})

test('after a look that took longer than a step, half a step is left to the endpoint', () => {
  const cadence = new Cadence(INTERVAL_MS)
  cadence.looked(1, 0)
  expect(cadence.waitMs(400)).toBe(600)
  expect(cadence.waitMs(5000)).toBe(500)
})
