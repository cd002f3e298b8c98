import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { api } from './api/run.js'
import { backfill } from './backfill/run.js'
import { bus } from './bus/run.js'
import { type Figure, summary } from './figures.js'
import { live } from './live/run.js'
import { market } from './market/run.js'
import { reorg } from './reorg/run.js'
import { ton } from './ton/run.js'

/*
 * npm run bench                  every benchmark, one after the other, and in the end one table of all figures
 * npm run bench -- live bus      these
 * npm run bench -- live --only embedded   of api or live, only what has this in its name
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '200000' },
    blocks: { type: 'string', default: '60' },
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
  readonly blocks: number
  readonly seed: number
  readonly assets: number
  readonly seconds: number
  readonly only: string | undefined
  readonly flags: readonly string[]
  /** A file for what a benchmark measured in detail; with several benchmarks only the figures are written, to the same file. */
  readonly json: string | undefined
  readonly plot: string | undefined
}
type Benchmark = (options: Options) => Promise<readonly Figure[]>
const benchmarks = new Map<string, Benchmark>(
  Object.entries({ backfill, live, reorg, api, bus, market, ton } satisfies Record<string, Benchmark>),
)

const names = positionals.length > 0 ? positionals : [...benchmarks.keys()]
const unknown = names.filter((name) => !benchmarks.has(name))
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}; these exist: ${[...benchmarks.keys()].join(', ')}`)
  process.exitCode = 2
} else {
  await run()
}

async function run(): Promise<void> {
  const several = names.length > 1
  const options: Options = {
    ...{ events: Number(values.events), blocks: Number(values.blocks), seed: Number(values.seed) },
    ...{ assets: Number(values.assets), seconds: Number(values.seconds), only: values.only, flags: values.flag },
    ...{ json: several ? undefined : values.json, plot: values.plot },
  }
  const all: (Figure & { readonly benchmark: string })[] = []
  for (const [name, benchmark] of benchmarks) {
    if (!names.includes(name)) continue
    if (several) console.log(`\n== ${name}`)
    for (const figure of await benchmark(options)) all.push({ benchmark: name, ...figure })
  }
  console.log(summary(all))
  if (several && values.json !== undefined) await writeFile(values.json, JSON.stringify(all, null, 2))
}
