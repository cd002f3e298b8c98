import { parseArgs } from 'node:util'

const USAGE = `Usage: npm run bench -- [benchmark…] [options]

Benchmarks: backfill, live, reorg, api, bus, market, ton; without one all of them, one after the other.

Options:
  --events N    events of a backfill (200000)
  --blocks N    blocks that live follows (60)
  --seed N      makes what is random the same again (1)
  --assets N    items that the API serves (1000000)
  --seconds N   how long each request of the API is measured (3)
  --only TEXT   of api or live, only what has this in its name
  --flag TEXT   a flag of Node for the process that is measured; again for more
  --json FILE   where to write what was measured
  --plot FILE   where to draw a backfill
`

export interface Options {
  /** The benchmarks to run. */
  readonly names: readonly string[]
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

/** How the benchmarks are used: asked for (code 0), or because they were used otherwise (code 2). */
export class Usage extends Error {
  readonly code: number

  constructor(wrong: string | null) {
    super(wrong === null ? USAGE : `${wrong}\n\n${USAGE}`)
    this.code = wrong === null ? 0 : 2
  }
}

/** What a command line asks for, of these benchmarks. @throws Usage */
export function readOptions(argv: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parse(argv)
  if (values.help) throw new Usage(null)
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Usage(`unknown benchmark ${unknown.join(', ')}`)
  const count = (name: 'events' | 'blocks' | 'seed' | 'assets' | 'seconds'): number => {
    if (!/^\d+$/.test(values[name])) throw new Usage(`--${name} ${values[name]} is not a whole number`)
    return Number(values[name])
  }
  return {
    names: positionals.length > 0 ? positionals : known,
    ...{ events: count('events'), blocks: count('blocks'), seed: count('seed') },
    ...{ assets: count('assets'), seconds: count('seconds'), only: values.only, flags: values.flag },
    ...{ json: values.json, plot: values.plot },
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
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
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error))
  }
}
