import { parseArgs } from 'node:util'
import { backfill } from './backfill/run.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
})
const benchmarks = new Map([['backfill', backfill]])
const [name = 'backfill'] = positionals
const benchmark = benchmarks.get(name)
if (benchmark === undefined) {
  console.error(`unknown benchmark ${name}; these exist: ${[...benchmarks.keys()].join(', ')}`)
  process.exitCode = 2
} else {
  await benchmark({ events: Number(values.events), seed: Number(values.seed), json: values.json })
}
