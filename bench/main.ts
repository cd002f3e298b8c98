import { writeFile } from 'node:fs/promises'
import { api } from './api/run.js'
import { backfill } from './backfill/run.js'
import { bus } from './bus/run.js'
import { type Figure, summary } from './figures.js'
import { live } from './live/run.js'
import { market } from './market/run.js'
import { type Options, readOptions, Usage } from './options.js'
import { reorg } from './reorg/run.js'
import { ton } from './ton/run.js'

type Benchmark = (options: Options) => Promise<readonly Figure[]>
const benchmarks = new Map<string, Benchmark>(
  Object.entries({ backfill, live, reorg, api, bus, market, ton } satisfies Record<string, Benchmark>),
)

try {
  await run(readOptions(process.argv.slice(2), [...benchmarks.keys()]))
} catch (error) {
  if (!(error instanceof Usage)) throw error
  process.exitCode = error.code
  if (error.code === 0) console.log(error.message)
  else console.error(error.message)
}

async function run({ json, ...options }: Options): Promise<void> {
  const several = options.names.length > 1
  const all: (Figure & { readonly benchmark: string })[] = []
  for (const [name, benchmark] of benchmarks) {
    if (!options.names.includes(name)) continue
    if (several) console.log(`\n== ${name}`)
    const figures = await benchmark({ ...options, json: several ? undefined : json })
    for (const figure of figures) all.push({ benchmark: name, ...figure })
  }
  console.log(summary(all))
  if (several && json !== undefined) await writeFile(json, JSON.stringify(all, null, 2))
}
