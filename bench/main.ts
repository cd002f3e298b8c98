import { parseArgs } from 'node:util'
import { backfill } from './backfill/run.js'
import { bus } from './bus/run.js'
import { market } from './market/run.js'
import { reorg } from './reorg.js'
import { ton } from './ton/run.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
})
interface Options {
  readonly events: number
  readonly seed: number
  readonly json: string | undefined
  readonly plot: string | undefined
}
type Benchmark = (options: Options) => Promise<void>
const benchmarks = new Map<string, Benchmark>([
  ['backfill', backfill],
  ['bus', bus],
  ['ton', ton],
  ['reorg', reorg],
  ['market', market],
])
const [name = 'backfill'] = positionals
const benchmark = benchmarks.get(name)
if (benchmark === undefined) {
  console.error(`unknown benchmark ${name}; these exist: ${[...benchmarks.keys()].join(', ')}`)
  process.exitCode = 2
} else {
  await benchmark({ events: Number(values.events), seed: Number(values.seed), json: values.json, plot: values.plot })
}
