import { readCommandLine } from '../support/commandLine.js'
import { createRandom } from '../support/world/random.js'
import { Cluster } from './cluster.js'
import { FAULTS, type FaultName } from './faults.js'

const USAGE = `Usage: npm run test:soak -- [options]

Faults in random order, one to three at a time, under load, with pauses of 20 seconds; after each round the rows are compared. Ends with 1 at
the first round that does not come to rest as it should. Says at the end which faults the time did not reach.

Options:
  --seed N      the order of the faults (any)
  --minutes M   how long (10)
`

const values = readCommandLine(USAGE, { seed: { type: 'string' }, minutes: { type: 'string', default: '10' } }, [
  'seed',
  'minutes',
])
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const until = performance.now() + Number(values.minutes) * 60_000
const PAUSE_MS = 20_000
/** Every fault has its turn before one comes again, so that a short soak leaves none out. */
const deck: FaultName[] = []
const left = new Set(Object.keys(FAULTS) as FaultName[])

function deal(): FaultName[] {
  if (deck.length === 0) deck.push(...random.shuffle(Object.keys(FAULTS) as FaultName[]))
  return deck.splice(0, 1 + random.int(3))
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

say(`seed ${seed}, ${values.minutes} minutes`)
const random = createRandom(seed)
const cluster = await Cluster.start(seed, 20_000)
try {
  for (const role of ['ingest', 'publisher', 'pipeline'] as const) {
    cluster.start(role)
    cluster.start(role)
  }
  for (let round = 1; performance.now() < until; round += 1) {
    const names = deal()
    const start = performance.now()
    const load = cluster.grow(20, 5_000)
    for (const name of names) {
      await FAULTS[name](cluster, random, PAUSE_MS)
      left.delete(name)
    }
    await load
    await cluster.settled()
    say(`round ${round}: ${names.join(', then ')}: settled after ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  if (left.size > 0) say(`not reached in this time: ${[...left].join(', ')}`)
  say('the rows were those of reading in order after every round')
} catch (error) {
  say(`FAILED with seed ${seed}: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await cluster.close()
}
