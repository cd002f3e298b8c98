import { afterAll, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.js'
import { type Summary, simulate } from './driver.js'
import { PLAIN } from './profile.js'

/*
 * Whatever the chain, its nodes, the database and the bus do: at every quiet point the tables are those of the canonical chain.
 * `npm run test:sim -- --seed N` runs one of these seeds alone.
 */

/** Those that once failed are named with what they found: here those of worlds that had fewer things in them. */
const FAILED_PLAIN = [
  20261178, // a second fork below the first block to read, while nothing was stored above it
  20300068, // an endpoint that once answered without the first block: the network was followed without knowing it
  20410077, // a deep fork taken back from the top: a lower block returned alone, and what was told of a higher one stood for ever
  20800010, // a block that was final as it was read, and whose logs an endpoint left out: nobody looked at its bloom (two of five times)
  20700031, // an adapter that was started again while its endpoints were left alone: its process ended
  20262300, // an asset that was gone was not told as gone: its block was back in the chain, and then away again
]
const FAILED = [
  30004063, // a rewind to a height between stored blocks, above a fork: what the chain had there now was never read
]
const WORLDS = [
  ...[...Array.from({ length: 10 }, (_, i) => i + 1), ...FAILED].map((seed) => ({ seed, chosen: {} })),
  ...FAILED_PLAIN.map((seed) => ({ seed, chosen: PLAIN })),
]
const STEPS = 80
/** What this run must have lived through at least, all seeds together. */
const LEAST = { forks: 200, rewinds: 5, openings: 100, lost: 20 }

const lived: Summary[] = []

describe.concurrent('at every quiet point the tables are those of the canonical chain', () => {
  test.each(WORLDS)('seed $seed', { timeout: 600_000 }, async ({ seed, chosen }) => {
    const database = await createTestDatabase({ max: 4 })
    try {
      const summary = await simulate({ seed, steps: STEPS, database, chosen })
      expect(summary.quietPoints).toBeGreaterThan(0)
      lived.push(summary)
    } finally {
      await database.drop()
    }
  })
})

afterAll(() => {
  if (lived.length < WORLDS.length) return
  for (const what of ['forks', 'rewinds', 'openings', 'lost'] as const) {
    const count = lived.reduce((sum, summary) => sum + summary[what], 0)
    if (count < LEAST[what]) throw new Error(`the seeds make ${count} ${what}, of which there should be ${LEAST[what]}`)
  }
})
