import { parseArgs } from 'node:util'
import { api } from './api/run.js'
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
    assets: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
    flag: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
})
interface Options {
  readonly events: number
  readonly seed: number
  readonly assets: number
  readonly seconds: number
  readonly only: string | undefined
  readonly flags: readonly string[]
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
  ['api', api],
])
const [name = 'backfill'] = positionals
const benchmark = benchmarks.get(name)
if (benchmark === undefined) {
  console.error(`unknown benchmark ${name}; these exist: ${[...benchmarks.keys()].join(', ')}`)
  process.exitCode = 2
} else {
  await benchmark({
    ...{ events: Number(values.events), seed: Number(values.seed) },
    ...{ assets: Number(values.assets), seconds: Number(values.seconds), only: values.only, flags: values.flag },
    ...{ json: values.json, plot: values.plot },
  })
}
